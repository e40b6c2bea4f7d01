# When people buy, computed a second time: the other side of python/patrons/seasonality*.py.

#' The index of each calendar month, with intervals over customers
#'
#' @param buyer,month,revenue What each buyer spent in each month: who, the calendar month (1 to 12), how much.
#' @param covered The calendar month of each month that is covered.
#' @return A data frame: `month`, `index`, `low`, `high` (missing where a month sold nothing).
month_index <- function(buyer, month, revenue, covered) {
  counts <- tabulate(covered, 12)
  wide <- stats::xtabs(revenue ~ factor(buyer) + factor(month, levels = 1:12))
  sums <- colSums(wide)
  whole <- rowSums(wide)
  there <- which(counts > 0)
  rows <- lapply(there, function(m) {
    index <- (sums[[m]] / counts[[m]]) / (sum(sums) / length(covered))
    parts <- wide[, m] / sums[[m]] - whole / sum(whole)
    error <- sqrt(nrow(wide) * stats::var(parts))
    ends <- index * exp(stats::qnorm(0.975) * c(-error, error))
    data.frame(month = m, index = index, low = ends[[1]], high = ends[[2]])
  })
  do.call(rbind, rows)
}

#' Take a series apart by STL, and measure the strength of trend and season
#'
#' @param value The series.
#' @param period Its period.
#' @param windows Loess windows of season, trend and low-pass filter.
#' @param inner Passes of the inner loop.
#' @return A list: `parts` (`trend`, `season`, `rest`) and `strengths` (`trend`, `season`).
take_apart <- function(value, period, windows, inner) {
  found <- stats::stl(
    stats::ts(value, frequency = period),
    s.window = windows[[1]], s.degree = 1, t.window = windows[[2]], t.degree = 1, l.window = windows[[3]],
    l.degree = 1, s.jump = 1, t.jump = 1, l.jump = 1, inner = inner, outer = 0, robust = FALSE
  )$time.series
  parts <- data.frame(
    trend = as.numeric(found[, "trend"]), season = as.numeric(found[, "seasonal"]),
    rest = as.numeric(found[, "remainder"])
  )
  strength <- function(part) max(0, 1 - stats::var(parts$rest) / stats::var(part + parts$rest))
  list(parts = parts, strengths = data.frame(trend = strength(parts$trend), season = strength(parts$season)))
}

#' A row of ratio, interval and p-value from a contrast of coefficients
#'
#' @param value Logarithm of the ratio.
#' @param contrast Its gradient with respect to the coefficients.
#' @param covariances A list of covariance matrices; the one with the largest error counts.
#' @return A data frame of one row.
ratio_row <- function(value, contrast, covariances) {
  error <- sqrt(max(vapply(covariances, function(v) drop(t(contrast) %*% v %*% contrast), 0)))
  half <- stats::qnorm(0.975) * error
  data.frame(
    ratio = exp(value), low = exp(value - half), high = exp(value + half), p = 2 * stats::pnorm(-abs(value / error))
  )
}

