people <- data.frame(
  arm = rep(c("control", "a"), each = 60), town = rep(c("North", "South", "West"), 40),
  y = c(seq(1, 60), seq(4, 63)), yes = rep(c(0, 1, 1, 0, 1), 24)
)
people$y[people$arm == "a" & people$town == "North"] <- people$y[people$arm == "a" & people$town == "North"] + 40

test_that("ranks are those of wilcox.test, and superiority counts pairs", {
  found <- rank_row(c(3, 4, 4, 9), c(1, 3, 4))
  pairs <- outer(c(3, 4, 4, 9), c(1, 3, 4), "-")
  expect_equal(found$superiority, mean(pairs > 0) + mean(pairs == 0) / 2)
  expect_true(found$low <= found$superiority && found$superiority <= found$high)
  expect_true(is.na(rank_row(c(1, 1), c(1, 1))$p))
  expect_true(is.na(rank_row(numeric(), c(1, 1))$u))
})

test_that("groups are compared as if each were alone", {
  found <- compare_within(people, c("y", "yes"), c("money", "binary"), "control", "a", "town")
  alone <- compare_arms(people[people$town == "West", ], "y", "money", "control", "a")
  expect_equal(nrow(found), 6)
  expect_equal(found[found$level == "West" & found$outcome == "y", "p"], alone$p)
  expect_equal(found$p_holm[found$outcome == "y"], stats::p.adjust(found$p[found$outcome == "y"], "holm"))
})

test_that("a group with too few people does not count", {
  few <- rbind(people, data.frame(arm = c("control", "a"), town = "Hamlet", y = 1, yes = 1))
  expect_false("Hamlet" %in% compare_within(few, "y", "money", "control", "a", "town", 2)$level)
})

test_that("an effect in one town alone is a difference between towns", {
  found <- test_interactions(people, c("y", "yes"), "control", "a", "town")
  expect_lt(found$p[[1]], 1e-4)
  expect_lt(found$classic_p[[1]], 1e-4)
  flat <- transform(people, y = 1)
  expect_true(is.na(test_interactions(flat, "y", "control", "a", "town")$p))
})

test_that("power is that of power.prop.test and pwr", {
  expect_equal(stats::power.prop.test(p1 = .05, p2 = .06, power = .8)$n, 8157.731, tolerance = 1e-7)
  expect_equal(
    power_of_shares(.06, .05, c(900, 900)), stats::power.prop.test(900, .05, .06, strict = TRUE)$power,
    tolerance = 1e-9
  )
  row <- data.frame(
    outcome = "y", kind = "money", arm = "a", n_control = 300, n = 200, mean_control = 1, sd_control = 2, sd = 2,
    target = 0.5
  )
  found <- see_effects(row)
  expect_equal(found$power, pwr::pwr.t2n.test(300, 200, d = 0.25)$power)
  expect_equal(pwr::pwr.t2n.test(300, 200, d = found$detectable / 2)$power, 0.8, tolerance = 1e-8)
})

test_that("the Bayesian reading of shares is exact", {
  row <- data.frame(
    outcome = "y", kind = "binary", arm = "a", n_control = 1, mean_control = 0, sd_control = NA, n = 1, mean = 1,
    sd = NA
  )
  found <- read_posterior(row, 0.5)
  expect_equal(found$p_better, 5 / 6, tolerance = 1e-9)
  expect_equal(found$loss_stay - found$loss_use, found$lift)
})

test_that("a flat prior leaves the estimate as it is", {
  row <- data.frame(
    outcome = "y", kind = "money", arm = "a", n_control = 50, mean_control = 1, sd_control = 2, n = 50, mean = 2, sd = 2
  )
  expect_equal(read_posterior(row, Inf)$lift, 1)
  expect_lt(read_posterior(row, 0.1)$lift, 0.5)
  expect_true(is.na(read_posterior(transform(row, sd = 0, sd_control = 0), 0.5)$lift))
})
