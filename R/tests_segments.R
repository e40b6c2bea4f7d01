# Tests of the chapter "segments" in R, the other side of python/patrons/separation.py.

#' Analysis of variance of features on groups
#'
#' @param data A data frame of numbers, a column for each feature.
#' @param group The group of each row.
#' @return A data frame with one row per feature: `feature`, `f`, `df1`, `df2`, `eta2`.
describe_features <- function(data, group) {
  rows <- lapply(names(data), function(feature) {
    # The F of a feature that hardly varies is no warning that a reader can use.
    table <- suppressWarnings(stats::anova(stats::lm(data[[feature]] ~ factor(group))))
    squares <- table[["Sum Sq"]]
    data.frame(
      feature = feature, f = table[["F value"]][[1]], df1 = table[["Df"]][[1]], df2 = table[["Df"]][[2]],
      eta2 = squares[[1]] / sum(squares)
    )
  })
  do.call(rbind, rows)
}

#' Compare outcomes between groups that were made without them
#'
#' @param data A data frame with `group` and the outcomes.
#' @param outcomes Names of columns.
#' @return A data frame with one row per outcome: Welch's `f`, `df1`, `df2`, `p`, `p_holm`, `omega2` with its ends;
#'   Kruskal and Wallis' `h`, `h_df`, `h_p`, `h_p_holm`, `epsilon2`.
compare_outcomes <- function(data, outcomes) {
  rows <- lapply(outcomes, function(outcome) {
    known <- !is.na(data[[outcome]])
    values <- data[[outcome]][known]
    group <- factor(data$group[known])
    cbind(data.frame(outcome = outcome), welch_row(values, group), kruskal_row(values, group))
  })
  found <- do.call(rbind, rows)
  found$p_holm <- stats::p.adjust(found$p, "holm")
  found$h_p_holm <- stats::p.adjust(found$h_p, "holm")
  found
}

#' @param values,group Numbers and a factor.
#' @return A data frame of one row; missing where a group has fewer than two rows or no spread.
welch_row <- function(values, group) {
  spread <- tapply(values, group, stats::var)
  if (nlevels(group) < 2 || any(is.na(spread)) || any(spread == 0)) {
    return(data.frame(
      f = NA_real_, df1 = NA_real_, df2 = NA_real_, p = NA_real_, omega2 = NA_real_, omega2_low = NA_real_,
      omega2_high = NA_real_
    ))
  }
  test <- stats::oneway.test(values ~ group)
  f <- test$statistic[[1]]
  df <- test$parameter
  size <- length(values)
  more <- max(df[[1]] * (f - 1), 0)
  ends <- noncentral_f(f, df[[1]], df[[2]])
  data.frame(
    f = f, df1 = df[[1]], df2 = df[[2]], p = test$p.value, omega2 = more / (more + size),
    omega2_low = ends[[1]] / (ends[[1]] + size), omega2_high = ends[[2]] / (ends[[2]] + size)
  )
}

#' @return Two numbers: the noncentralities that put the observed F at the quantiles 97.5 % and 2.5 %.
noncentral_f <- function(f, df1, df2) {
  vapply(c(0.975, 0.025), function(level) {
    if (stats::pf(f, df1, df2) <= level) {
      return(0)
    }
    off <- function(at) stats::pf(f, df1, df2, ncp = at) - level
    stats::uniroot(off, c(0, 2 * df1 * f + 10), extendInt = "downX", tol = 1e-11)$root
  }, 0)
}

#' @inheritParams welch_row
#' @return A data frame of one row; missing where all values are equal.
kruskal_row <- function(values, group) {
  if (nlevels(group) < 2 || length(unique(values)) < 2) {
    return(data.frame(h = NA_real_, h_df = NA_real_, h_p = NA_real_, epsilon2 = NA_real_))
  }
  test <- stats::kruskal.test(values, group)
  h <- test$statistic[[1]]
  data.frame(h = h, h_df = test$parameter[[1]], h_p = test$p.value, epsilon2 = h / (length(values) - 1))
}

#' Compare each pair of groups by Games and Howell's method
#'
#' @param values,group Numbers, and the group of each.
#' @return A data frame: `one`, `other`, `difference`, `low`, `high`, `p`.
compare_pairs_of_groups <- function(values, group) {
  known <- !is.na(values)
  by <- split(values[known], group[known])
  by <- by[lengths(by) >= 2]
  if (length(by) < 2) {
    return(data.frame())
  }
  rows <- lapply(utils::combn(names(by), 2, simplify = FALSE), function(pair) {
    x <- by[[pair[[1]]]]
    y <- by[[pair[[2]]]]
    parts <- c(stats::var(x) / length(x), stats::var(y) / length(y))
    error <- sqrt(sum(parts))
    difference <- mean(x) - mean(y)
    found <- data.frame(
      one = as.numeric(pair[[1]]), other = as.numeric(pair[[2]]), difference = difference, low = NA_real_,
      high = NA_real_, p = NA_real_
    )
    df <- sum(parts)^2 / sum(parts^2 / (c(length(x), length(y)) - 1))
    # With fewer degrees of freedom R's range of Student is off by more than a hundred thousandth, or missing.
    if (error > 0 && df >= 5) {
      half <- stats::qtukey(0.95, length(by), df) / sqrt(2) * error
      found$low <- difference - half
      found$high <- difference + half
      found$p <- stats::ptukey(sqrt(2) * abs(difference) / error, length(by), df, lower.tail = FALSE)
    }
    found
  })
  do.call(rbind, rows)
}
