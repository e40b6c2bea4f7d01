surface <- function(steps = 11) {
  data <- expand.grid(x = 1:4, silence = seq(0, 50, length.out = steps))
  data$alive <- stats::plogis(3 - data$x * data$silence / 15)
  data
}

test_that("lines of equal probability pass where the surface does", {
  lines <- equal_lines(surface(501), c(0.5, 0.9))
  half <- lines[lines$level == 0.5, ]
  expect_equal(half$silence, 45 / half$x, tolerance = 1e-3)
  expect_equal(half$x, 1:4)
  expect_equal(nrow(equal_lines(surface(), 1e-12)), 0)
})

test_that("the surface says its levels at the right end", {
  found <- labels_of(plot_alive(surface(), "week"))
  expect_true(all(c(" 10\u2009%", " 50\u2009%", " 90\u2009%") %in% found))
})

test_that("a surface that reaches no level is drawn without lines", {
  flat <- transform(surface(), alive = 0.99)
  expect_null(labels_of(plot_alive(flat, "week")))
})

test_that("both totals stand at the end of each panel, the forecast going on from what was bought", {
  days <- as.Date("2021-01-01") + 7 * 0:4
  one <- function(series, purchases, low = NA_real_, high = NA_real_) {
    data.frame(series = series, day = days, holdout = days > days[[3]], purchases = purchases, low = low, high = high)
  }
  data <- rbind(one("actual", c(0, 10, 20, 30, 40)), one("bgnbd", c(1, 9, 19, 28, 36), 20, c(20, 20, 20, 34, 44)))
  figure <- plot_tracking(data, list(actual = "Actual", bgnbd = "BG/NBD"), "2021-01-15")
  expect_true(all(c("36 foreseen", "40 actual", "calibration ends ") %in% labels_of(figure)))
  bands <- Filter(function(layer) "ymin" %in% names(layer), ggplot2::ggplot_build(figure)$data)
  expect_equal(bands[[1]]$ymin[[1]], 20)
  expect_equal(bands[[1]]$ymax[[1]], 20)
})

test_that("correlations are those of cor.test over repeat customers alone", {
  found <- check_independence(c(0, 1, 2, 3, 4, 5, 6), c(NA, 5, 4, 6, 9, 0, 7))
  expect_equal(found$n, c(5, 5))
  expect_equal(found$rho[[1]], stats::cor(c(1, 2, 3, 4, 6), c(5, 4, 6, 9, 7)))
  expect_true(all(found$low < found$rho & found$rho < found$high))
})
