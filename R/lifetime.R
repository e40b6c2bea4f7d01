# Lifetime value in R, the other side of python/patrons/lifetime*.py: the published forms with Gaussian hypergeometric
# functions (gsl), where Python sums integrals. Models are `bgnbd` with the parameters r, alpha, a, b, and `pareto_nbd`
# with r, alpha, s, beta.

#' What a model of buying says of customers
#'
#' @param data A data frame with one row per customer: `x` repeat purchases, `t_x` time of the last, `T` time observed.
#' @param parameters A list of the model's parameters by name.
#' @param model `bgnbd` or `pareto_nbd`.
#' @param horizon Time after T in which purchases are expected.
#' @return A data frame in the order of `data`: `loglik`, `alive` (a probability), `purchases` (expected).
lifetime_customers <- function(data, parameters, model, horizon) {
  p <- lifetime_parameters(parameters, model)
  terms <- lifetime_terms(data, p, model)
  loglik <- lifetime_loglik(terms)
  alive <- 1 / (1 + exp(terms$odds))
  data.frame(loglik = loglik, alive = alive, purchases = alive * lifetime_buying(data, p, model, horizon))
}

#' Discounted value of customers
#'
#' The integral of discounted purchases, by parts: Python discounts the rate of buying instead.
#'
#' @param data,parameters,model,horizon As for `lifetime_customers()`; `data` has `m_x`, the mean money of a purchase.
#' @param spending A list of the parameters p, q, v of the Gamma-Gamma model.
#' @param rate Discount rate per unit of time.
#' @return A data frame with the column `value`.
lifetime_value <- function(data, parameters, model, horizon, spending, rate) {
  p <- lifetime_parameters(parameters, model)
  alive <- 1 / (1 + exp(lifetime_terms(data, p, model)$odds))
  steady <- log1p(rate)
  # Simpson's rule in ln(1 + time / alpha), in which the rate of buying is smooth.
  ends <- log1p(horizon / p[["alpha"]])
  grid <- seq(0, ends, length.out = 129)
  times <- p[["alpha"]] * expm1(grid)
  weights <- c(1, rep(c(4, 2), length.out = 127), 1) * ends / 128 / 3 * p[["alpha"]] * exp(grid)
  made <- vapply(times, function(time) lifetime_buying(data, p, model, time), numeric(nrow(data)))
  made <- matrix(made, nrow = nrow(data))
  discounted <- exp(-steady * horizon) * made[, 129] + steady * drop(made %*% (weights * exp(-steady * times)))
  data.frame(value = alive * discounted * lifetime_spend(data, spending)$spend)
}

#' What the Gamma-Gamma model says of customers
#'
#' @param data A data frame with `x` and `m_x`; m_x is not looked at where x is 0.
#' @param spending A list of the parameters p, q, v.
#' @return A data frame: `loglik` (missing where there is no repeat purchase with a positive mean), `spend` (expected
#'   money per purchase).
lifetime_spend <- function(data, spending) {
  p <- spending$p
  q <- spending$q
  v <- spending$v
  x <- data$x
  mean <- ifelse(x > 0, pmax(data$m_x, 0), 0)
  known <- x > 0 & mean > 0
  loglik <- rep(NA_real_, length(x))
  z <- mean[known]
  n <- x[known]
  # The mean of n gammas is a gamma; its rate is a gamma over customers: z follows a scaled beta prime (equation 1a).
  share <- n * z / (v + n * z)
  loglik[known] <- stats::dbeta(share, p * n, q, log = TRUE) + log(n) + log(v) - 2 * log(v + n * z)
  weight <- (q - 1) / (p * x + q - 1)
  data.frame(loglik = loglik, spend = weight * p * v / (q - 1) + (1 - weight) * mean)
}

