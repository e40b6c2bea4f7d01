# Forecasts of monthly series in R, with the package `forecast`: the other side of python/patrons/forecast*.py.

#' Load the package without its greetings
#'
#' @return Whether it is there.
load_forecast <- function() {
  suppressMessages(requireNamespace("forecast", quietly = TRUE))
}

#' A series of months on the scale of the models
#'
#' @param values Months without holes.
#' @param logs Whether models work in logarithms.
#' @return A time series of twelve months a year.
monthly_series <- function(values, logs) {
  stats::ts(if (logs) log(values) else values, frequency = 12)
}

#' A forecast as a table
#'
#' @param found What `forecast::forecast()` returns, with levels 80 and 95.
#' @param logs Whether it is in logarithms.
#' @return A data frame: `step`, `forecast`, `low_80`, `high_80`, `low_95`, `high_95`.
forecast_table <- function(found, logs) {
  back <- if (logs) exp else identity
  data.frame(
    step = seq_along(found$mean),
    forecast = back(as.numeric(found$mean)),
    low_80 = back(as.numeric(found$lower[, 1])), high_80 = back(as.numeric(found$upper[, 1])),
    low_95 = back(as.numeric(found$lower[, 2])), high_95 = back(as.numeric(found$upper[, 2]))
  )
}

#' Forecast each month as it was a year, or a month, before
#'
#' @inheritParams monthly_series
#' @param season Whether a year before; otherwise a month.
#' @param ahead How many months.
#' @return As `forecast_table()`.
forecast_as_before <- function(values, logs, season = TRUE, ahead = 12) {
  method <- if (season) forecast::snaive else forecast::naive
  found <- method(
    stats::ts(values, frequency = 12),
    h = ahead, level = c(80, 95), lambda = if (logs) 0 else NULL
  )
  forecast_table(found, FALSE)
}

#' Exponential smoothing at given parameters and given first states
#'
#' @inheritParams monthly_series
#' @param parameters A list with `alpha`, `gamma`, and with a trend `beta` and `phi`.
#' @param initial A list with `level`, `season` (of the first month to the twelfth) and perhaps `trend`.
#' @param ahead How many months.
#' @return A list: `fit` (a data frame of one row with `loglik` and `sigma2`) and `ahead` (as `forecast_table()`). The
#'   package leaves constants out of its log-likelihood; they are added here.
smoothing_at <- function(values, logs, parameters, initial, ahead = 12) {
  series <- monthly_series(values, logs)
  trend <- !is.null(parameters$beta)
  # Without a trend, the package (8.20) gives the weight of the season to the wrong state when it computes variances:
  # a trend that is and stays zero says the same and takes the right path.
  beta <- if (trend) parameters$beta else 0
  smoothing <- c(alpha = parameters$alpha, beta = beta, gamma = parameters$gamma, if (trend) c(phi = parameters$phi))
  season <- stats::setNames(rev(initial$season), paste0("s", 1:12))
  states <- c(l = initial$level, b = if (trend) initial$trend else 0, season)
  # Seasons sum to zero, so that the package counts eleven of them as parameters.
  model <- structure(
    list(
      components = c("A", "A", "A", as.character(trend)), par = c(smoothing, states[-length(states)]),
      initstate = states, m = 12, method = "ETS at given parameters", lambda = NULL
    ),
    class = "ets"
  )
  found <- forecast::ets(series, model = model, use.initial.values = TRUE)
  n <- length(series)
  # Where the package estimates, it divides by the months less the parameters; where it does not, by one less.
  left <- n - length(model$par)
  found$sigma2 <- found$sigma2 * (left - 1) / (left + if (trend) 0 else 2)
  loglik <- found$loglik + n / 2 * log(n) - n / 2 * (log(2 * pi) + 1)
  list(
    fit = data.frame(loglik = loglik, sigma2 = found$sigma2),
    ahead = forecast_table(forecast::forecast(found, h = ahead, level = c(80, 95)), logs)
  )
}

