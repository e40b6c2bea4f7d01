# Ranks, power and the Bayesian reading of a test, the R side of python/patrons/{experiment_ranks,power,
# experiment_bayes}.py; needs tests_experiment.R.

#' Compare outcomes of each arm with control by rank
#'
#' @param data A data frame with `arm` and the outcomes.
#' @param outcomes Names of columns.
#' @param control,arms The arm that others are compared with, and the others.
#' @return A data frame with one row per outcome and arm: `u` and `p` of Wilcoxon's test; `superiority` with its ends,
#'   `statistic`, `df` and `p_superiority` of Brunner and Munzel's.
compare_ranks <- function(data, outcomes, control, arms) {
  rows <- list()
  for (outcome in outcomes) {
    base <- values_of(data, control, outcome)
    for (arm in arms) {
      found <- rank_row(values_of(data, arm, outcome), base)
      rows[[length(rows) + 1]] <- cbind(data.frame(outcome = outcome, arm = arm), found)
    }
  }
  do.call(rbind, rows)
}

#' @param other,base Numbers.
#' @return A data frame of one row; missing where all values are equal.
rank_row <- function(other, base) {
  size <- c(length(other), length(base))
  found <- data.frame(
    u = NA_real_, p = NA_real_, superiority = NA_real_, low = NA_real_, high = NA_real_, statistic = NA_real_,
    df = NA_real_, p_superiority = NA_real_
  )
  if (min(size) == 0) {
    return(found)
  }
  test <- suppressWarnings(stats::wilcox.test(other, base, exact = FALSE))
  found$u <- test$statistic[[1]]
  found$superiority <- found$u / prod(size)
  if (length(unique(c(other, base))) == 1) {
    return(found)
  }
  found$p <- test$p.value
  if (min(size) < 2) {
    return(found)
  }
  # The share of the other arm that a person does better than: the empirical distribution, ties counted half.
  better <- function(x, than) (stats::ecdf(than)(x) + 1 - stats::ecdf(-than)(-x)) / 2
  parts <- c(stats::var(better(other, base)), stats::var(better(base, other))) / size
  if (sum(parts) == 0) {
    return(found)
  }
  found$df <- sum(parts)^2 / sum(parts^2 / (size - 1))
  found$statistic <- (found$superiority - 0.5) / sqrt(sum(parts))
  half <- stats::qt(0.975, found$df) * sqrt(sum(parts))
  found$low <- max(0, found$superiority - half)
  found$high <- min(1, found$superiority + half)
  found$p_superiority <- 2 * stats::pt(-abs(found$statistic), found$df)
  found
}

#' What a test of these sizes and spreads can see
#'
#' @param effects A data frame with `outcome`, `kind`, `arm`, `n_control`, `n`, `mean_control`, `sd_control`, `sd` and
#'   `target`: a difference that one would want to see.
#' @return A data frame with one row per row: `detectable` (seen in four of five tests), `power` (to see the target),
#'   `needed` (people per arm who would see it in four of five tests).
see_effects <- function(effects) {
  rows <- lapply(seq_len(nrow(effects)), function(place) {
    row <- effects[place, ]
    found <- if (row$kind == "binary") see_share(row) else see_mean(row)
    cbind(row[c("outcome", "arm")], found)
  })
  do.call(rbind, c(rows, make.row.names = FALSE))
}

#' @param row A data frame of one row.
#' @return A data frame of one row.
see_mean <- function(row) {
  sizes <- c(row$n_control, row$n)
  sd <- sqrt((row$sd_control^2 / sizes[[1]] + row$sd^2 / sizes[[2]]) / sum(1 / sizes))
  power <- function(lift) pwr::pwr.t2n.test(sizes[[1]], sizes[[2]], d = lift / sd, sig.level = 0.05)$power
  top <- 8 * sd * sqrt(sum(1 / sizes))
  found <- data.frame(
    detectable = stats::uniroot(function(lift) power(lift) - 0.8, c(0, top), tol = 1e-12 * top)$root,
    power = NA_real_, needed = NA_real_
  )
  if (!is.na(row$target)) {
    found$power <- power(row$target)
    found$needed <- stats::power.t.test(
      delta = abs(row$target), sd = sd, power = 0.8, strict = TRUE, tol = 1e-11
    )$n
  }
  found
}

#' @inheritParams see_mean
#' @return As `see_mean()`.
see_share <- function(row) {
  sizes <- c(row$n, row$n_control)
  power <- function(lift) power_of_shares(row$mean_control + lift, row$mean_control, sizes)
  ends <- c(1e-9, (1 - row$mean_control) * (1 - 1e-9))
  found <- data.frame(
    detectable = stats::uniroot(function(lift) power(lift) - 0.8, ends, tol = 1e-14)$root,
    power = NA_real_, needed = NA_real_
  )
  if (!is.na(row$target)) {
    found$power <- power(row$target)
    found$needed <- stats::power.prop.test(
      p1 = row$mean_control, p2 = row$mean_control + row$target, power = 0.8, tol = 1e-12
    )$n
  }
  found
}

