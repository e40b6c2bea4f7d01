# Who answers because of an offer, in R: the other side of python/patrons/uplift_*.py, from the same forecasts.

#' Doubly robust scores of each person under each arm
#'
#' @param y,arm Outcome, and place of the arm that chance gave.
#' @param chance Planned share of each arm.
#' @param means A data frame with the outcome expected under each arm.
#' @return A matrix like `means`.
robust_scores <- function(y, arm, chance, means) {
  means <- as.matrix(means)
  given <- outer(arm, seq_along(chance), `==`)
  means + given * sweep(y - means, 2, chance, `/`)
}

#' A mean with the 95 % interval of the normal distribution
#'
#' @param x Numbers.
#' @param name Of the estimate.
#' @return A data frame of one row: the estimate, and its ends with `_low` and `_high` behind the name.
mean_between <- function(x, name) {
  ends <- mean(x) + c(0, -1, 1) * stats::qnorm(0.975) * stats::sd(x) / sqrt(length(x))
  stats::setNames(as.data.frame(t(ends)), paste0(name, c("", "_low", "_high")))
}

#' Value rules that give each person an offer
#'
#' The weighted value is the mean of an intercept-only regression with weights; its variance is the sandwich's.
#'
#' @inheritParams robust_scores
#' @param given A data frame: for each rule, the place of the arm that each person would get.
#' @param alike Whether each rule is one arm for all, set beforehand; a learned one must beat every arm.
#' @return A data frame with one row per rule.
uplift_values <- function(y, arm, chance, means, given, alike) {
  scores <- robust_scores(y, arm, chance, means)
  n <- length(y)
  best <- which.max(colMeans(scores))
  of_rule <- function(rule) scores[cbind(seq_len(n), rule)]
  rows <- Map(function(rule, fixed) {
    weight <- (arm == rule) / chance[arm]
    if (any(weight > 0)) {
      fit <- stats::lm(y ~ 1, weights = weight)
      error <- sqrt(sum((weight * (y - stats::coef(fit)[[1]]))^2) / sum(weight)^2 * n / (n - 1))
      weighted <- stats::coef(fit)[[1]] + c(0, -1, 1) * stats::qnorm(0.975) * error
    } else {
      weighted <- rep(NA_real_, 3)
    }
    gain <- mean_between(of_rule(rule) - scores[, best], "gain_uniform")
    if (!fixed) {
      ends <- apply(of_rule(rule) - scores, 2, function(x) mean_between(x, "gain")$gain_low)
      gain$gain_uniform_low <- min(ends)
    }
    cbind(
      data.frame(ipw = weighted[[1]], ipw_low = weighted[[2]], ipw_high = weighted[[3]]),
      mean_between(of_rule(rule), "aipw"),
      mean_between(of_rule(rule) - scores[, 1], "gain_control"),
      gain
    )
  }, given, alike)
  cbind(data.frame(rule = names(given)), do.call(rbind, c(unname(rows), make.row.names = FALSE)))
}

#' The Qini curve and its area
#'
#' @param gains Each person's score under the offer less that under control.
#' @param place Each person's place by what was foretold, from 0 (most uplift) to 1; ties share a place.
#' @param share Where the curve is wanted.
#' @return A data frame: `point`, `share`, `gain`, `area` (the same in each row).
uplift_qini <- function(gains, place, share) {
  people <- as.numeric(cumsum(table(place))) / length(gains)
  gained <- as.numeric(cumsum(tapply(gains, place, sum))) / length(gains)
  x <- c(0, people)
  y <- c(0, gained)
  below <- sum(diff(x) * (utils::head(y, -1) + utils::tail(y, -1)) / 2)
  curve <- stats::approx(x, y, xout = share, rule = 2)$y
  data.frame(point = seq_along(share), share = share, gain = curve, area = below - utils::tail(y, 1) / 2)
}

#' Regress uplift as found on uplift as foretold
#'
#' @param gains As in `uplift_qini()`.
#' @param foretold What was foretold.
#' @param fold Whose models foretold it; forecasts are centred within.
#' @return A data frame of one row; the slope is missing where all are foretold alike.
uplift_slope <- function(gains, foretold, fold) {
  centred <- foretold - stats::ave(foretold, fold)
  told <- diff(range(centred)) > 1e-9 * max(1, abs(foretold))
  fit <- if (told) stats::lm(gains ~ centred) else stats::lm(gains ~ 1)
  error <- sqrt(diag(sandwich::vcovHC(fit, type = "HC3")))
  ends <- function(at) stats::coef(fit)[[at]] + c(0, -1, 1) * stats::qnorm(0.975) * error[[at]]
  average <- ends(1)
  slope <- if (told) ends(2) else rep(NA_real_, 3)
  data.frame(
    average = average[[1]], average_low = average[[2]], average_high = average[[3]],
    slope = slope[[1]], slope_low = slope[[2]], slope_high = slope[[3]],
    p = if (told) stats::pnorm(stats::coef(fit)[[2]] / error[[2]], lower.tail = FALSE) else NA_real_
  )
}

#' Test that no trait changes what any offer does
#'
#' @param y,arm Outcome, and place of the arm; the first is the control.
#' @param traits A data frame of numbers.
#' @return A data frame of one row: `f`, `df1`, `df2`, `p`.
uplift_interaction <- function(y, arm, traits) {
  arm <- factor(arm)
  z <- as.matrix(traits)
  fit <- stats::lm(y ~ arm * z)
  tested <- grep(":", names(stats::coef(fit)), fixed = TRUE)
  b <- stats::coef(fit)[tested]
  variance <- sandwich::vcovHC(fit, type = "HC3")[tested, tested]
  f <- sum(b * solve(variance, b)) / length(tested)
  df2 <- stats::df.residual(fit)
  data.frame(f = f, df1 = length(tested), df2 = df2, p = stats::pf(f, length(tested), df2, lower.tail = FALSE))
}