#' The model of daily orders
#'
#' @param days A data frame with `orders`, `month`, `weekday` (0 to 6), `t` and columns of events.
#' @param knots Inner knots of the trend, a natural spline from `splines::ns()`.
#' @param months Whether months are in it.
#' @param windows,extra Names of the columns of holiday windows and of other events.
#' @param peak Two calendar months that are compared with the rest.
#' @param lags Days for the errors of Newey and West.
#' @return A list: `effects`, `joint`, `peak`.
calendar_model <- function(days, knots, months, windows, extra, peak, lags) {
  windows <- unlist(windows)
  extra <- unlist(extra)
  events <- c(windows, extra)
  days$weekday <- factor(days$weekday)
  days$month <- factor(days$month)
  right <- c(
    "splines::ns(t, knots = knots, Boundary.knots = c(0, 1))", "weekday", if (months) "month",
    if (length(events)) sprintf("`%s`", events)
  )
  formula <- stats::as.formula(paste("orders ~", paste(right, collapse = " + ")))
  environment(formula) <- environment()
  fit <- stats::glm(formula, stats::quasipoisson(), days, control = list(epsilon = 1e-14, maxit = 100))
  b <- stats::coef(fit)
  covariances <- list(stats::vcov(fit), sandwich::NeweyWest(fit, lag = lags, prewhite = FALSE, adjust = FALSE))
  columns <- names(b)
  kinds <- ifelse(
    grepl("^weekday[0-9]", columns), "weekday",
    ifelse(grepl("^month[0-9]", columns), "month", ifelse(gsub("`", "", columns) %in% windows, "window", ""))
  )
  pick <- function(kind) {
    picks <- matrix(0, sum(kinds == kind) + 1, length(b))
    picks[cbind(seq_len(nrow(picks))[-1], which(kinds == kind))] <- 1
    picks
  }
  levels_of <- function(kind, names) {
    picks <- pick(kind)
    values <- drop(picks %*% b)
    shares <- exp(values) / sum(exp(values))
    rows <- lapply(seq_along(names), function(k) {
      contrast <- picks[k, ] - drop(shares %*% picks)
      data.frame(kind = kind, name = names[[k]], ratio_row(values[[k]] - log(mean(exp(values))), contrast, covariances))
    })
    do.call(rbind, rows)
  }
  weekdays <- c("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
  effects <- rbind(if (months) levels_of("month", month.name), levels_of("weekday", weekdays))
  for (event in events) {
    place <- which(gsub("`", "", columns) == event)
    kind <- if (event %in% windows) "window" else "extra"
    row <- ratio_row(b[[place]], replace(numeric(length(b)), place, 1), covariances)
    effects <- rbind(effects, data.frame(kind = kind, name = event, row))
  }
  joint <- lapply(intersect(c("month", "weekday", "window"), kinds), function(kind) {
    mine <- which(kinds == kind)
    statistic <- min(vapply(covariances, function(v) drop(b[mine] %*% solve(v[mine, mine], b[mine])), 0)) / length(mine)
    data.frame(
      kind = kind, statistic = statistic, df1 = length(mine), df2 = fit$df.residual,
      p = stats::pf(statistic, length(mine), fit$df.residual, lower.tail = FALSE)
    )
  })
  top <- if (months) peak_row(pick("month"), b, peak, covariances)
  list(effects = effects, joint = do.call(rbind, joint), peak = top)
}

#' Compare a day of some months with one of the rest
#'
#' @param picks A matrix that picks the months' coefficients.
#' @param b Coefficients.
#' @param peak The months.
#' @param covariances As for `ratio_row()`.
#' @return A data frame of one row.
peak_row <- function(picks, b, peak, covariances) {
  risen <- exp(drop(picks %*% b))
  inside <- seq_along(risen) %in% unlist(peak)
  weights <- ifelse(inside, risen / sum(risen[inside]), -risen / sum(risen[!inside]))
  ratio_row(log(mean(risen[inside]) / mean(risen[!inside])), drop(weights %*% picks), covariances)
}

#' Tests of the months' ranks within years
#'
#' @param revenue,month Of each covered month, in order.
#' @param knots Inner knots of the trend that is taken out.
#' @param peak Months that are asked about.
#' @return A data frame: `test`, `statistic`, `p`.
season_tests <- function(revenue, month, knots, peak) {
  n <- length(revenue)
  t <- (seq_len(n) - 1) / (n - 1)
  curve <- splines::ns(t, knots = knots, Boundary.knots = c(0, 1))
  fit <- stats::lm(log(revenue) ~ factor(month) + curve)
  value <- log(revenue) - drop(curve %*% utils::tail(stats::coef(fit), ncol(curve)))
  blocks <- n %/% 12
  inside <- seq_len(12 * blocks)
  wide <- matrix(value[inside], ncol = 12, byrow = TRUE)
  friedman <- stats::friedman.test(wide)
  ranks <- t(apply(wide, 1, rank))
  chosen <- matrix(month[inside], ncol = 12, byrow = TRUE) %in% unlist(peak)
  found <- sum(ranks[chosen])
  # Every way to put two months on two ranks, once for each year: the same distribution by enumeration of one year.
  one <- table(colSums(utils::combn(12, 2))) / 66
  over <- stats::setNames(1, "0")
  for (block in seq_len(blocks)) {
    sums <- outer(as.numeric(names(over)), as.numeric(names(one)), "+")
    over <- tapply(c(outer(c(over), c(one))), c(sums), sum)
  }
  p <- sum(over[as.numeric(names(over)) >= found])
  data.frame(
    test = c("friedman", "ranks"), statistic = c(friedman$statistic[[1]], found), p = c(friedman$p.value, p)
  )
}

#' Fit a model of regions and months, with errors over customers
#'
#' @param rows What each buyer did in each region and month: `buyer`, `region`, `number` and the outcome.
#' @param outcome Name of the outcome's column.
#' @param design A function of regions and numbers that returns a matrix of columns to estimate.
#' @return A data frame of one row for the first column: `ratio`, `low`, `high`, `p`; NULL where an outcome is negative.
region_model <- function(rows, outcome, design) {
  cells <- expand.grid(number = sort(unique(rows$number)), region = sort(unique(rows$region)), stringsAsFactors = FALSE)
  key <- function(x) paste(x$region, x$number, sep = "\r")
  sums <- tapply(rows[[outcome]], key(rows), sum)
  cells$y <- unname(ifelse(is.na(sums[key(cells)]), 0, sums[key(cells)]))
  if (any(cells$y < 0)) {
    return(NULL)
  }
  cells <- cells[cells$number %in% cells$number[cells$y > 0], ]
  own <- design(cells$region, cells$number)
  fit <- suppressWarnings(stats::glm(
    y ~ own + factor(region) + factor(number), stats::quasipoisson(), cells,
    control = list(epsilon = 1e-14, maxit = 100)
  ))
  matrix <- stats::model.matrix(fit)
  bread <- summary(fit)$cov.unscaled
  influence <- stats::setNames(drop(matrix %*% bread[, 2]), key(cells))
  parts <- tapply(ifelse(is.na(influence[key(rows)]), 0, influence[key(rows)]) * rows[[outcome]], rows$buyer, sum)
  value <- stats::coef(fit)[[2]]
  error <- sqrt(length(parts) * stats::var(c(parts)))
  ratio_row(value, 1, list(matrix(error^2)))
}

#' Effects of offers in some regions and months
#'
#' @param rows As for `region_model()`.
#' @param ran Where an offer ran: `region`, `number`.
#' @param outcomes Columns of `rows`.
#' @return A data frame: `outcome`, `how`, `ratio`, `low`, `high`, `p`.
offer_effects <- function(rows, ran, outcomes) {
  on <- function(region, number) as.numeric(paste(region, number) %in% paste(ran$region, ran$number))
  main <- function(region, number) cbind(on(region, number))
  trends <- function(region, number) {
    cbind(on(region, number), stats::model.matrix(~ factor(region))[, -1, drop = FALSE] * (number - min(number)) / 12)
  }
  found <- lapply(unlist(outcomes), function(outcome) {
    one <- region_model(rows, outcome, main)
    if (is.null(one)) {
      return(NULL)
    }
    data.frame(outcome = outcome, how = c("main", "trends"), rbind(one, region_model(rows, outcome, trends)))
  })
  do.call(rbind, found)
}

#' How regions parted, in a year, before the first offer
#'
#' @inheritParams offer_effects
#' @return As for `region_model()`.
parting_before <- function(rows, ran) {
  early <- rows[rows$number < min(ran$number), ]
  region_model(early, "orders", function(region, number) {
    cbind((region %in% ran$region) * (number - min(number)) / 12)
  })
}

#' Effects of offers that never were
#'
#' @param cells `orders`, `region`, `number`.
#' @param ran Months in which some offer ran.
#' @param pretended `regions` (joined by "+") and `shift` in months.
#' @return A data frame: `regions`, `shift`, `ratio`.
pretended_offers <- function(cells, ran, pretended) {
  free <- cells[!cells$number %in% ran, ]
  free <- free[free$number %in% free$number[free$orders > 0], ]
  names <- sort(unique(free$region))
  ratio <- mapply(function(regions, shift) {
    group <- Filter(function(name) grepl(paste0("+", name, "+"), paste0("+", regions, "+"), fixed = TRUE), names)
    free$on <- as.numeric(free$region %in% group & (free$number - shift) %in% ran)
    fit <- stats::glm(
      orders ~ on + factor(region) + factor(number), stats::quasipoisson(), free,
      control = list(epsilon = 1e-12, maxit = 100)
    )
    exp(stats::coef(fit)[["on"]])
  }, pretended$regions, pretended$shift)
  data.frame(regions = pretended$regions, shift = pretended$shift, ratio = unname(ratio))
}
