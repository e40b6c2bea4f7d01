# The strategy of a budget, the R side of python/patrons/strategy*.py and policy_value.py.

#' Pool the effects of one action over segments, averaging over how alike segments are
#'
#' Normal effects around a common mean, a flat prior for that mean and for the shrinkage v0 / (v0 + tau^2).
#'
#' @param effect,variance Effects as measured, and their variances.
#' @param bar What an effect must exceed to pay.
#' @param grid Values of the shrinkage.
#' @return A data frame with a row per effect: `pooled`, `low`, `high` (95 %), `p_pays`.
pool_effects <- function(effect, variance, bar, grid = 400) {
  base <- 1 / mean(1 / variance)
  shrinkage <- (seq_len(grid) - 0.5) / grid
  spread <- base * (1 / shrinkage - 1)
  given <- lapply(spread, function(tau2) {
    precision <- 1 / (variance + tau2)
    centre <- stats::weighted.mean(effect, precision)
    drawn <- variance * precision
    list(
      log = 0.5 * (sum(log(precision)) - log(sum(precision)) - sum(precision * (effect - centre)^2)),
      mean = drawn * centre + (1 - drawn) * effect,
      sd = sqrt(variance * (1 - drawn) + drawn^2 / sum(precision))
    )
  })
  log <- vapply(given, `[[`, 0, "log")
  weight <- exp(log - max(log)) / sum(exp(log - max(log)))
  means <- do.call(rbind, lapply(given, `[[`, "mean"))
  sds <- do.call(rbind, lapply(given, `[[`, "sd"))
  rows <- lapply(seq_along(effect), function(place) {
    below <- function(value) sum(weight * stats::pnorm(value, means[, place], sds[, place]))
    reach <- range(means[, place] - 9 * sds[, place], means[, place] + 9 * sds[, place])
    end <- function(share) stats::uniroot(function(value) below(value) - share, reach, tol = 1e-13)$root
    data.frame(
      pooled = sum(weight * means[, place]), low = end(0.025), high = end(0.975), p_pays = 1 - below(bar)
    )
  })
  do.call(rbind, rows)
}

#' Split a budget over segments and actions, by taking the steps that return most per unit of money first
#'
#' This solves the linear programme: within a segment each better action replaces the cheaper one before it.
#'
#' @param table A data frame with a row per segment and action: `segment`, `people`, `cost` and `net` (both per person;
#'   a missing `net` is an action that was not tested).
#' @param budget What there is to spend.
#' @return A data frame of one row: `net`, `spent`, `shadow` (what one more unit of money adds).
split_budget <- function(table, budget) {
  ladder <- function(own) {
    own <- own[!is.na(own$net), ]
    at <- list(cost = 0, net = 0)
    rows <- list()
    repeat {
      better <- own[own$net > at$net & own$cost >= at$cost, ]
      if (nrow(better) == 0) {
        break
      }
      rate <- (better$net - at$net) / (better$cost - at$cost)
      best <- better[order(-rate, -better$net), ][1, ]
      rows <- c(rows, list(data.frame(
        rate = max(rate), cost = (best$cost - at$cost) * best$people, net = (best$net - at$net) * best$people
      )))
      at <- list(cost = best$cost, net = best$net)
    }
    do.call(rbind, rows)
  }
  steps <- do.call(rbind, lapply(split(table, table$segment), ladder))
  if (is.null(steps)) {
    return(data.frame(net = 0, spent = 0, shadow = 0))
  }
  steps <- steps[order(-steps$rate), ]
  left <- pmax(budget - c(0, cumsum(steps$cost)[-nrow(steps)]), 0)
  part <- ifelse(steps$cost == 0, 1, pmin(left / steps$cost, 1))
  data.frame(
    net = sum(part * steps$net), spent = sum(part * steps$cost),
    shadow = if (any(part < 1)) steps$rate[[which(part < 1)[[1]]]] else 0
  )
}

#' Value two rules for treating people on data in which chance did the treating (AIPW), over several partings
#'
#' @param y Outcome of each person.
#' @param arm Arm of each person, from 0.
#' @param known A data frame of numbers from before the test, without missing ones; it may have no column.
#' @param half,alike,segment Data frames with a column per parting: the half of each person, and the arm that each rule
#'   gives them.
#' @return A data frame with a row per rule and for their difference: `rule`, `value`, `low`, `high`.
value_rules <- function(y, arm, known, half, alike, segment) {
  there <- !is.na(y)
  design <- cbind(1, as.matrix(known))
  arms <- sort(unique(arm))
  totals <- list(alike = 0, segment = 0)
  for (parting in seq_along(half)) {
    scores <- matrix(NA_real_, length(y), max(arms) + 1)
    for (side in 0:1) {
      mine <- there & half[[parting]] == side
      for (which in arms) {
        learn <- there & half[[parting]] != side & arm == which
        fit <- stats::lm.fit(design[learn, , drop = FALSE], y[learn])
        beta <- ifelse(is.na(fit$coefficients), 0, fit$coefficients)
        fitted <- drop(design[mine, , drop = FALSE] %*% beta)
        inside <- arm[mine] == which
        scores[mine, which + 1] <- fitted + inside / mean(inside) * (y[mine] - fitted)
      }
    }
    people <- seq_along(y)
    totals$alike <- totals$alike + scores[cbind(people, alike[[parting]] + 1)]
    totals$segment <- totals$segment + scores[cbind(people, segment[[parting]] + 1)]
  }
  each <- lapply(totals, function(total) total / length(half))
  each$gain <- each$segment - each$alike
  rows <- lapply(names(each), function(rule) {
    values <- each[[rule]][there]
    margin <- stats::qnorm(0.975) * stats::sd(values) / sqrt(length(values))
    data.frame(rule = rule, value = mean(values), low = mean(values) - margin, high = mean(values) + margin)
  })
  do.call(rbind, rows)
}
