test_that("correlations are those of cor.test, each pair once, missing values left out", {
  data <- data.frame(x = c(1, 2, 3, 4, 5, NA), y = c(2, 1, 4, 3, 6, 9), z = c(9, 7, 6, 5, 1, 2))
  found <- correlate_pairs(data)
  expect_equal(nrow(found), 3)
  expect_equal(found$rho[[1]], stats::cor(1:5, c(2, 1, 4, 3, 6), method = "spearman"))
  expect_equal(found$n, c(5, 5, 6))
  expect_true(all(found$low <= found$rho & found$rho <= found$high))
})

test_that("measures without two values are no pair", {
  expect_null(correlate_pairs(data.frame(x = 1:6, y = rep(1, 6))))
})

test_that("the robust rule sees what hides from the classic one", {
  found <- flag_outliers(data.frame(x = c(9, 10, 10.5, 11, 12, 9.5, 1000, 1001)), FALSE)
  expect_equal(c(found$both, found$classic_only, found$robust_only), c(0, 0, 2))
  expect_true(is.na(flag_outliers(data.frame(x = c(5, 5, 5, 5, 1, 9)), FALSE)$spread))
})

test_that("five customers concentrate as worked by hand", {
  found <- concentrate(c(3, 1, 10, 2, 4))
  expect_equal(found$gini, 0.4)
  expect_equal(found$top20, 0.5)
  expect_equal(found$ratio, 14 / 3)
  expect_true(is.na(concentrate(c(0, 0))$gini))
})

test_that("running gaps lengthen the median", {
  found <- wait_for_orders(c(10, 21, 30, 69, 11, 10), c(TRUE, TRUE, TRUE, FALSE, FALSE, FALSE))
  expect_equal(found$completed, 21)
  expect_equal(found$any_order, 30)
  expect_true(is.na(wait_for_orders(c(5, 6), c(FALSE, FALSE))$any_order))
})

test_that("orders that double every year have that slope", {
  orders <- round(50 * 2^((0:103) * 7 / 365.25))
  expect_equal(trend_of_weeks(orders, 4)$slope, log(2), tolerance = 0.01)
})

test_that("pairs are tested by Fisher and corrected for all that could be formed", {
  pairs <- data.frame(a = "bread", b = "butter", orders = 4, orders_a = 6, orders_b = 5, orders_all = 10)
  found <- test_pairs(pairs, 3)
  expect_equal(found$p, stats::phyper(3, 6, 4, 5, lower.tail = FALSE))
  expect_equal(found$p_holm, 3 * found$p)
  expect_equal(found$lift, 4 / 3)
})

test_that("a tile says its correlation, and the interval where there is room", {
  data <- data.frame(x = "s", y = "o", rho = -0.5, low = -0.6, high = -0.4)
  few <- plot_correlations(data, list(s = "Spend", o = "Orders"))
  expect_equal(labels_of(few), c("\u22120.50", "\u22120.60 to \u22120.40"))
  names <- stats::setNames(c("Spend", "Orders", letters[1:5]), c("s", "o", letters[1:5]))
  many <- plot_correlations(data, as.list(names))
  expect_equal(labels_of(many), "\u22120.50")
})

test_that("text on a tile is the one that can be read", {
  expect_equal(readable_on(book_colour("paper")), book_colour("ink"))
  expect_equal(readable_on("#101010"), book_colour("paper"))
})

test_that("weeks covered in part are not drawn, and few weeks get no curve", {
  weeks <- data.frame(
    start = as.POSIXct("2021-01-04", tz = "UTC") + 7 * 86400 * (0:19), orders = 20 + 0:19, shown = 20 + 0:19,
    whole = c(FALSE, rep(TRUE, 19))
  )
  built <- ggplot2::ggplot_build(plot_weeks(weeks))
  expect_equal(nrow(built$data[[1]]), 19)
  expect_equal(length(built$data), 4)
  few <- transform(weeks, shown = replace(shown, 5, NA))
  masked <- ggplot2::ggplot_build(plot_weeks(few))
  expect_equal(masked$data[[3]]$y, built$data[[3]]$y)
  expect_equal(sum(is.na(masked$data[[1]]$y)), 1)
  smooth <- smooth_weeks(data.frame(day = 1:19, week = 1:19, orders = 21:39))
  expect_true(all(smooth$low < smooth$fit & smooth$fit < smooth$high))
  expect_equal(length(ggplot2::ggplot_build(plot_weeks(weeks[1:6, ]))$data), 1)
})
