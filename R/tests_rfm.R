# Recency, frequency and value in R, the other side of python/patrons/rfm*.py.

#' Score customers by sample quantiles of the first type
#'
#' @param customers A data frame with `recency`, `frequency` and `monetary`, a row for each customer.
#' @param bins How many bins each measure is cut into.
#' @return A data frame: `r`, `f`, `m` and `rank_sum` of each customer, in their order.
score_customers <- function(customers, bins) {
  good <- data.frame(r = -customers$recency, f = customers$frequency, m = customers$monetary)
  scores <- lapply(good, function(values) {
    edges <- stats::quantile(values, seq_len(bins - 1) / bins, type = 1, names = FALSE)
    # An edge counts as below a value only if it is smaller: equal values share the lowest score they reach into.
    1 + findInterval(values, edges, left.open = TRUE)
  })
  ranks <- vapply(good, function(values) (rank(values) - 0.5) / length(values), numeric(nrow(good)))
  data.frame(scores, rank_sum = 100 * rowMeans(matrix(ranks, ncol = 3)))
}

#' Shares with Wilson's interval
#'
#' @param successes,trials Counts.
#' @return A data frame: `share`, `low`, `high`.
wilson_shares <- function(successes, trials) {
  rows <- Map(function(x, n) {
    ends <- suppressWarnings(stats::prop.test(x, n, correct = FALSE))$conf.int
    data.frame(share = x / n, low = ends[[1]], high = ends[[2]])
  }, successes, trials)
  do.call(rbind, unname(rows))
}

#' Mean of a sample with its t interval
#'
#' @param values Numbers; a mean of one has no interval, one of equal numbers has none to speak of.
#' @return A data frame of one row: `mean`, `low`, `high`.
mean_with_interval <- function(values) {
  ends <- if (length(values) < 2) {
    c(NA_real_, NA_real_)
  } else if (stats::var(values) == 0) {
    rep(mean(values), 2)
  } else {
    stats::t.test(values)$conf.int
  }
  data.frame(mean = mean(values), low = ends[[1]], high = ends[[2]])
}

#' What the customers of each segment did afterwards
#'
#' @param followed A data frame with `segment`, `returned` (logical) and `spend`, a row for each customer.
#' @return A data frame: `segment`, `rate`, `rate_low`, `rate_high`, `spend`, `spend_low`, `spend_high`.
average_later <- function(followed) {
  parts <- split(followed, followed$segment)
  rates <- wilson_shares(
    vapply(parts, function(part) sum(part$returned), 0), vapply(parts, function(part) nrow(part), 0)
  )
  spend <- do.call(rbind, lapply(parts, function(part) mean_with_interval(part$spend)))
  data.frame(
    segment = names(parts), rate = rates$share, rate_low = rates$low, rate_high = rates$high,
    spend = spend$mean, spend_low = spend$low, spend_high = spend$high
  )
}

#' Test whether segments differ in what their customers did afterwards
#'
#' @inheritParams average_later
#' @return A data frame with a row for each test: `test`, `statistic`, `df`, `df_within`, `p`, `effect`.
test_later <- function(followed) {
  groups <- factor(followed$segment)
  n <- nrow(followed)
  row <- function(test, statistic = NA_real_, df = NA_real_, within = NA_real_, p = NA_real_, effect = NA_real_) {
    data.frame(test = test, statistic = statistic, df = df, df_within = within, p = p, effect = effect)
  }
  returned <- row("returned")
  if (nlevels(groups) > 1 && length(unique(followed$returned)) > 1) {
    counts <- tapply(followed$returned, groups, sum)
    found <- suppressWarnings(stats::prop.test(as.vector(counts), as.vector(table(groups)), correct = FALSE))
    chi2 <- found$statistic[[1]]
    returned <- row("returned", chi2, found$parameter[[1]], NA_real_, found$p.value, sqrt(chi2 / n))
  }
  ranks <- row("spend_ranks")
  if (nlevels(groups) > 1 && length(unique(followed$spend)) > 1) {
    found <- stats::kruskal.test(followed$spend, groups)
    h <- found$statistic[[1]]
    ranks <- row("spend_ranks", h, found$parameter[[1]], NA_real_, found$p.value, h / (n - 1))
  }
  spend <- row("spend")
  several <- followed[as.vector(table(groups)[groups]) > 1, ]
  spreads <- tapply(several$spend, several$segment, function(values) length(unique(values)))
  if (length(spreads) > 1 && min(spreads) > 1) {
    found <- stats::oneway.test(spend ~ segment, several, var.equal = FALSE)
    gain <- found$parameter[[1]] * (found$statistic[[1]] - 1)
    spend <- row(
      "spend", found$statistic[[1]], found$parameter[[1]], found$parameter[[2]], found$p.value,
      gain / (gain + nrow(several))
    )
  }
  rbind(returned, spend, ranks)
}

#' The share of some values that lie below each of others, equal ones counting half
#'
#' @param values Numbers.
#' @param among The numbers that they are compared with.
#' @return A share for each of `values`.
share_below <- function(values, among) {
  among <- sort(among)
  (findInterval(values, among) + findInterval(values, among, left.open = TRUE)) / 2 / length(among)
}

#' How well scores told those who came back from those who did not
#'
#' The area comes from the Wilcoxon statistic, its variance from DeLong's placements.
#'
#' @param followed A data frame with `returned` (logical) and the scores, more being better.
#' @param scores Names of the columns.
#' @return A data frame: `score`, `auc`, `low`, `high`.
foretell_return <- function(followed, scores) {
  rows <- lapply(scores, function(name) {
    came <- followed[[name]][followed$returned]
    away <- followed[[name]][!followed$returned]
    wilcoxon <- stats::wilcox.test(came, away, exact = FALSE)$statistic[[1]]
    auc <- wilcoxon / (length(came) * length(away))
    over <- share_below(came, away)
    under <- 1 - share_below(away, came)
    half <- stats::qnorm(0.975) * sqrt(stats::var(over) / length(came) + stats::var(under) / length(away))
    data.frame(score = name, auc = auc, low = max(auc - half, 0), high = min(auc + half, 1))
  })
  do.call(rbind, rows)
}
