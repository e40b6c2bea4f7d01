# Campaigns in R, the other side of python/patrons/campaigns*.py and ratios.py.

#' Ratios of totals, by leaving out one unit after the other
#'
#' The sum of squares of what leaving out each unit does to the ratio is its variance by HC3.
#'
#' @param data A data frame with a row per unit: `level`, `metric`, `top`, `bottom`, `less` (taken from the ratio).
#' @return A data frame: `level`, `metric`, `value`, `low`, `high`.
ratios_of_totals <- function(data) {
  data <- data[!is.na(data$top) & !is.na(data$bottom), ]
  key <- paste(data$level, data$metric, sep = "\r")
  rows <- lapply(split(data, factor(key, levels = unique(key))), function(mine) {
    n <- nrow(mine)
    whole <- sum(mine$top) / sum(mine$bottom)
    ends <- c(NA_real_, NA_real_)
    if (sum(mine$bottom) <= 0) {
      whole <- NA_real_
    } else if (n > 1 && max(mine$bottom) < sum(mine$bottom)) {
      without <- vapply(seq_len(n), function(i) sum(mine$top[-i]) / sum(mine$bottom[-i]), 0)
      reach <- stats::qt(0.975, n - 1) * sqrt(sum((without - whole)^2))
      ends <- if (whole > 0) exp(log(whole) + c(-1, 1) * min(reach / whole, 700)) else whole + c(-1, 1) * reach
    }
    data.frame(
      level = mine$level[[1]], metric = mine$metric[[1]], value = whole - mine$less[[1]],
      low = ends[[1]] - mine$less[[1]], high = ends[[2]] - mine$less[[1]]
    )
  })
  do.call(rbind, c(unname(rows), make.row.names = FALSE))
}

#' Rates and prices of single campaigns
#'
#' @param top,bottom Numbers; a rate is of counts, a price is a cost for a count.
#' @param kind "rate" or "price", one for each.
#' @return A data frame: `low`, `high`, from `prop.test()` and `poisson.test()`.
single_campaigns <- function(top, bottom, kind) {
  ends <- Map(function(y, x, of) {
    if (is.na(y) || is.na(x)) {
      c(NA_real_, NA_real_)
    } else if (of == "rate") {
      if (x <= 0 || y > x) c(NA_real_, NA_real_) else stats::prop.test(y, x, correct = FALSE)$conf.int[1:2]
    } else {
      counts <- stats::poisson.test(round(x))$conf.int[1:2]
      c(y / counts[[2]], if (x > 0) y / counts[[1]] else NA_real_)
    }
  }, top, bottom, kind)
  data.frame(low = vapply(ends, `[[`, 0, 1), high = vapply(ends, `[[`, 0, 2))
}

#' The gamma-Poisson model, with glm() for the means and the shape by the adjusted likelihood
#'
#' @param count,exposure Numbers; counts may be fractions.
#' @param factors A data frame of factors; none for one mean.
#' @param shapes The ends between which the shape is looked for.
#' @return A list: `fit` (the glm), `shape`, `pooled`.
fit_gamma_poisson <- function(count, exposure, factors, shapes = c(0.05, 1e5)) {
  data <- cbind(data.frame(count = count, exposure = exposure), factors)
  terms <- if (length(factors)) sprintf("`%s`", names(factors)) else "1"
  formula <- stats::reformulate(c(terms, "offset(log(exposure))"), "count")
  environment(formula) <- environment()
  at <- function(shape) {
    suppressWarnings(stats::glm(
      formula,
      family = MASS::negative.binomial(theta = shape), data = data,
      control = list(epsilon = 1e-15, maxit = 200)
    ))
  }
  score <- function(log_shape) {
    shape <- exp(log_shape)
    fit <- at(shape)
    mu <- stats::fitted(fit)
    x <- stats::model.matrix(fit)
    own <- sum(
      digamma(count + shape) - digamma(shape) + log(shape / (shape + mu)) + 1 - (count + shape) / (shape + mu)
    )
    information <- crossprod(x, x * (mu * shape / (shape + mu)))
    own - 0.5 * sum(diag(solve(information, crossprod(x, x * (mu / (shape + mu))^2))))
  }
  ends <- log(shapes)
  shape <- if (score(ends[[2]]) >= 0) {
    shapes[[2]]
  } else if (score(ends[[1]]) <= 0) {
    shapes[[1]]
  } else {
    exp(stats::uniroot(score, ends, tol = 1e-12, maxiter = 1000)$root)
  }
  fit <- at(shape)
  kind <- stats::fitted(fit) / exposure
  list(fit = fit, shape = shape, pooled = (shape + count) / (shape / kind + exposure))
}

#' Pooled rates of units
#'
#' @inheritParams fit_gamma_poisson
#' @return A data frame: `mean`, `pooled`, `shape`.
pool_units <- function(count, exposure, factors) {
  found <- fit_gamma_poisson(count, exposure, factors)
  data.frame(mean = stats::fitted(found$fit) / exposure, pooled = found$pooled, shape = found$shape)
}

#' Whether a factor makes a difference, the others held alike
#'
#' @param data A data frame with `count`, `exposure` and factors.
#' @param factor,others Columns.
#' @return A data frame of one row: `f`, `df1`, `df2`, `p`, `effect`, `ratio`, `low`, `high`, `h`, `h_p`.
test_factor <- function(data, factor, others) {
  factors <- data[c(factor, others)]
  factors[] <- lapply(factors, function(one) factor(one, levels = sort(unique(as.character(one)), method = "radix")))
  fit <- fit_gamma_poisson(data$count, data$exposure, factors)$fit
  covariance <- summary(fit, dispersion = 1)$cov.scaled
  levels <- levels(factors[[1]])
  mine <- seq_len(length(levels) - 1) + 1
  b <- stats::coef(fit)[mine]
  v <- covariance[mine, mine, drop = FALSE]
  df1 <- length(mine)
  df2 <- stats::df.residual(fit)
  f <- sum(b * solve(v, b)) / df1
  sizes <- c(0, b)
  contrast <- diag(length(levels))[which.max(sizes), -1] - diag(length(levels))[which.min(sizes), -1]
  gap <- sum(contrast * b)
  reach <- sqrt(df1 * stats::qf(0.95, df1, df2) * drop(contrast %*% v %*% contrast))
  ranks <- stats::kruskal.test(data$count / data$exposure, factors[[1]])
  data.frame(
    f = f, df1 = df1, df2 = df2, p = stats::pf(f, df1, df2, lower.tail = FALSE), effect = df1 * f / (df1 * f + df2),
    ratio = exp(gap), low = exp(gap - reach), high = exp(gap + reach), h = ranks$statistic[[1]], h_p = ranks$p.value
  )
}