#' Power of the two-sided z test of two shares; `power.prop.test(strict = TRUE)` where the arms are equal
#'
#' @param other,base Shares.
#' @param sizes Two numbers of people, in the same order.
#' @return A number.
power_of_shares <- function(other, base, sizes) {
  pooled <- sum(c(other, base) * sizes) / sum(sizes)
  null <- sqrt(pooled * (1 - pooled) * sum(1 / sizes)) * stats::qnorm(0.975)
  spread <- sqrt(other * (1 - other) / sizes[[1]] + base * (1 - base) / sizes[[2]])
  off <- abs(other - base)
  stats::pnorm((off - null) / spread) + stats::pnorm((-off - null) / spread)
}

#' Read each comparison as a Bayesian does
#'
#' @param effects A data frame with `outcome`, `kind`, `arm`, `n_control`, `mean_control`, `sd_control`, `n`, `mean`,
#'   `sd`.
#' @param scale Standard deviation of the prior of a difference of means, in standard deviations of the control.
#' @return A data frame with one row per row: `lift`, `low`, `high`, `p_better`, `loss_use`, `loss_stay`.
read_posterior <- function(effects, scale) {
  rows <- lapply(seq_len(nrow(effects)), function(place) {
    row <- effects[place, ]
    found <- if (row$kind == "binary") read_shares(row) else read_means(row, scale)
    cbind(row[c("outcome", "arm")], found)
  })
  do.call(rbind, c(rows, make.row.names = FALSE))
}

#' @param row A data frame of one row.
#' @inheritParams read_posterior
#' @return A data frame of one row.
read_means <- function(row, scale) {
  error <- row$sd_control^2 / row$n_control + row$sd^2 / row$n
  if (is.na(error) || error == 0 || row$sd_control == 0) {
    return(unknown_reading())
  }
  precision <- 1 / error + 1 / (scale * row$sd_control)^2
  centre <- (row$mean - row$mean_control) / error / precision
  sd <- 1 / sqrt(precision)
  z <- centre / sd
  ends <- stats::qnorm(c(0.025, 0.975), centre, sd)
  use <- sd * stats::dnorm(z) - centre * stats::pnorm(-z)
  data.frame(
    lift = centre, low = ends[[1]], high = ends[[2]], p_better = stats::pnorm(z), loss_use = max(use, 0),
    loss_stay = max(use + centre, 0)
  )
}

#' @inheritParams read_means
#' @return As `read_means()`.
read_shares <- function(row) {
  yes <- c(row$n_control * row$mean_control, row$n * row$mean)
  a <- 1 + yes
  b <- 1 + c(row$n_control, row$n) - yes
  if (anyNA(a)) {
    return(unknown_reading())
  }
  lift <- a[[2]] / sum(a[[2]], b[[2]]) - a[[1]] / sum(a[[1]], b[[1]])
  # Over the control's values, parted where a posterior begins, ends and has its middle, so that no part has a peak.
  # integrate() would take the corners of posteriors from few people for a divergence.
  ends <- stats::qbeta(c(1e-15, 0.5, 1 - 1e-15), a[[1]], b[[1]])
  inner <- c(0, 1, stats::qbeta(c(1e-15, 0.02, 0.5, 0.98, 1 - 1e-15), a[[2]], b[[2]]))
  expected <- function(of, d) {
    cuts <- unique(sort(pmin(pmax(c(ends, inner - d), ends[[1]]), ends[[3]])))
    sum(vapply(seq_along(cuts)[-1], function(place) {
      integrate_smooth(function(x) of(x) * stats::dbeta(x, a[[1]], b[[1]]), cuts[[place - 1]], cuts[[place]])
    }, 0))
  }
  below <- function(d) expected(function(x) stats::pbeta(x + d, a[[2]], b[[2]]), d)
  end <- function(tail) stats::uniroot(function(d) below(d) - tail, c(-1, 1), tol = 1e-13)$root
  over <- function(x) {
    x * stats::pbeta(x, a[[2]], b[[2]]) - a[[2]] / sum(a[[2]], b[[2]]) * stats::pbeta(x, a[[2]] + 1, b[[2]])
  }
  use <- expected(over, 0)
  data.frame(
    lift = lift, low = end(0.025), high = end(0.975), p_better = 1 - below(0), loss_use = max(use, 0),
    loss_stay = max(use + lift, 0)
  )
}

#' Integrate by the double exponential rule of Takahasi and Mori
#'
#' Nodes crowd towards both ends, so that roots and corners there do no harm.
#'
#' @param of A function of a vector, smooth between the ends.
#' @param low,high The ends.
#' @return The integral.
integrate_smooth <- function(of, low, high) {
  step <- 1 / 16
  t <- seq(-3.5, 3.5, by = step)
  bent <- pi / 2 * sinh(t)
  weight <- step * pi / 2 * cosh(t) / cosh(bent)^2
  sum(weight * of(low + (high - low) * stats::plogis(2 * bent))) * (high - low) / 2
}

#' A reading that cannot be made
#'
#' @return As `read_means()`.
unknown_reading <- function() {
  data.frame(
    lift = NA_real_, low = NA_real_, high = NA_real_, p_better = NA_real_, loss_use = NA_real_, loss_stay = NA_real_
  )
}
