# K-means and the criteria for the number of groups in R, the other side of python/patrons/clusters*.py.

#' K-means from given starting centres
#'
#' @param points A data frame of what K-means sees, a column for each feature.
#' @param starts A data frame with the starting centre of each group, in the same columns.
#' @param algorithm "Lloyd" as in Python, or R's own default, "Hartigan-Wong".
#' @return A data frame with one row per group: `group`, `customers`, `inertia` (of all groups) and the centre.
kmeans_from <- function(points, starts, algorithm = "Lloyd") {
  found <- stats::kmeans(points, centers = as.matrix(starts), iter.max = 1000, algorithm = algorithm)
  data.frame(
    group = seq_len(nrow(starts)), customers = as.numeric(found$size), inertia = found$tot.withinss,
    found$centers,
    check.names = FALSE, row.names = NULL
  )
}

#' Silhouette width, Calinski-Harabasz and Davies-Bouldin index
#'
#' The first two by `fpc` (which takes the silhouette from `cluster`), the third from its definition.
#'
#' @param points As for `kmeans_from()`.
#' @param labels A data frame with a column for each grouping, which gives each customer's group from 1.
#' @return A data frame with one row per grouping: `k`, `silhouette`, `calinski_harabasz`, `davies_bouldin`, `inertia`.
judge_groups <- function(points, labels) {
  distances <- stats::dist(points)
  rows <- lapply(labels, function(groups) {
    found <- fpc::cluster.stats(distances, groups, wgap = FALSE, sepindex = FALSE)
    data.frame(
      k = length(unique(groups)), silhouette = found$avg.silwidth, calinski_harabasz = found$ch,
      davies_bouldin = davies_bouldin(as.matrix(points), groups), inertia = found$within.cluster.ss
    )
  })
  do.call(rbind, c(unname(rows), make.row.names = FALSE))
}

#' The index of Davies and Bouldin
#'
#' @param points A matrix.
#' @param groups Group of each row, from 1.
#' @return A number.
davies_bouldin <- function(points, groups) {
  centres <- rowsum(points, groups) / as.vector(table(groups))
  spread <- vapply(split(seq_along(groups), groups), function(members) {
    apart <- sweep(points[members, , drop = FALSE], 2, centres[as.character(groups[members[[1]]]), ])
    mean(sqrt(rowSums(apart^2)))
  }, 0)
  ratio <- outer(spread, spread, "+") / as.matrix(stats::dist(centres))
  diag(ratio) <- -Inf
  mean(apply(ratio, 1, max))
}

#' The gap statistic
#'
#' The observed groups start from given centres, so that their spread can be compared with Python's; those of the
#' reference data, which are R's own, start from random ones.
#'
#' @param points As for `kmeans_from()`.
#' @param starts A list of data frames: the centres for 1, 2, ... groups.
#' @param references How many reference tables.
#' @param seed Of R's random numbers.
#' @return A data frame with one row per number of groups: `k`, `log_inertia`, `gap`, `gap_se`, and `chosen`, the number
#'   that the rule of one standard error takes.
gap_statistic <- function(points, starts, references = 10, seed = 1) {
  set.seed(seed)
  observed <- as.matrix(points)
  groups <- function(x, k) {
    if (identical(dim(x), dim(observed)) && isTRUE(all.equal(x, observed, check.attributes = FALSE))) {
      return(stats::kmeans(x, as.matrix(starts[[k]]), iter.max = 1000, algorithm = "Lloyd"))
    }
    suppressWarnings(stats::kmeans(x, k, nstart = 3, iter.max = 100))
  }
  found <- cluster::clusGap(observed, groups, length(starts), B = references, d.power = 2, verbose = FALSE)
  table <- as.data.frame(found$Tab)
  data.frame(
    k = seq_along(starts), log_inertia = table$logW + log(2), gap = table$gap, gap_se = table$SE.sim,
    chosen = cluster::maxSE(table$gap, table$SE.sim, method = "Tibs2001SEmax")
  )
}

#' Adjusted Rand index of a grouping with each of its refits
#'
#' @param labels Group of each customer.
#' @param again A data frame with a column for each refit.
#' @return A data frame with one row per refit: `refit`, `agreement`.
refits_agree <- function(labels, again) {
  found <- vapply(again, function(other) mclust::adjustedRandIndex(labels, other), 0)
  data.frame(refit = seq_along(found), agreement = unname(found))
}

#' How well each group is found again in bootstrap samples
#'
#' @param points As for `kmeans_from()`.
#' @param starts The centres of the groups to be found again.
#' @param refits How many bootstrap samples.
#' @param seed Of R's random numbers.
#' @return A data frame with one row per group: `segment`, `jaccard`.
bootstrap_groups <- function(points, starts, refits = 50, seed = 1) {
  k <- nrow(starts)
  found <- suppressWarnings(fpc::clusterboot(
    as.matrix(points),
    B = refits, clustermethod = fpc::kmeansCBI, k = k, runs = 5, count = FALSE, seed = seed
  ))
  # Groups of `clusterboot()` come in any order: each of ours takes the jaccard of the nearest centre.
  centres <- found$result$result$centers
  place <- apply(as.matrix(starts), 1, function(centre) which.min(colSums((t(centres) - centre)^2)))
  data.frame(segment = seq_len(k), jaccard = found$bootmean[place])
}

#' Prediction strength of several numbers of groups
#'
#' @param points As for `kmeans_from()`.
#' @param most The largest number of groups.
#' @param splits How many splits into halves.
#' @param seed Of R's random numbers.
#' @return A data frame with one row per number of groups from 2: `k`, `strength`, `strength_sd`.
predict_halves <- function(points, most, splits = 10, seed = 1) {
  set.seed(seed)
  found <- suppressWarnings(fpc::prediction.strength(as.matrix(points), 2, most, M = splits, runs = 3))
  by_split <- found$predcorr[2:most]
  data.frame(k = 2:most, strength = vapply(by_split, mean, 0), strength_sd = vapply(by_split, stats::sd, 0))
}
