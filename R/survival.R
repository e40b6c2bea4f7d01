# How long customers stay, in R: the other side of python/patrons/survival*.py and retention*.py.

#' Wilson's interval of shares
#'
#' @param count,n How many have it, of how many.
#' @return A data frame: `share`, `low`, `high`.
share_interval <- function(count, n) {
  ends <- mapply(function(k, all) {
    suppressWarnings(stats::prop.test(k, all, correct = FALSE))$conf.int
  }, count, n)
  data.frame(share = count / n, low = ends[1, ], high = ends[2, ])
}

#' Which share is still there after so many days: Kaplan-Meier with a log-log interval
#'
#' @param days,ended How long each was seen, and whether that was the end.
#' @return A data frame with one row per time at which somebody ended: `days`, `at_risk`, `events`, `survival`, `low`,
#'   `high`.
lasting_curve <- function(days, ended) {
  fit <- survival::survfit(survival::Surv(days, ended) ~ 1, conf.type = "log-log")
  keep <- fit$n.event > 0
  data.frame(
    days = fit$time, at_risk = fit$n.risk, events = fit$n.event, survival = fit$surv, low = fit$lower,
    high = fit$upper
  )[keep, ]
}

#' When half have ended
#'
#' @inheritParams lasting_curve
#' @param conf The scale of the interval, as in `survival::survfit()`.
#' @return A data frame of one row: `value`, `low`, `high`.
lasting_median <- function(days, ended, conf = "log-log") {
  fit <- survival::survfit(survival::Surv(days, ended) ~ 1, conf.type = conf)
  found <- stats::quantile(fit, 0.5)
  data.frame(value = unname(found$quantile), low = unname(found$lower), high = unname(found$upper))
}

#' Whether groups end alike: the log-rank test, over all and for each two
#'
#' @inheritParams lasting_curve
#' @param group The group of each.
#' @param horizon After how many days the shares that are still there are compared.
#' @param order The groups, in the order in which they are compared.
#' @return A data frame: `a`, `b` ("all" and "all" for the overall test), `difference`, `low`, `high`, `chi2`, `p`,
#'   `p_holm` (over the pairs).
compare_lasting <- function(days, ended, group, horizon, order = sort(unique(as.character(group)))) {
  group <- as.character(group)
  test <- function(rows) {
    # Where all ends fall on a time at which only one group is left, or all end, there is nothing to compare.
    chi2 <- tryCatch(
      survival::survdiff(survival::Surv(days[rows], ended[rows]) ~ group[rows])$chisq,
      error = function(e) NA_real_
    )
    c(chi2, stats::pchisq(chi2, length(unique(group[rows])) - 1, lower.tail = FALSE))
  }
  ends <- lapply(split(seq_along(group), group), function(rows) {
    fit <- survival::survfit(survival::Surv(days[rows], ended[rows]) ~ 1)
    read <- summary(fit, times = horizon, extend = TRUE)
    c(read$surv, if (is.finite(read$std.err)) read$std.err else 0)
  })
  pairs <- utils::combn(order, 2, simplify = FALSE)
  rows <- lapply(pairs, function(pair) {
    tested <- test(group %in% pair)
    apart <- ends[[pair[[1]]]][[1]] - ends[[pair[[2]]]][[1]]
    half <- stats::qnorm(0.975) * sqrt(ends[[pair[[1]]]][[2]]^2 + ends[[pair[[2]]]][[2]]^2)
    data.frame(
      a = pair[[1]], b = pair[[2]], difference = apart, low = apart - half, high = apart + half, chi2 = tested[[1]],
      p = tested[[2]]
    )
  })
  table <- do.call(rbind, rows)
  table$p_holm <- stats::p.adjust(table$p, "holm")
  overall <- test(rep(TRUE, length(group)))
  rbind(data.frame(
    a = "all", b = "all", difference = NA_real_, low = NA_real_, high = NA_real_, chi2 = overall[[1]],
    p = overall[[2]], p_holm = NA_real_
  ), table)
}

#' Fit a Cox model with Efron's treatment of ties
#'
#' @param data A data frame with `days`, `ended`, perhaps `entry`, and a column for each term.
#' @param terms The columns that explain.
#' @return What `survival::coxph()` returns.
hazard_model <- function(data, terms) {
  answer <- if ("entry" %in% names(data)) {
    quote(survival::Surv(entry, days, ended))
  } else {
    quote(survival::Surv(days, ended))
  }
  formula <- stats::reformulate(terms, response = answer)
  survival::coxph(
    formula,
    data = data, ties = "efron", x = TRUE, model = TRUE,
    control = survival::coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100, timefix = FALSE)
  )
}

