test_that("equal values share the lowest score they reach into", {
  customers <- data.frame(recency = 0:9, frequency = c(1, 1, 1, 1, 1, 2, 2, 3, 4, 5), monetary = 1:10)
  found <- score_customers(customers, 5)
  expect_equal(found$f, c(1, 1, 1, 1, 1, 3, 3, 4, 5, 5))
  expect_equal(found$r, rep(5:1, each = 2))
  expect_equal(mean(found$rank_sum), 50)
  expect_equal(nrow(score_customers(customers[1, ], 5)), 1)
})

test_that("shares have Wilson's interval, and nobody's share none below zero", {
  found <- wilson_shares(c(0, 5), c(10, 10))
  expect_equal(found$low[[1]], 0)
  expect_equal(found$low[[2]], 0.2365931, tolerance = 1e-6)
  expect_equal(found$high[[2]], 0.7634069, tolerance = 1e-6)
})

test_that("a mean of one has no interval", {
  expect_true(is.na(mean_with_interval(3)$low))
  expect_equal(mean_with_interval(c(2, 2, 2))$high, 2)
})

test_that("ties count half in telling who came back", {
  expect_equal(share_below(c(1, 2, 3), c(1, 2)), c(0.25, 0.75, 1))
  followed <- data.frame(returned = c(TRUE, TRUE, FALSE, FALSE), score = c(3, 2, 2, 1))
  expect_equal(foretell_return(followed, "score")$auc, 0.875)
})

test_that("moves of few are not numbered, and who stayed is framed", {
  data <- expand.grid(then = c("champions", "lost"), now = c("champions", "lost"), stringsAsFactors = FALSE)
  data$then_title <- data$then
  data$now_title <- data$now
  data$customers <- c(12, NA, 0, 20)
  data$total <- c(12, 24, 12, 24)
  data$share <- data$customers / data$total
  figure <- plot_moves(data, 5)
  expect_equal(labels_of(figure), c("100\u2009%", "few", "", "83\u2009%"))
  expect_equal(nrow(ggplot2::ggplot_build(figure)$data[[2]]), 2)
  nobody <- data
  nobody[c("customers", "total", "share")] <- NA_real_
  expect_equal(labels_of(plot_moves(nobody, 5)), rep("few", 4))
})

test_that("the grid says customers or money, and can be empty", {
  cells <- expand.grid(f = 1:2, r = 1:2)
  cells$customers <- c(40L, 0L, NA, 12L)
  cells$share <- cells$customers / 55
  cells$monetary <- c(1234.5, NA, NA, 20)
  expect_equal(labels_of(plot_score_grid(cells, 5, "monetary", "$")), c("$1,234", "", "< 5", "$20"))
  cells[c("customers", "share", "monetary")] <- NA
  expect_silent(found <- labels_of(plot_score_grid(cells, 5)))
  expect_equal(found, rep("< 5", 4))
})
