# Every arm within every group, the R side of python/patrons/experiment_segments.py; needs tests_experiment.R.

#' Compare each outcome of each arm with control within each group
#'
#' @param data A data frame with `arm`, the outcomes and the columns that part people.
#' @param outcomes,kinds Names of the outcomes and the kind of each: "binary", "money" or "number".
#' @param control,arms The arm that others are compared with, and the others.
#' @param segments Columns that part people into groups.
#' @param smallest A group counts if each arm has at least so many of its people.
#' @return A data frame with one row per segment, level, outcome and arm: the columns of `compare_arms()`, `p_holm` and
#'   `p_bh` over all arms and groups of an outcome.
compare_within <- function(data, outcomes, kinds, control, arms, segments, smallest = 5) {
  rows <- list()
  for (segment in segments) {
    for (level in usable_groups(data, segment, c(control, arms), smallest)) {
      mine <- data[!is.na(data[[segment]]) & as.character(data[[segment]]) == level, ]
      found <- compare_arms(mine, outcomes, kinds, control, arms)
      rows[[length(rows) + 1]] <- cbind(data.frame(segment = segment, level = level), found)
    }
  }
  correct_within(do.call(rbind, rows))
}

#' Test whether the differences between arms are the same in all groups
#'
#' By Welch and James' test, where each cell has its own spread, and by the analysis of variance, where all share one.
#'
#' @inheritParams compare_within
#' @return A data frame with one row per segment and outcome.
test_interactions <- function(data, outcomes, control, arms, segments, smallest = 5) {
  rows <- list()
  for (segment in segments) {
    levels <- usable_groups(data, segment, c(control, arms), smallest)
    if (length(levels) == 0) {
      next
    }
    group <- factor(as.character(data[[segment]]), levels = levels)
    arm <- factor(as.character(data$arm), levels = c(control, arms))
    for (outcome in outcomes) {
      y <- as.numeric(data[[outcome]])
      known <- !is.na(y) & !is.na(group) & !is.na(arm)
      found <- interaction_row(y[known], group[known], arm[known])
      rows[[length(rows) + 1]] <- cbind(data.frame(segment = segment, outcome = outcome), found)
    }
  }
  correct_within(do.call(rbind, rows))
}

#' @param y,group,arm Numbers, and two factors.
#' @return A data frame of one row; missing where fewer than two groups are left or nothing varies.
interaction_row <- function(y, group, arm) {
  n <- table(group, arm)
  kept <- rownames(n)[apply(n > 1, 1, all)]
  used <- group %in% kept
  y <- y[used]
  group <- factor(group[used], levels = kept)
  arm <- arm[used]
  unknown <- data.frame(
    levels = length(kept), statistic = NA_real_, df1 = NA_real_, df2 = NA_real_, p = NA_real_, classic_f = NA_real_,
    classic_df1 = NA_real_, classic_df2 = NA_real_, classic_p = NA_real_
  )
  if (length(kept) < 2) {
    return(unknown)
  }
  cells <- data.frame(
    n = as.vector(tapply(y, list(arm, group), length)), mean = as.vector(tapply(y, list(arm, group), mean)),
    var = as.vector(tapply(y, list(arm, group), stats::var))
  )
  if (sum(cells$var) == 0) {
    return(unknown)
  }
  classic <- stats::anova(stats::lm(y ~ group * arm))
  unknown$classic_f <- classic[["F value"]][[3]]
  unknown$classic_df1 <- classic[["Df"]][[3]]
  unknown$classic_df2 <- classic[["Df"]][[4]]
  unknown$classic_p <- classic[["Pr(>F)"]][[3]]
  q <- (nlevels(group) - 1) * (nlevels(arm) - 1)
  contrasts <- kronecker(cbind(-1, diag(nlevels(group) - 1)), cbind(-1, diag(nlevels(arm) - 1)))
  s <- diag(cells$var / mean(cells$var) / cells$n)
  inner <- contrasts %*% s %*% t(contrasts)
  if (qr(inner)$rank < q) {
    return(unknown)
  }
  inverse <- solve(inner)
  off <- contrasts %*% cells$mean
  total <- drop(t(off) %*% inverse %*% off) / mean(cells$var)
  part <- diag(s %*% t(contrasts) %*% inverse %*% contrasts)
  a <- sum(part^2 / (cells$n - 1))
  unknown$statistic <- total / (q + 2 * a - 6 * a / (q + 2))
  unknown$df1 <- q
  unknown$df2 <- q * (q + 2) / (3 * a)
  unknown$p <- stats::pf(unknown$statistic, q, unknown$df2, lower.tail = FALSE)
  unknown
}

#' @inheritParams compare_within
#' @param segment One column.
#' @return Names of the groups in which each arm has at least `smallest` people.
usable_groups <- function(data, segment, arms, smallest) {
  n <- table(as.character(data[[segment]]), factor(as.character(data$arm), levels = arms))
  rownames(n)[apply(n >= max(smallest, 1), 1, all)]
}

#' @param table A data frame with `outcome` and `p`.
#' @return The same with `p_holm` and `p_bh` within each outcome.
correct_within <- function(table) {
  if (is.null(table)) {
    return(data.frame())
  }
  for (method in c("holm", "BH")) {
    table[[paste0("p_", tolower(method))]] <- stats::ave(table$p, table$outcome, FUN = function(p) {
      stats::p.adjust(p, method)
    })
  }
  table
}