#' How each covariate moves the risk of ending
#'
#' @inheritParams hazard_model
#' @return A data frame: `term`, `hazard_ratio`, `low`, `high`, `se` (of the logarithm), `p`, `p_holm`.
hazard_ratios <- function(data, terms) {
  fit <- hazard_model(data, terms)
  slope <- unname(stats::coef(fit))
  se <- unname(sqrt(diag(stats::vcov(fit))))
  half <- stats::qnorm(0.975) * se
  p <- 2 * stats::pnorm(-abs(slope / se))
  data.frame(
    term = terms, hazard_ratio = exp(slope), low = exp(slope - half), high = exp(slope + half), se = se, p = p,
    p_holm = stats::p.adjust(p, "holm")
  )
}

#' Whether hazards are proportional: the score test of Grambsch and Therneau
#'
#' @inheritParams hazard_model
#' @return A data frame: `term` (the last is "all"), `chi2`, `df`, `p`.
test_proportional <- function(data, terms) {
  found <- survival::cox.zph(hazard_model(data, terms))$table
  data.frame(term = c(terms, "all"), chi2 = found[, 1], df = found[, 2], p = found[, 3], row.names = NULL)
}

#' How well the model orders customers by their risk
#'
#' @inheritParams hazard_model
#' @return A data frame of one row: `value`, `se`.
concordance_of <- function(data, terms) {
  found <- survival::concordance(hazard_model(data, terms), timefix = FALSE)
  data.frame(value = unname(found$concordance), se = unname(sqrt(found$var)))
}

#' Hazard ratios before and after a day
#'
#' @inheritParams hazard_model
#' @param cut The last day of the first part.
#' @return A data frame: `part` ("early" or "late"), then as `hazard_ratios()`.
hazard_ratios_in_parts <- function(data, terms, cut) {
  early <- data
  early$ended <- data$ended & data$days <= cut
  early$days <- pmin(data$days, cut)
  late <- data[data$days > cut, ]
  late$entry <- cut
  rbind(
    cbind(part = "early", hazard_ratios(early, terms)),
    cbind(part = "late", hazard_ratios(late, terms))
  )
}

#' The same hazards from stretches of time, for which ties are no approximation
#'
#' @inheritParams hazard_model
#' @param stretches A data frame with `row` (from 0), `stretch`, `ended`.
#' @return A data frame: `term`, `grouped` (hazard ratio).
grouped_hazard_ratios <- function(data, terms, stretches) {
  rows <- cbind(stretches, data[stretches$row + 1, terms, drop = FALSE])
  stretch <- if (length(unique(rows$stretch)) > 1) "factor(stretch)" else NULL
  fit <- stats::glm(
    stats::reformulate(c(stretch, terms), response = "ended"),
    data = rows, family = stats::binomial("cloglog"), control = list(epsilon = 1e-14, maxit = 200)
  )
  data.frame(term = terms, grouped = exp(unname(stats::coef(fit)[terms])))
}

#' How an effect moves with time: scaled Schoenfeld residuals, averaged over stretches with as many ends
#'
#' @inheritParams hazard_model
#' @param term Of which covariate.
#' @param least Each average rests on at least so many ends.
#' @param most How many averages there are at most.
#' @return A data frame: `days` (median), `effect` (log hazard ratio), `low`, `high`, `events`.
moving_effect <- function(data, terms, term, least = 10, most = 10) {
  found <- survival::cox.zph(hazard_model(data, terms), terms = FALSE)
  effect <- found$y[, match(term, terms)]
  parts <- max(1, min(most, length(effect) %/% least))
  # Ends of one day stay together.
  place <- ceiling(rank(found$time, ties.method = "max") / length(effect) * parts)
  rows <- lapply(split(seq_along(effect), place), function(i) {
    half <- if (length(i) > 1) stats::qt(0.975, length(i) - 1) * stats::sd(effect[i]) / sqrt(length(i)) else NA_real_
    data.frame(
      days = stats::median(found$time[i]), effect = mean(effect[i]), low = mean(effect[i]) - half,
      high = mean(effect[i]) + half, events = length(i)
    )
  })
  table <- do.call(rbind, c(unname(rows), make.row.names = FALSE))
  table[table$events >= least, ]
}

#' Which share of silences that reached so many days ended with an order within a time after
#'
#' @inheritParams lasting_curve
#' @param reached Days of silence.
#' @param within Days after that.
#' @return A data frame: `days`, `ended_before` (share of silences that end sooner), `returned`.
silence_returns <- function(days, ended, reached, within) {
  fit <- survival::survfit(survival::Surv(days, ended) ~ 1, timefix = FALSE)
  left <- stats::stepfun(fit$time, c(1, fit$surv))
  data.frame(days = reached, ended_before = 1 - left(reached), returned = 1 - left(reached + within) / left(reached))
}
