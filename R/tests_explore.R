# A first look in R, the other side of python/patrons/explore*.py.

#' Correlate each pair of measures by their ranks
#'
#' @param data A data frame of numbers, a column for each measure.
#' @return A data frame with one row per pair: `x`, `y`, `rho`, `low`, `high`, `p`, `n`.
correlate_pairs <- function(data) {
  rows <- lapply(utils::combn(names(data), 2, simplify = FALSE), function(pair) {
    both <- stats::na.omit(data[pair])
    n <- nrow(both)
    if (n < 5 || length(unique(both[[1]])) < 2 || length(unique(both[[2]])) < 2) {
      return(NULL)
    }
    found <- stats::cor.test(both[[1]], both[[2]], method = "spearman", exact = FALSE)
    rho <- found$estimate[[1]]
    half <- stats::qnorm(0.975) * sqrt((1 + rho^2 / 2) / (n - 3))
    ends <- if (abs(rho) >= 1) c(rho, rho) else tanh(atanh(rho) + c(-half, half))
    data.frame(x = pair[[1]], y = pair[[2]], rho = rho, low = ends[[1]], high = ends[[2]], p = found$p.value, n = n)
  })
  do.call(rbind, rows)
}

#' Limits of the classic and of the robust rule for outliers
#'
#' @param data As for `correlate_pairs()`.
#' @param log Whether each measure is looked at in logarithms.
#' @return A data frame with one row per measure: `measure`, `mean`, `sd`, `centre`, `spread` (missing where half of the
#'   values are equal), `both`, `classic_only`, `robust_only`.
flag_outliers <- function(data, log) {
  rows <- Map(function(name, logged) {
    raw <- data[[name]][!is.na(data[[name]])]
    if (logged) {
      raw <- raw[raw > 0]
    }
    scaled <- if (logged) base::log(raw) else raw
    spread <- stats::mad(scaled, constant = 1 / stats::qnorm(0.75))
    spread <- if (spread == 0) NA_real_ else spread
    classic <- abs(raw - mean(raw)) > 3 * stats::sd(raw)
    robust <- if (is.na(spread)) rep(FALSE, length(raw)) else abs(scaled - stats::median(scaled)) > 3 * spread
    data.frame(
      measure = name, mean = mean(raw), sd = stats::sd(raw), centre = stats::median(scaled), spread = spread,
      both = sum(classic & robust), classic_only = sum(classic & !robust),
      robust_only = if (is.na(spread)) NA_real_ else sum(robust & !classic)
    )
  }, names(data), log)
  do.call(rbind, c(unname(rows), make.row.names = FALSE))
}

#' How unevenly a total is spread
#'
#' The Gini index by the covariance of values and ranks (Lerman and Yitzhaki 1984), not by the sum that Python uses.
#'
#' @param values A total for each customer.
#' @return A data frame of one row: `gini`, `top20`, `ratio`.
concentrate <- function(values) {
  values <- sort(values[!is.na(values)])
  n <- length(values)
  if (n == 0 || sum(values) <= 0) {
    return(data.frame(gini = NA_real_, top20 = NA_real_, ratio = NA_real_))
  }
  ranks <- rank(values)
  gini <- 2 * mean((values - mean(values)) * (ranks - mean(ranks))) / (n * mean(values))
  half <- n %/% 2
  low <- mean(utils::head(values, half))
  data.frame(
    gini = gini, top20 = sum(utils::tail(values, ceiling(n / 5))) / sum(values),
    ratio = if (half > 0 && low > 0) mean(utils::tail(values, half)) / low else NA_real_
  )
}

#' Median times between orders
#'
#' @param days,event How long a gap is, and whether it ended with an order.
#' @return A data frame of one row: `completed` (median of the gaps that ended) and `any_order` (Kaplan-Meier, missing
#'   where the curve stays above one half).
wait_for_orders <- function(days, event) {
  if (!any(event)) {
    return(data.frame(completed = NA_real_, any_order = NA_real_))
  }
  curve <- survival::survfit(survival::Surv(days, event) ~ 1)
  reached <- curve$time[curve$surv <= 0.5 + 1e-12]
  data.frame(
    completed = stats::median(days[event]), any_order = if (length(reached)) min(reached) else NA_real_
  )
}

#' The trend of weekly orders: quasi-Poisson, with Newey and West's standard error
#'
#' @param orders Orders of whole weeks, in order.
#' @param lags How many weeks back likeness is allowed for.
#' @return A data frame of one row: `slope` (per year), `se`, `low`, `high`, `p`, `dispersion`.
trend_of_weeks <- function(orders, lags) {
  years <- (seq_along(orders) - 1) * 7 / 365.25
  fit <- stats::glm(orders ~ years, family = stats::quasipoisson(), control = list(epsilon = 1e-14, maxit = 100))
  slope <- stats::coef(fit)[["years"]]
  se <- sqrt(sandwich::NeweyWest(fit, lag = lags, prewhite = FALSE, adjust = FALSE)[2, 2])
  data.frame(
    slope = slope, se = se, low = slope - stats::qnorm(0.975) * se, high = slope + stats::qnorm(0.975) * se,
    p = 2 * stats::pnorm(-abs(slope / se)), dispersion = summary(fit)$dispersion
  )
}

#' Test pairs for being bought together more often than by chance
#'
#' @param pairs A data frame with `a`, `b`, `orders` (with both), `orders_a`, `orders_b`, `orders_all`.
#' @param tests How many pairs could be formed.
#' @return A data frame: `a`, `b`, `lift`, `p` (Fisher's one-sided test), `p_holm`.
test_pairs <- function(pairs, tests) {
  p <- mapply(function(both, a, b, all) {
    cells <- matrix(c(both, a - both, b - both, all - a - b + both), nrow = 2)
    stats::fisher.test(cells, alternative = "greater", conf.int = FALSE)$p.value
  }, pairs$orders, pairs$orders_a, pairs$orders_b, pairs$orders_all)
  data.frame(
    a = pairs$a, b = pairs$b, lift = (pairs$orders / pairs$orders_a) / (pairs$orders_b / pairs$orders_all),
    p = p, p_holm = stats::p.adjust(p, "holm", n = tests)
  )
}
