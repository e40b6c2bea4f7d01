# What to suggest next, the R side of python/patrons/suggestions.py.

#' How often rules hit, against popularity on the same customers
#'
#' McNemar's test is made exact as a binomial test of those whom only one of the two hits.
#'
#' @param data A data frame with a row per customer: `popular` and a column per rule, 1 where it hit.
#' @param kind What is suggested.
#' @param rules Names of the rules.
#' @return A data frame with a row per rule: `kind`, `rule`, `rate`, `popular`, `gain`, `lift`, `p`.
count_suggestions <- function(data, kind, rules) {
  one <- function(rule) {
    counts <- table(factor(data[[rule]], levels = 0:1), factor(data$popular, levels = 0:1))
    apart <- counts["1", "0"] + counts["0", "1"]
    rate <- mean(data[[rule]])
    popular <- mean(data$popular)
    data.frame(
      kind = kind, rule = rule, rate = rate, popular = popular, gain = rate - popular,
      lift = if (popular > 0) rate / popular else NA_real_,
      p = if (apart > 0) stats::binom.test(counts["1", "0"], apart)$p.value else 1
    )
  }
  do.call(rbind, lapply(rules, one))
}

#' Correct the tests of all rules together
#'
#' @param found A data frame with `p`.
#' @return The same with `p_holm`.
correct_suggestions <- function(found) {
  found$p_holm <- stats::p.adjust(found$p, method = "holm")
  found
}
