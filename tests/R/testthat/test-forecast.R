test_that("a forecast as a year before repeats the last year", {
  values <- c(1:12, 3:14)
  found <- forecast_as_before(values, FALSE, TRUE, 12)
  expect_equal(found$forecast, 3:14)
  expect_equal(found$high_95 - found$forecast, rep(stats::qnorm(0.975) * 2, 12))
})

test_that("smoothing at given parameters is what the package estimated", {
  series <- log(as.numeric(datasets::AirPassengers))
  fit <- forecast::ets(stats::ts(series, frequency = 12), model = "AAA", damped = TRUE)
  states <- as.list(fit$initstate)
  initial <- list(level = states$l, trend = states$b, season = rev(unlist(states[paste0("s", 1:12)])))
  found <- smoothing_at(exp(series), TRUE, as.list(fit$par[c("alpha", "beta", "gamma", "phi")]), initial)
  n <- length(series)
  expect_equal(found$fit$sigma2, fit$sigma2)
  expect_equal(found$fit$loglik, fit$loglik + n / 2 * log(n) - n / 2 * (log(2 * pi) + 1))
  expect_equal(found$ahead$forecast, exp(as.numeric(forecast::forecast(fit, h = 12)$mean)))
})

test_that("a model without a trend is one whose trend is and stays zero", {
  series <- stats::ts(log(as.numeric(datasets::AirPassengers)), frequency = 12)
  fit <- forecast::ets(series, model = "ANA")
  states <- as.list(fit$initstate)
  initial <- list(level = states$l, season = rev(unlist(states[paste0("s", 1:12)])))
  found <- smoothing_at(exp(as.numeric(series)), TRUE, as.list(fit$par[c("alpha", "gamma")]), initial)
  expect_equal(found$fit$sigma2, fit$sigma2)
  expect_equal(found$ahead$forecast, exp(as.numeric(forecast::forecast(fit, h = 12)$mean)))
})

test_that("labels move up and never down", {
  expect_equal(spread_up(c(0.5, 0.1, 0.51), 0.1), c(0.5, 0.1, 0.6))
})

test_that("the forecast is drawn with its bands and its total", {
  history <- data.frame(start = as.Date("2021-01-01") + 30 * 0:5, value = 100 + 0:5)
  ahead <- data.frame(start = as.Date("2021-07-01") + 30 * 0:2, forecast = 106, low_80 = 90, high_80 = 120)
  ahead <- transform(ahead, low_95 = 80, high_95 = 140)
  found <- labels_of(plot_forecast(history, ahead, "\u00a3", "next 12 months"))
  expect_true(all(c("median", "80\u2009%", "95\u2009%") %in% found))
})