#' Fit a model of buying or of spending
#'
#' `stats::nlm` on the logarithms of the parameters with numerical derivatives, from the start that Python uses.
#'
#' @param data Customers, as for `lifetime_customers()` or `lifetime_spend()`.
#' @param model `bgnbd`, `pareto_nbd` or `gamma_gamma`.
#' @return A data frame with one row per parameter and one named `loglik`: `name`, `estimate`.
fit_lifetime <- function(data, model) {
  if (model == "gamma_gamma") {
    known <- data[data$x > 0 & !is.na(data$m_x) & data$m_x > 0, c("x", "m_x")]
    start <- c(p = 2, q = 3, v = mean(known$m_x))
    total <- function(p) sum(lifetime_spend(known, as.list(p))$loglik)
  } else {
    rows <- stats::aggregate(list(weight = rep(1, nrow(data))), data[c("x", "t_x", "T")], sum)
    rate <- sum(data$x) / sum(data$T)
    start <- if (model == "bgnbd") {
      c(r = 0.5, alpha = 0.5 / rate, a = 0.5, b = 1.5)
    } else {
      c(r = 0.5, alpha = 0.5 / rate, s = 0.5, beta = mean(data$T))
    }
    total <- function(p) {
      sum(rows$weight * lifetime_loglik(lifetime_terms(rows, p, model)))
    }
  }
  best <- start
  # nlm gauges its steps by the size of the objective: a second run, from where the first ended, reaches the top.
  size <- nrow(data)
  for (run in 1:2) {
    objective <- function(theta) -total(exp(stats::setNames(theta, names(start)))) / size
    found <- suppressWarnings(stats::nlm(objective, log(best), gradtol = 1e-9, steptol = 1e-10, iterlim = 500))
    best <- stats::setNames(exp(found$estimate), names(start))
  }
  data.frame(name = c(names(start), "loglik"), estimate = c(unname(best), total(best)))
}

#' The parameters of a model as a named vector, in order
#' @noRd
lifetime_parameters <- function(parameters, model) {
  names <- if (model == "bgnbd") c("r", "alpha", "a", "b") else c("r", "alpha", "s", "beta")
  unlist(parameters)[names]
}

#' The log-likelihood of each customer from its parts
#' @noRd
lifetime_loglik <- function(terms) {
  terms$constant + terms$stayed + pmax(terms$odds, 0) + log1p(exp(-abs(terms$odds)))
}

#' The parts of a likelihood: `exp(constant + stayed)` of a customer who is still there, log-odds of having left
#' @noRd
lifetime_terms <- function(data, p, model) {
  r <- p[["r"]]
  alpha <- p[["alpha"]]
  k <- r + data$x
  gammas <- lgamma(k) - lgamma(r) + r * log(alpha)
  if (model == "bgnbd") {
    a <- p[["a"]]
    b <- p[["b"]]
    again <- pmax(data$x, 1)
    odds <- log(a / (b + again - 1)) + k * log((alpha + data$T) / (alpha + data$t_x))
    return(list(
      constant = gammas + lbeta(a, b + data$x) - lbeta(a, b),
      stayed = -k * log(alpha + data$T),
      odds = ifelse(data$x > 0, odds, -Inf)
    ))
  }
  s <- p[["s"]]
  beta <- p[["beta"]]
  grown <- k * log((alpha + data$T) / (alpha + data$t_x)) + s * log((beta + data$T) / (beta + data$t_x))
  left <- lifetime_hyper(k, p, data$t_x) - exp(-grown) * lifetime_hyper(k, p, data$T)
  list(
    constant = gammas + s * log(beta),
    stayed = -k * log(alpha + data$T) - s * log(beta + data$T),
    odds = grown + log(s / (k + s) * pmax(left, 0))
  )
}

#' The hypergeometric function of the Pareto/NBD, after Euler's transformation: a series of positive terms
#' @noRd
lifetime_hyper <- function(k, p, time) {
  alpha <- p[["alpha"]]
  beta <- p[["beta"]]
  s <- p[["s"]]
  if (alpha >= beta) {
    return(gsl::hyperg_2F1(1, k, k + s + 1, (alpha - beta) / (alpha + time)))
  }
  gsl::hyperg_2F1(1, s + 1, k + s + 1, (beta - alpha) / (beta + time)) * (alpha + time) / (beta + time)
}

#' Purchases expected within a horizon of customers who are there at T
#' @noRd
lifetime_buying <- function(data, p, model, horizon) {
  k <- p[["r"]] + data$x
  now <- p[["alpha"]] + data$T
  if (horizon == 0) {
    return(rep(0, length(k)))
  }
  if (model == "bgnbd") {
    a <- p[["a"]]
    b <- p[["b"]]
    z <- horizon / (now + horizon)
    # Equation 10 after Euler's transformation.
    none <- (1 - z)^(a - 1) * gsl::hyperg_2F1(a + b - 1 - p[["r"]], a - 1, a + b + data$x - 1, z)
    return((a + b + data$x - 1) / (a - 1) * (1 - none))
  }
  s <- p[["s"]]
  life <- p[["beta"]] + data$T
  k / now * life / (s - 1) * (1 - (life / (life + horizon))^(s - 1))
}
