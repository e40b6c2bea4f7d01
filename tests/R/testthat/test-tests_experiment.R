arms <- data.frame(
  arm = rep(c("control", "a", "b"), each = 40),
  y = c(seq(1, 40), seq(3, 42), seq(1, 79, by = 2)),
  x = c(seq(2, 80, by = 2), seq(1, 79, by = 2), seq(40, 1)),
  yes = rep(c(0, 1), times = c(70, 50))
)

test_that("mtcars gives the Welch test that everybody knows", {
  found <- with(mtcars, test_two_means(mpg[am == 0], mpg[am == 1]))
  expect_equal(found$statistic, -3.7671, tolerance = 1e-5)
  expect_equal(found$df, 18.332, tolerance = 1e-4)
  expect_equal(found$p, 0.001374, tolerance = 1e-3)
})

test_that("Cookie Cats gives the published z", {
  shares <- function(yes, n) rep(c(1, 0), c(yes, n - yes))
  found <- test_two_shares(shares(8279, 45489), shares(8502, 44700))
  expect_equal(found$statistic, -3.164, tolerance = 2e-4)
  expect_equal(found$p, 0.00155, tolerance = 1e-2)
  expect_equal(test_allocation(c(44700, 45489), c(0.5, 0.5))$p, 0.0086, tolerance = 1e-2)
})

test_that("the difference is arm - control, one row per outcome and arm", {
  found <- compare_arms(arms, c("y", "yes"), c("money", "binary"), "control", c("a", "b"))
  expect_equal(found$outcome, c("y", "y", "yes", "yes"))
  expect_equal(found$arm, c("a", "b", "a", "b"))
  expect_equal(found$lift[1:2], c(2, 19.5))
  expect_true(all(found$low <= found$lift & found$lift <= found$high))
})

test_that("missing outcomes do not count", {
  some <- arms
  some$y[c(1, 41)] <- NA
  found <- compare_arms(some, "y", "money", "control", "a")
  expect_equal(found$lift, mean(4:42) - mean(2:40))
})

test_that("adjusting for what explains everything leaves no doubt", {
  exact <- transform(arms, y = 3 * x + (arm == "a"))
  plain <- compare_arms(exact, "y", "money", "control", "a")
  fitted <- compare_adjusted(exact, "y", "money", "control", "a", "x")
  expect_lt(fitted$high - fitted$low, 0.1 * (plain$high - plain$low))
})

test_that("a ratio of totals is not a mean of ratios", {
  orders <- data.frame(arm = rep(c("control", "a"), each = 3), u = c(1, 2, 30, 2, 4, 60), v = c(1, 1, 10, 1, 1, 10))
  found <- compare_ratios(orders, "u", "v", "control", "a")
  expect_equal(found$lift, 66 / 12 - 33 / 12)
})

test_that("where nothing varies nothing is claimed", {
  expect_equal(test_two_means(c(1, 1), c(1, 1))$lift, 0)
  expect_true(is.na(test_two_means(c(1, 1), c(1, 1))$p))
  expect_true(is.na(test_two_means(1, c(1, 2))$p))
  expect_true(is.na(test_two_shares(c(0, 0), c(0, 0))$p))
})