#' The airline model at given coefficients
#'
#' @inheritParams monthly_series
#' @param parameters A list with `ma` and `sma`.
#' @param ahead How many months.
#' @return As `smoothing_at()`. The likelihood is that of the differenced series.
airline_at <- function(values, logs, parameters, ahead = 12) {
  series <- monthly_series(values, logs)
  fixed <- c(parameters$ma, parameters$sma)
  seasonal <- list(order = c(0, 1, 1), period = 12)
  # Nothing is known of the level before the first month: the larger kappa, the nearer to that (in Python it is exact).
  found <- forecast::Arima(
    series,
    order = c(0, 1, 1), seasonal = seasonal, fixed = fixed, method = "ML", kappa = 1e9
  )
  changes <- diff(diff(as.numeric(series), 12))
  exact <- forecast::Arima(
    stats::ts(changes, frequency = 12),
    order = c(0, 0, 1), seasonal = list(order = c(0, 0, 1), period = 12), fixed = fixed, include.mean = FALSE,
    method = "ML"
  )
  # Fixed coefficients do not count as parameters of the package's variance; in Python they do.
  n <- length(changes)
  sigma2 <- found$sigma2 <- exact$sigma2 * n / (n - 2)
  list(
    fit = data.frame(loglik = exact$loglik, sigma2 = sigma2),
    ahead = forecast_table(forecast::forecast(found, h = ahead, level = c(80, 95)), logs)
  )
}

#' What R would have estimated and chosen by itself
#'
#' @inheritParams monthly_series
#' @param ahead How many months.
#' @return A data frame: `name`, `parameters` as text, `loglik` (with all constants), `total` of the months ahead.
own_choices <- function(values, logs, ahead = 12) {
  series <- monthly_series(values, logs)
  back <- if (logs) exp else identity
  n <- length(series)
  row <- function(name, make) {
    found <- suppressWarnings(tryCatch(make(), error = function(e) NULL))
    if (is.null(found)) {
      return(NULL)
    }
    smoothed <- inherits(found, "ets")
    shift <- if (smoothed) n / 2 * log(n) - n / 2 * (log(2 * pi) + 1) else 0
    total <- sum(back(as.numeric(forecast::forecast(found, h = ahead)$mean)))
    data.frame(
      name = name, chosen = if (smoothed) found$method else as.character(found), loglik = found$loglik + shift,
      total = total
    )
  }
  seasonal <- list(order = c(0, 1, 1), period = 12)
  rbind(
    row("ets_level", function() forecast::ets(series, model = "ANA")),
    row("ets_damped", function() forecast::ets(series, model = "AAA", damped = TRUE)),
    row("airline", function() forecast::Arima(series, order = c(0, 1, 1), seasonal = seasonal, method = "ML")),
    row("ets", function() forecast::ets(series)),
    row("auto.arima", function() forecast::auto.arima(series))
  )
}

#' Mean absolute scaled errors of the seasonal naive forecast from each origin
#'
#' @param values Months without holes.
#' @param origins How many months are known at each.
#' @param ahead The most months ahead.
#' @return A data frame: `origin`, `mase`.
naive_errors <- function(values, origins, ahead = 12) {
  mase <- vapply(origins, function(origin) {
    known <- stats::ts(values[seq_len(origin)], frequency = 12)
    steps <- min(ahead, length(values) - origin)
    came <- stats::ts(values[origin + seq_len(steps)], start = stats::tsp(known)[2] + 1 / 12, frequency = 12)
    forecast::accuracy(forecast::snaive(known, h = steps), came)["Test set", "MASE"]
  }, 0)
  data.frame(origin = origins, mase = mase)
}

#' Whether one forecast errs less than another one month ahead: the test of Diebold and Mariano
#'
#' @param errors,simplest Errors of both, in the same order.
#' @return A data frame of one row: `t`, `p`.
errs_less <- function(errors, simplest) {
  found <- forecast::dm.test(errors, simplest, h = 1, power = 1)
  data.frame(t = unname(found$statistic), p = found$p.value)
}

#' Whether errors still depend on those before: the test of Ljung and Box
#'
#' @param residuals Errors of one month ahead.
#' @param lag Up to how many months back.
#' @param spent Parameters that were estimated.
#' @return A data frame of one row: `chi2`, `df`, `p`.
errors_alike <- function(residuals, lag, spent) {
  found <- stats::Box.test(residuals, lag = lag, type = "Ljung-Box", fitdf = spent)
  data.frame(chi2 = unname(found$statistic), df = unname(found$parameter), p = found$p.value)
}
