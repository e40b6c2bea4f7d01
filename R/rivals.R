# Other ways to group customers in R, the other side of python/patrons/rivals.py.

#' The heights of Ward's last merges
#'
#' @param data A data frame or matrix of scaled features.
#' @param last How many merges.
#' @return A data frame: `merge` (1 is the last), `height`.
ward_heights <- function(data, last) {
  heights <- rev(sort(stats::hclust(stats::dist(as.matrix(data)), method = "ward.D2")$height))
  heights <- utils::head(heights, last)
  data.frame(merge = as.numeric(seq_along(heights)), height = heights)
}

#' The likelihood of a mixture of normal distributions with given parameters
#'
#' @param data A data frame or matrix of scaled features.
#' @param weights The components' shares.
#' @param means A matrix, one row per component.
#' @param covariances A matrix, the covariance matrices of the components below each other.
#' @param model,k The model's name in mclust and its number of components.
#' @return A data frame of one row: `loglik`, `parameters`, `bic` (in scikit-learn's sign: the smaller, the better).
mixture_likelihood <- function(data, weights, means, covariances, model) {
  data <- as.matrix(data)
  means <- as.matrix(means)
  covariances <- as.matrix(covariances)
  p <- ncol(data)
  k <- length(weights)
  parts <- vapply(seq_len(k), function(j) {
    sigma <- covariances[(j - 1) * p + seq_len(p), , drop = FALSE]
    log(weights[[j]]) + mclust::dmvnorm(data, means[j, ], sigma, log = TRUE)
  }, numeric(nrow(data)))
  parts <- matrix(parts, ncol = k)
  largest <- apply(parts, 1, max)
  loglik <- sum(largest + log(rowSums(exp(parts - largest))))
  # With one feature the shapes are only two: variances that are equal, or that are not.
  name <- if (p > 1) model else if (model %in% c("EEE")) "E" else "V"
  parameters <- mclust::nMclustParams(name, d = p, G = k)
  data.frame(loglik = loglik, parameters = parameters, bic = parameters * log(nrow(data)) - 2 * loglik)
}

#' Which mixture mclust chooses by itself
#'
#' @param data A data frame or matrix of scaled features.
#' @param ks Numbers of components.
#' @param models Names of shapes.
#' @return A data frame of one row: `model`, `k`, `bic` (in scikit-learn's sign); missing where none converges.
mclust_choice <- function(data, ks, models) {
  data <- as.matrix(data)
  if (ncol(data) == 1) {
    models <- c("E", "V")
  }
  table <- suppressWarnings(mclust::mclustBIC(data, G = ks, modelNames = models, verbose = FALSE))
  values <- unclass(table)[, models, drop = FALSE]
  if (all(is.na(values))) {
    return(data.frame(model = NA_character_, k = NA_real_, bic = NA_real_))
  }
  best <- arrayInd(which.max(values), dim(values))
  data.frame(
    model = colnames(values)[[best[[2]]]], k = as.numeric(rownames(values)[[best[[1]]]]),
    bic = -max(values, na.rm = TRUE)
  )
}

#' Agreement of pairs of groupings
#'
#' @param groupings A data frame, a column of labels for each grouping.
#' @return A data frame: `one`, `other`, `ari` (Hubert and Arabie's adjusted Rand index).
agreements <- function(groupings) {
  rows <- lapply(utils::combn(names(groupings), 2, simplify = FALSE), function(pair) {
    found <- mclust::adjustedRandIndex(groupings[[pair[[1]]]], groupings[[pair[[2]]]])
    data.frame(one = pair[[1]], other = pair[[2]], ari = found)
  })
  do.call(rbind, rows)
}
