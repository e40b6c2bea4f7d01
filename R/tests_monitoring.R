# Second entry of the chapter "monitoring".

#' Put numbers into the bins of a reference
#'
#' @param values Numbers, or text.
#' @param reference The same of the reference.
#' @param bins How many bins are asked for.
#' @param fewest Each bin needs so many of the reference.
#' @param rare Groups of a smaller share of the reference are counted together, as are those beyond the largest `most`.
#' @return A factor whose levels are all bins; NA is a level of its own.
bin_by <- function(values, reference, bins = 10, fewest = 20, rare = 0.01, most = 12) {
  if (is.numeric(values)) {
    known <- reference[is.finite(reference)]
    count <- min(max(length(known) %/% fewest, 2), bins)
    if (length(known) > 0 && min(known) == max(known)) { # below, at and above the one value
      found <- ifelse(is.finite(values), sign(values - known[[1]]), NA)
      return(addNA(factor(found, levels = -1:1), ifany = FALSE))
    }
    edges <- unique(stats::quantile(known, seq_len(count - 1) / count, type = 1, names = FALSE))
    found <- findInterval(values, edges, left.open = TRUE)
    found[!is.finite(values)] <- NA
    return(addNA(factor(found, levels = 0:length(edges)), ifany = FALSE))
  }
  shares <- table(reference) / sum(!is.na(reference))
  shares <- shares[order(names(shares), method = "radix")]
  shares <- shares[order(-shares, method = "radix")]
  kept <- utils::head(names(shares)[shares >= rare], most)
  found <- ifelse(is.na(values) | values %in% kept, values, "\u0001other")
  addNA(factor(found, levels = c(sort(kept, method = "radix"), "\u0001other")), ifany = FALSE)
}

#' The population stability index and Pearson's test of each measure
#'
#' @param reference,current Data frames of the measures; `reference` has a column `weight`.
#' @return A data frame: `measure`, `psi`, `statistic`, `df`, `p`.
measure_drift <- function(reference, current) {
  weight <- reference$weight
  size <- sum(weight)^2 / sum(weight^2)
  names <- setdiff(base::names(reference), "weight")
  rows <- lapply(names, function(name) {
    then <- bin_by(reference[[name]], reference[[name]])
    now <- bin_by(current[[name]], reference[[name]])
    counts <- rbind(tapply(weight, then, sum, default = 0) / sum(weight) * size, as.vector(table(now)))
    used <- colSums(counts) > 0
    # Bins between the edges count even where nobody is in them; others and unknown ones only where there are any.
    spare <- is.na(levels(then)) | levels(then) %in% "\u0001other"
    counts <- counts[, used | !spare, drop = FALSE]
    shares <- proportions(counts + 0.5, 1)
    psi <- sum((shares[2, ] - shares[1, ]) * log(shares[2, ] / shares[1, ]))
    held <- counts[, colSums(counts) > 0, drop = FALSE]
    row <- data.frame(measure = name, psi = psi, statistic = NA_real_, df = 0, p = NA_real_)
    if (ncol(held) > 1) {
      found <- suppressWarnings(stats::chisq.test(held, correct = FALSE))
      row[c("statistic", "df", "p")] <- list(found$statistic[[1]], found$parameter[[1]], found$p.value)
    }
    row
  })
  do.call(rbind, rows)
}

#' Whether a model does worse than when it was fitted
#'
#' @param then,now Lists of `auc`, `low`, `high`, `level`, `level_low`, `level_high`.
#' @return A data frame: `check`, `change`, `low`, `high`, `p`.
compare_performance <- function(then, now) {
  z <- stats::qnorm(0.975)
  row <- function(check, values, highs, lows, tail) {
    change <- values[[2]] - values[[1]]
    error <- sqrt(sum((highs - lows)^2)) / 2 / z
    data.frame(check = check, change = change, low = change - z * error, high = change + z * error,
               p = tail(change / error))
  }
  both <- rbind(as.data.frame(then), as.data.frame(now))
  rbind(
    row("auc", both$auc, both$high, both$low, stats::pnorm),
    row("level", log(both$level), log(both$level_high), log(both$level_low), function(x) 2 * stats::pnorm(-abs(x)))
  )
}
