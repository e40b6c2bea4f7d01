# Checks of lifetime value in R, the other side of python/patrons/lifetime_checks.py.

#' Correlate how often repeat customers buy with what a purchase comes to
#'
#' @param x,m_x Repeat purchases, and the mean money of one.
#' @return A data frame with one row per `method` (pearson, spearman): `rho`, `low`, `high`, `p`, `n`.
check_independence <- function(x, m_x) {
  known <- x > 0 & !is.na(m_x) & m_x > 0
  x <- x[known]
  m_x <- m_x[known]
  plain <- stats::cor.test(x, m_x)
  ranked <- suppressWarnings(stats::cor.test(x, m_x, method = "spearman", exact = FALSE))
  rho <- ranked$estimate[[1]]
  half <- stats::qnorm(0.975) * sqrt((1 + rho^2 / 2) / (length(x) - 3))
  ends <- tanh(atanh(rho) + c(-half, half))
  data.frame(
    method = c("pearson", "spearman"), rho = c(plain$estimate[[1]], rho),
    low = c(plain$conf.int[[1]], ends[[1]]), high = c(plain$conf.int[[2]], ends[[2]]),
    p = c(plain$p.value, ranked$p.value), n = length(x)
  )
}
