# Models of the chapter "demographics", the other side of python/patrons/demographics_model.py and _added.py.

#' Fit a model with a free dispersion
#'
#' `glm()` returns the weights of the last step but one; a second fit that starts at the solution brings them up to
#' date.
#'
#' @param formula,data As in `stats::glm()`.
#' @param of "binomial" or "poisson".
#' @return A glm.
fit_quasi <- function(formula, data, of) {
  family <- if (of == "binomial") stats::quasibinomial() else stats::quasipoisson()
  control <- list(epsilon = 1e-14, maxit = 100)
  environment(formula) <- environment()
  found <- stats::coef(stats::glm(formula, family = family, data = data, control = control))
  stats::glm(formula, family = family, data = data, control = control, start = found)
}

#' Adjust an outcome for all factors at once
#'
#' @param data A data frame with `value`, `fold` and the factors, whose first level is the reference.
#' @param factors Columns.
#' @param of "binomial" or "poisson".
#' @return A list of data frames: `ratios`, `joint`, `margins`, `checks`.
adjust_outcome <- function(data, factors, of) {
  fit <- fit_quasi(stats::reformulate(factors, "value"), data, of)
  robust <- sandwich::vcovHC(fit, type = "HC3")
  assigned <- attr(stats::model.matrix(fit), "assign")
  z <- stats::qnorm(0.975)
  b <- stats::coef(fit)
  ratios <- lapply(seq_along(factors), function(place) {
    sizes <- table(data[[factors[[place]]]])
    rows <- lapply(names(sizes), function(level) {
      weights <- -sizes / (nrow(data) - sizes[[level]])
      weights[[level]] <- 1
      contrast <- numeric(length(b))
      contrast[assigned == place] <- weights[-1]
      value <- sum(contrast * b)
      se <- sqrt(drop(contrast %*% robust %*% contrast))
      data.frame(
        factor = factors[[place]], level = level, n = sizes[[level]], ratio = exp(value), low = exp(value - z * se),
        high = exp(value + z * se), p = 2 * stats::pnorm(-abs(value / se))
      )
    })
    do.call(rbind, rows)
  })
  list(
    ratios = do.call(rbind, ratios), joint = joint_tests(fit, robust, factors, assigned),
    margins = marginal_means(fit, robust, factors, data), checks = check_fit(fit, data, of)
  )
}

#' Wald tests of whole factors, and how far each is explained by the others
#'
#' @param fit A glm.
#' @param robust Its robust covariance.
#' @param factors,assigned Names, and which of them each coefficient belongs to.
#' @return A data frame with `factor`, `statistic`, `df`, `p`, `gvif` (to the power 1 / 2 df, Fox and Monette 1992).
joint_tests <- function(fit, robust, factors, assigned) {
  b <- stats::coef(fit)
  together <- stats::cov2cor(stats::vcov(fit))[-1, -1, drop = FALSE]
  rows <- lapply(seq_along(factors), function(place) {
    mine <- assigned == place
    own <- mine[-1]
    df <- sum(mine)
    statistic <- drop(b[mine] %*% solve(robust[mine, mine]) %*% b[mine])
    part <- function(side) if (any(side)) det(together[side, side, drop = FALSE]) else 1
    gvif <- (part(own) * part(!own) / det(together))^(1 / (2 * df))
    data.frame(
      factor = factors[[place]], statistic = statistic, df = df, gvif = gvif,
      p = stats::pchisq(statistic, df, lower.tail = FALSE)
    )
  })
  do.call(rbind, rows)
}

#' Marginal means over a balanced grid, by emmeans
#'
#' @inheritParams joint_tests
#' @param data The data of the fit.
#' @return A data frame with `factor`, `level`, `mean`, `low`, `high`, on the scale of the outcome.
marginal_means <- function(fit, robust, factors, data) {
  back <- fit$family$linkinv
  z <- stats::qnorm(0.975)
  rows <- lapply(factors, function(factor) {
    others <- setdiff(factors, factor)
    arguments <- list(fit, specs = factor, vcov. = robust, df = Inf, data = data)
    if (length(others) > 0) {
      arguments$nuisance <- others
    }
    means <- as.data.frame(summary(do.call(emmeans::emmeans, arguments), type = "link"))
    data.frame(
      factor = factor, level = as.character(means[[factor]]), mean = back(means$emmean),
      low = back(means$emmean - z * means$SE), high = back(means$emmean + z * means$SE)
    )
  })
  do.call(rbind, rows)
}

