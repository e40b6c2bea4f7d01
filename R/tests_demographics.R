# Demographics in R, the other side of python/patrons/demographics_*.py.

#' The customers of whom a factor and an outcome are known, in groups that are not too small
#'
#' @param data A data frame.
#' @param factor,outcome Columns.
#' @param fewest Least size of a group.
#' @return A data frame with `group` and `value`.
testable_groups <- function(data, factor, outcome, fewest) {
  frame <- data.frame(group = data[[factor]], value = as.numeric(data[[outcome]]))
  frame <- frame[stats::complete.cases(frame), ]
  counts <- table(frame$group)
  droplevels(frame[frame$group %in% names(counts)[counts >= fewest], ])
}

#' Ends of the 95 % interval of a noncentrality
#'
#' @param cdf A function of the noncentrality.
#' @return Two numbers.
noncentral_ends <- function(cdf) {
  vapply(c(0.975, 0.025), function(probability) {
    if (cdf(1e-12) <= probability) {
      return(0)
    }
    top <- 10
    while (cdf(top) > probability) {
      top <- 2 * top
    }
    stats::uniroot(function(ncp) cdf(ncp) - probability, c(1e-12, top), tol = 1e-12, maxiter = 10000)$root
  }, 0)
}

#' Share of variance explained, from the classic F
#'
#' @param f Its value.
#' @param groups,n How many groups and customers.
#' @return Omega squared, at least zero.
omega_from_f <- function(f, groups, n) {
  max(0, (f - 1) * (groups - 1) / (f * (groups - 1) + n - groups + 1))
}

#' Test one outcome between groups: means
#'
#' @param frame What `testable_groups()` returns.
#' @return A data frame of one row, or NULL.
test_means <- function(frame) {
  spread <- tapply(frame$value, frame$group, stats::var)
  if (nlevels(frame$group) < 2 || any(spread <= 0)) {
    return(NULL)
  }
  welch <- stats::oneway.test(value ~ group, data = frame)
  ranks <- stats::kruskal.test(value ~ group, data = frame)
  apart <- abs(frame$value - stats::ave(frame$value, frame$group, FUN = stats::median))
  equal <- stats::anova(stats::lm(apart ~ frame$group))
  k <- nlevels(frame$group)
  n <- nrow(frame)
  plain <- stats::oneway.test(value ~ group, data = frame, var.equal = TRUE)$statistic[[1]]
  ends <- noncentral_ends(function(ncp) stats::pf(plain, k - 1, n - k, ncp = ncp))
  data.frame(
    statistic = welch$statistic[[1]], df1 = welch$parameter[[1]], df2 = welch$parameter[[2]], p = welch$p.value,
    effect = omega_from_f(plain, k, n), effect_low = ends[[1]] / (ends[[1]] + n),
    effect_high = ends[[2]] / (ends[[2]] + n),
    rank_statistic = ranks$statistic[[1]], rank_p = ranks$p.value,
    spread_statistic = equal[["F value"]][[1]], spread_p = equal[["Pr(>F)"]][[1]], least = NA_real_
  )
}

#' Test one outcome between groups: shares
#'
#' @inheritParams test_means
#' @return A data frame of one row, or NULL.
test_shares <- function(frame) {
  counts <- table(frame$group, frame$value)
  if (any(dim(counts) < 2)) {
    return(NULL)
  }
  found <- suppressWarnings(stats::chisq.test(counts, correct = FALSE))
  least <- min(found$expected)
  exact <- least < 5 && all(dim(counts) == 2)
  if (!exact && (least < 1 || mean(found$expected < 5) > 0.2)) {
    return(NULL)
  }
  value <- found$statistic[[1]]
  df <- found$parameter[[1]]
  n <- sum(counts)
  ends <- noncentral_ends(function(ncp) stats::pchisq(value, df, ncp = ncp))
  data.frame(
    statistic = value, df1 = df, df2 = NA_real_, p = if (exact) stats::fisher.test(counts)$p.value else found$p.value,
    effect = sqrt(value / n), effect_low = sqrt(ends[[1]] / n), effect_high = min(1, sqrt(ends[[2]] / n)),
    rank_statistic = NA_real_, rank_p = NA_real_, spread_statistic = NA_real_, spread_p = NA_real_, least = least
  )
}

