bgnbd <- list(r = 0.243, alpha = 4.414, a = 0.793, b = 2.426)
pareto <- list(r = 0.553, alpha = 10.578, s = 0.606, beta = 11.669)
spending <- list(p = 6.25, q = 3.74, v = 15.44)
who <- data.frame(x = c(2, 0), t_x = c(30.43, 0), T = 38.86, m_x = c(22.35, NA))

test_that("the published customer buys 1.226 times in 39 weeks", {
  found <- lifetime_customers(who, bgnbd, "bgnbd", 39)
  expect_equal(found$purchases[[1]], 1.226, tolerance = 5e-4)
  expect_equal(found$alive[[2]], 1)
})

test_that("one customer has the likelihood that is published", {
  one <- data.frame(x = c(0, 200), t_x = c(0, 38), T = 40)
  found <- lifetime_customers(one, list(r = 0.25, alpha = 4, a = 0.8, b = 2.5), "bgnbd", 1)
  expect_equal(found$loglik, c(-0.59947382, 100.7957), tolerance = 1e-6)
})

test_that("the Pareto/NBD is that of its integral, whichever scale is larger", {
  for (p in list(pareto, list(r = 0.553, alpha = 11.669, s = 0.606, beta = 10.578))) {
    whole <- function(x, t_x, end) {
      left <- function(u) (p$alpha + u)^-(p$r + x) * (p$beta + u)^-(p$s + 1) * p$s
      stayed <- (p$alpha + end)^-(p$r + x) * (p$beta + end)^-p$s
      gone <- stats::integrate(left, t_x, end, rel.tol = 1e-12)$value
      constant <- lgamma(p$r + x) - lgamma(p$r) + p$r * log(p$alpha) + p$s * log(p$beta)
      c(constant + log(stayed + gone), stayed / (stayed + gone))
    }
    found <- lifetime_customers(who, p, "pareto_nbd", 39)
    expect_equal(c(found$loglik[[1]], found$alive[[1]]), whole(2, 30.43, 38.86), tolerance = 1e-10)
    expect_equal(c(found$loglik[[2]], found$alive[[2]]), whole(0, 0, 38.86), tolerance = 1e-10)
  }
})

test_that("spend lies between the customer's mean and that of all", {
  found <- lifetime_spend(who, spending)
  everybody <- 6.25 * 15.44 / 2.74
  expect_equal(found$spend[[2]], everybody)
  expect_true(found$spend[[1]] > 22.35 && found$spend[[1]] < everybody)
  expect_true(is.na(found$loglik[[2]]))
})

test_that("without discount a customer is worth purchases times spend, with it less", {
  for (model in c("bgnbd", "pareto_nbd")) {
    p <- if (model == "bgnbd") bgnbd else pareto
    plain <- lifetime_customers(who, p, model, 39)$purchases * lifetime_spend(who, spending)$spend
    expect_equal(lifetime_value(who, p, model, 39, spending, 0)$value, plain)
    expect_true(all(lifetime_value(who, p, model, 39, spending, 0.01)$value < plain))
  }
})

test_that("a single customer is valued in a table of one row", {
  expect_equal(nrow(lifetime_value(who[2, ], bgnbd, "bgnbd", 39, spending, 0.01)), 1)
})
