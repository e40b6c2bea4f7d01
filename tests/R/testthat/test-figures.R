test_that("bars start at zero and say their numbers, first on top", {
  figure <- plot_counts(data.frame(name = c("Monday", "Tuesday"), value = c(1200, 900)), "Orders")
  built <- ggplot2::ggplot_build(figure)
  expect_equal(built$data[[1]]$xmin, c(0, 0))
  expect_equal(labels_of(figure), c("1,200", "900"))
  expect_equal(built$layout$panel_params[[1]]$y$get_labels(), c("Tuesday", "Monday"))
})

test_that("groups too small to show are not numbered", {
  cells <- expand.grid(f = 1:2, r = 1:2)
  cells$customers <- c(40L, 0L, NA, 12L)
  cells$share <- cells$customers / 55
  expect_equal(labels_of(plot_score_grid(cells, smallest = 5)), c("40", "", "< 5", "12"))
})

test_that("lifts are drawn with sign and interval, several arms in panels", {
  lifts <- data.frame(
    outcome = "Sales", arm = c("a", "b"), estimate = "plain",
    lift_pct = c(0.1, -0.02), pct_low = c(0.04, -0.05), pct_high = c(0.16, 0.01)
  )
  one <- plot_lifts(lifts[1, ], "control")
  expect_true("+10.0\u2009%" %in% labels_of(one))
  expect_equal(nrow(ggplot2::ggplot_build(one)$layout$layout), 1)
  expect_equal(nrow(ggplot2::ggplot_build(plot_lifts(lifts, "control"))$layout$layout), 2)
})

test_that("a lift that cannot be computed is left out without a warning", {
  lifts <- data.frame(
    outcome = c("Sales", "Visits"), arm = "a", estimate = "plain",
    lift_pct = c(0.1, NA), pct_low = c(0.04, NA), pct_high = c(0.16, NA)
  )
  expect_silent(ggplot2::ggplot_build(plot_lifts(lifts, "control")))
})

test_that("text is drawn in Inter", {
  figure <- plot_counts(data.frame(name = "Monday", value = 1), "Orders")
  expect_equal(figure$layers[[2]]$aes_params$family, "Inter")
})