#' Test every outcome by every factor
#'
#' @param data A data frame with a column for each.
#' @param factors,outcomes Columns; factors are R factors.
#' @param binary Whether each outcome is a yes or no.
#' @param fewest Least size of a group that is tested.
#' @return A data frame with one row per test, corrected over all of them.
compare_groups <- function(data, factors, outcomes, binary, fewest) {
  rows <- list()
  for (place in seq_along(outcomes)) {
    for (factor in factors) {
      frame <- testable_groups(data, factor, outcomes[[place]], fewest)
      found <- if (binary[[place]]) test_shares(frame) else test_means(frame)
      if (!is.null(found)) {
        known <- data.frame(
          outcome = outcomes[[place]], factor = factor, groups = nlevels(frame$group), n = nrow(frame),
          smallest = min(table(frame$group))
        )
        rows[[length(rows) + 1]] <- cbind(known, found)
      }
    }
  }
  table <- do.call(rbind, rows)
  table$p_holm <- stats::p.adjust(table$p, "holm")
  table
}

#' Compare groups two by two
#'
#' Means by `t.test()` with unequal variances, shares by `prop.test()` without correction; both with Holm.
#'
#' @inheritParams compare_groups
#' @param factor,outcome Columns that each comparison is of, in step with `binary`.
#' @return A data frame: `outcome`, `factor`, `a`, `b`, `change`, `low`, `high`, `p`.
compare_pairs <- function(data, factor, outcome, binary, fewest) {
  rows <- Map(function(by, what, yes_or_no) {
    frame <- testable_groups(data, by, what, fewest)
    couples <- utils::combn(levels(frame$group), 2, simplify = FALSE)
    values <- split(frame$value, frame$group)
    one <- if (yes_or_no) pair_of_shares else pair_of_means
    found <- do.call(rbind, lapply(couples, function(couple) one(values, couple)))
    found$p <- stats::p.adjust(found$p, "holm")
    data.frame(
      outcome = what, factor = by, a = vapply(couples, `[[`, "", 1), b = vapply(couples, `[[`, "", 2), found
    )
  }, factor, outcome, binary)
  do.call(rbind, c(unname(rows), make.row.names = FALSE))
}

#' One pair of means
#'
#' @param values A list of numbers, by group.
#' @param couple Two names.
#' @return A data frame of one row.
pair_of_means <- function(values, couple) {
  x <- values[[couple[[1]]]]
  y <- values[[couple[[2]]]]
  found <- stats::t.test(x, y)
  data.frame(change = mean(x) - mean(y), low = found$conf.int[[1]], high = found$conf.int[[2]], p = found$p.value)
}

#' One pair of shares
#'
#' @inheritParams pair_of_means
#' @return A data frame of one row.
pair_of_shares <- function(values, couple) {
  yes <- vapply(values[couple], sum, 0)
  n <- lengths(values[couple])
  p <- suppressWarnings(stats::prop.test(yes, n, correct = FALSE)$p.value)
  share <- yes / n
  reach <- stats::qnorm(0.975) * sqrt(sum(1 / yes - 1 / n))
  ends <- if (all(yes > 0)) log(share[[1]] / share[[2]]) + c(0, -reach, reach) else rep(NA_real_, 3)
  data.frame(change = exp(ends[[1]]), low = exp(ends[[2]]), high = exp(ends[[3]]), p = p)
}

#' Ratio of two means by the delta method, from a regression with a log link
#'
#' A quasi-Poisson model of one yes-or-no covariate has the ratio of means as its coefficient, and White's standard
#' error of it is that of the delta method.
#'
#' @param value A number for each customer.
#' @param inside Whether the customer belongs to the group; missing for those who are not compared.
#' @return A data frame of one row: `ratio`, `low`, `high`, `p`.
ratio_of_means <- function(value, inside) {
  fit <- stats::glm(value ~ inside, family = stats::quasipoisson(), control = list(epsilon = 1e-14, maxit = 100))
  b <- stats::coef(fit)[[2]]
  se <- sqrt(sandwich::vcovHC(fit, type = "HC0")[2, 2])
  ends <- exp(b + c(-1, 1) * stats::qnorm(0.975) * se)
  data.frame(ratio = exp(b), low = ends[[1]], high = ends[[2]], p = 2 * stats::pnorm(-abs(b / se)))
}
