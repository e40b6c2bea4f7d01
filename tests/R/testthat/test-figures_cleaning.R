test_that("steps that move nothing are left out, and measures are named once", {
  steps <- data.frame(
    step = rep(c("return", "duplicate", "missing amount"), each = 2),
    measure = rep(c("total", "mean"), 3),
    change = c(0.01, 0.02, -0.2, -0.004, 0, NA)
  )
  figure <- plot_changes(steps)
  expect_equal(labels_of(figure), c("+1.0\u2009%  total", "+2.0\u2009%  mean", "\u221220\u2009%", "\u22120.4\u2009%"))
  expect_equal(ggplot2::ggplot_build(figure)$layout$panel_params[[1]]$y$get_labels(), c("duplicate", "return"))
})

test_that("a single step can be drawn", {
  steps <- data.frame(step = "income outliers: if left out", measure = c("mean", "median"), change = c(-0.01, -0.002))
  expect_silent(ggplot2::ggplot_build(plot_changes(steps)))
})
