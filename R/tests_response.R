# Judging chances in R, the other side of python/patrons/response_*.py.

#' Placements of customers among those of the other kind
#'
#' @param outcome 0 or 1.
#' @param score Higher where it is more likely.
#' @return A list with `yes` and `no`: for each who did it the share of others that are ranked below, and the reverse.
placements <- function(outcome, score) {
  score <- round(score, 12)
  yes <- score[outcome == 1]
  no <- score[outcome == 0]
  above <- function(x, y) findInterval(x, sort(y), left.open = TRUE) # how many of y are below x
  upto <- function(x, y) findInterval(x, sort(y))
  list(
    yes = (above(yes, no) + upto(yes, no)) / 2 / length(no),
    no = 1 - (above(no, yes) + upto(no, yes)) / 2 / length(yes)
  )
}

#' Judge chances by what came
#'
#' The area under the ROC curve is Wilcoxon's statistic over the number of pairs.
#'
#' @param outcome 0 or 1.
#' @param chances A data frame with a column per model.
#' @param least Logarithms are taken of chances this far from 0 and 1 at least.
#' @return A data frame with a row per model.
judge_chances <- function(outcome, chances, least) {
  rows <- lapply(names(chances), function(model) {
    chance <- chances[[model]]
    rounded <- round(chance, 12)
    pairs <- sum(outcome == 1) * sum(outcome == 0)
    w <- stats::wilcox.test(rounded[outcome == 1], rounded[outcome == 0], exact = FALSE)$statistic[[1]]
    placed <- placements(outcome, chance)
    brier <- mean((outcome - chance)^2)
    safe <- pmin(pmax(chance, least), 1 - least)
    steps <- stats::aggregate(cbind(hits = outcome, n = 1), list(chance = -rounded), sum)
    precise <- cumsum(steps$hits) / cumsum(steps$n)
    data.frame(
      model = model, auc = w / pairs,
      auc_se = sqrt(stats::var(placed$yes) / length(placed$yes) + stats::var(placed$no) / length(placed$no)),
      precision = sum(precise * steps$hits) / sum(outcome), brier = brier,
      skill = 1 - brier / mean((outcome - mean(outcome))^2),
      log_loss = -mean(stats::dbinom(outcome, 1, safe, log = TRUE))
    )
  })
  do.call(rbind, rows)
}

#' Compare the areas under the ROC curves of models on the same customers
#'
#' @inheritParams judge_chances
#' @return A data frame with a row per pair of models.
compare_areas <- function(outcome, chances) {
  placed <- lapply(chances, function(chance) placements(outcome, chance))
  pairs <- utils::combn(names(chances), 2, simplify = FALSE)
  rows <- lapply(pairs, function(pair) {
    yes <- placed[[pair[[2]]]]$yes - placed[[pair[[1]]]]$yes
    no <- placed[[pair[[2]]]]$no - placed[[pair[[1]]]]$no
    value <- mean(yes)
    error <- sqrt(stats::var(yes) / length(yes) + stats::var(no) / length(no))
    half <- stats::qnorm(0.975) * error
    data.frame(
      model = pair[[2]], other = pair[[1]], difference = value, low = value - half, high = value + half,
      p = 2 * stats::pnorm(-abs(value) / error)
    )
  })
  do.call(rbind, rows)
}

#' Level and slope of calibration
#'
#' @inheritParams judge_chances
#' @return A data frame with a row per model.
calibrate_chances <- function(outcome, chances, least) {
  rows <- lapply(names(chances), function(model) {
    linear <- stats::qlogis(pmin(pmax(chances[[model]], least), 1 - least))
    precise <- stats::glm.control(epsilon = 1e-14, maxit = 100)
    level <- stats::glm(outcome ~ 1 + offset(linear), family = stats::binomial(), control = precise)
    slope <- stats::glm(outcome ~ linear, family = stats::binomial(), control = precise)
    half <- stats::qnorm(0.975) * c(sqrt(stats::vcov(level)[1, 1]), sqrt(stats::vcov(slope)[2, 2]))
    a <- stats::coef(level)[[1]]
    b <- stats::coef(slope)[[2]]
    data.frame(
      model = model, foretold = mean(chances[[model]]), came = mean(outcome), level = exp(a),
      level_low = exp(a - half[[1]]), level_high = exp(a + half[[1]]), slope = b, slope_low = b - half[[2]],
      slope_high = b + half[[2]]
    )
  })
  do.call(rbind, rows)
}

#' A logistic regression without penalty
#'
#' @param outcome 0 or 1.
#' @param design A data frame of the columns of the model, ones first.
#' @return A data frame with `coefficient`, `se` and `p`, without the intercept.
fit_odds <- function(outcome, design) {
  fitted <- stats::glm.fit(
    as.matrix(design), outcome,
    family = stats::binomial(), control = stats::glm.control(epsilon = 1e-14, maxit = 100)
  )
  b <- fitted$coefficients
  se <- sqrt(diag(chol2inv(fitted$qr$qr[seq_along(b), seq_along(b), drop = FALSE])))[order(fitted$qr$pivot)]
  data.frame(coefficient = b, se = se, p = 2 * stats::pnorm(-abs(b / se)), row.names = NULL)[-1, ]
}
