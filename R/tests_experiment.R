# Tests of a randomised experiment, the R side of python/patrons/experiment.py: every difference is arm - control.

#' Compare each outcome of each arm with control
#'
#' Welch's t test for money and numbers, the pooled z test for binary outcomes (whose interval has separate shares).
#'
#' @param data A data frame with `arm` and one column per outcome.
#' @param outcomes,kinds Names of the outcomes and the kind of each: "binary", "money" or "number".
#' @param control The arm that others are compared with.
#' @param arms The other arms.
#' @return A data frame with one row per outcome and arm: `outcome`, `arm`, `lift`, `low`, `high`, `statistic`, `df`,
#'   `p`.
compare_arms <- function(data, outcomes, kinds, control, arms) {
  pairs <- expand.grid(arm = arms, place = seq_along(outcomes), stringsAsFactors = FALSE)
  rows <- Map(function(arm, place) {
    outcome <- outcomes[[place]]
    test <- if (kinds[[place]] == "binary") test_two_shares else test_two_means
    found <- test(values_of(data, arm, outcome), values_of(data, control, outcome))
    cbind(data.frame(outcome = outcome, arm = arm), found)
  }, pairs$arm, pairs$place)
  do.call(rbind, c(unname(rows), make.row.names = FALSE))
}

#' Compare outcomes after taking out what covariates predict of them (CUPED), by linear regression
#'
#' @inheritParams compare_arms
#' @param covariates Names of numbers measured before the assignment; missing ones take their mean.
#' @return As `compare_arms()`.
compare_adjusted <- function(data, outcomes, kinds, control, arms, covariates) {
  for (outcome in outcomes) {
    known <- !is.na(data[[outcome]])
    before <- lapply(data[known, covariates, drop = FALSE], function(x) ifelse(is.na(x), mean(x, na.rm = TRUE), x))
    fit <- stats::lm(y ~ ., data = data.frame(y = data[[outcome]][known], before))
    data[[outcome]][known] <- mean(data[[outcome]][known]) + stats::residuals(fit)
  }
  compare_arms(data, outcomes, kinds, control, arms)
}

#' Compare a ratio of two totals between arms, by the delta method over the units that were randomised
#'
#' @inheritParams compare_arms
#' @param numerator,denominator Columns whose totals are divided.
#' @return A data frame with one row per arm: `arm`, `lift`, `low`, `high`, `statistic`, `p`.
compare_ratios <- function(data, numerator, denominator, control, arms) {
  ratio <- function(arm) {
    pairs <- stats::na.omit(data[data$arm == arm, c(numerator, denominator)])
    value <- mean(pairs[[1]]) / mean(pairs[[2]])
    # The variance of the linearised ratio is the delta method's.
    c(value = value, variance = stats::var(pairs[[1]] - value * pairs[[2]]) / nrow(pairs) / mean(pairs[[2]])^2)
  }
  base <- ratio(control)
  rows <- lapply(arms, function(arm) {
    other <- ratio(arm)
    lift <- other[["value"]] - base[["value"]]
    error <- sqrt(other[["variance"]] + base[["variance"]])
    data.frame(
      arm = arm, lift = lift, low = lift - stats::qnorm(0.975) * error, high = lift + stats::qnorm(0.975) * error,
      statistic = lift / error, p = 2 * stats::pnorm(-abs(lift / error))
    )
  })
  do.call(rbind, rows)
}

#' Test whether the sizes of the arms fit the planned allocation
#'
#' @param n Number of units in each arm.
#' @param planned Planned share of each arm.
#' @return A data frame of one row: `chi2`, `df`, `p`.
test_allocation <- function(n, planned) {
  found <- stats::chisq.test(n, p = planned, rescale.p = TRUE)
  data.frame(chi2 = found$statistic[[1]], df = found$parameter[[1]], p = found$p.value)
}

#' Welch's t test of two samples
#'
#' @param other,base Numbers; the difference is `other` - `base`.
#' @return A data frame of one row: `lift`, `low`, `high`, `statistic`, `df`, `p`; missing where nothing varies.
test_two_means <- function(other, base) {
  lift <- mean(other) - mean(base)
  if (min(length(other), length(base)) < 2 || stats::var(other) + stats::var(base) == 0) {
    return(unknown_test(lift))
  }
  found <- stats::t.test(other, base)
  data.frame(
    lift = lift, low = found$conf.int[[1]], high = found$conf.int[[2]],
    statistic = found$statistic[[1]], df = found$parameter[[1]], p = found$p.value
  )
}

#' The z test of two shares, pooled, without continuity correction
#'
#' `prop.test()` gives the square of z; the sign is that of the difference.
#'
#' @param other,base Zeros and ones; the difference is `other` - `base`.
#' @return As `test_two_means()`, without degrees of freedom.
test_two_shares <- function(other, base) {
  lift <- mean(other) - mean(base)
  if (mean(c(other, base)) %in% c(0, 1)) {
    return(unknown_test(lift))
  }
  found <- suppressWarnings(
    stats::prop.test(c(sum(other), sum(base)), c(length(other), length(base)), correct = FALSE)
  )
  data.frame(
    lift = lift, low = found$conf.int[[1]], high = found$conf.int[[2]],
    statistic = sign(lift) * sqrt(found$statistic[[1]]), df = NA_real_, p = found$p.value
  )
}

#' A test that cannot be made
#'
#' @param lift The difference.
#' @return As `test_two_means()`.
unknown_test <- function(lift) {
  data.frame(lift = lift, low = NA_real_, high = NA_real_, statistic = NA_real_, df = NA_real_, p = NA_real_)
}

#' The known values of one column in one arm
#'
#' @param data A data frame with `arm`.
#' @param arm,column Names.
#' @return Numbers.
values_of <- function(data, arm, column) {
  found <- as.numeric(data[[column]][data$arm == arm])
  found[!is.na(found)]
}