#' Dispersion, influence and calibration
#'
#' @param fit A glm.
#' @param data Its data, with `fold`.
#' @param of "binomial" or "poisson".
#' @return A data frame of one row: `n`, `dispersion`, `cook`, `slope`, `slope_low`, `slope_high`.
check_fit <- function(fit, data, of) {
  linear <- numeric(nrow(data))
  for (fold in unique(data$fold)) {
    rest <- data$fold != fold
    other <- fit_quasi(stats::formula(fit), data[rest, ], of)
    linear[!rest] <- stats::predict(other, data[!rest, ])
  }
  again <- fit_quasi(value ~ linear, data.frame(value = data$value, linear = linear), of)
  slope <- stats::coef(again)[[2]]
  reach <- stats::qnorm(0.975) * sqrt(sandwich::vcovHC(again, type = "HC3")[2, 2])
  data.frame(
    n = nrow(data), dispersion = summary(fit)$dispersion, cook = max(stats::cooks.distance(fit)),
    slope = slope, slope_low = slope - reach, slope_high = slope + reach
  )
}

#' How well an outcome is predicted without groups, by them alone, and with both
#'
#' @param values The outcome.
#' @param behaviour,groups Data frames of numbers; `behaviour` may be NULL.
#' @param fold A data frame: which tenth each customer is in, a column for each repetition.
#' @param binary Whether the outcome is a yes or no.
#' @return A data frame of one row: `n`, `without`, `alone`, `both`, `gain`, `statistic`, `df`, `p`.
judge_prediction <- function(values, behaviour, groups, fold, binary) {
  columns <- function(...) unname(as.matrix(do.call(cbind, c(list(ones = rep(1, length(values))), ...))))
  designs <- list(
    without = columns(behaviour), alone = columns(groups), both = columns(behaviour, groups)
  )
  control <- list(epsilon = 1e-14, maxit = 100)
  fit <- function(x, y) {
    if (binary) stats::glm.fit(x, y, family = stats::binomial(), control = control) else stats::lm.fit(x, y)
  }
  scores <- lapply(designs, function(x) {
    if (ncol(x) == 1 && !binary) { # the mean explains nothing
      return(0)
    }
    guess <- numeric(length(values))
    for (folds in fold) {
      for (one in unique(folds)) {
        rest <- folds != one
        b <- fit(x[rest, , drop = FALSE], values[rest])$coefficients
        guess[!rest] <- guess[!rest] + x[!rest, , drop = FALSE] %*% b / length(fold)
      }
    }
    if (binary) area_under_curve(values, guess) else 1 - sum((values - guess)^2) / sum((values - mean(values))^2)
  })
  fits <- lapply(designs, fit, y = values)
  df <- ncol(designs$both) - ncol(designs$without)
  if (binary) {
    statistic <- fits$without$deviance - fits$both$deviance
    p <- stats::pchisq(statistic, df, lower.tail = FALSE)
  } else {
    sums <- vapply(fits, function(one) sum(one$residuals^2), 0)
    left <- length(values) - ncol(designs$both)
    statistic <- (sums[["without"]] - sums[["both"]]) / df / (sums[["both"]] / left)
    p <- stats::pf(statistic, df, left, lower.tail = FALSE)
  }
  data.frame(
    n = length(values), without = scores$without, alone = scores$alone, both = scores$both,
    gain = scores$both - scores$without, statistic = statistic, df = df, p = p
  )
}

#' Area under the ROC curve, from ranks (Mann and Whitney)
#'
#' @param values Zeros and ones.
#' @param guess Scores.
#' @return A number.
area_under_curve <- function(values, guess) {
  yes <- values == 1
  ranks <- rank(round(guess, 9)) # what differs by rounding only is a tie
  (sum(ranks[yes]) - sum(yes) * (sum(yes) + 1) / 2) / (as.numeric(sum(yes)) * sum(!yes))
}
