# Figures of the chapter "explore".

#' How measures go together
#'
#' @param data A data frame with `x`, `y`, `rho`, `low`, `high`.
#' @param names What each measure is called, by its name, in the order in which they are drawn.
#' @return A ggplot: the lower half of the matrix, each tile with its correlation and the interval below it.
plot_correlations <- function(data, names) {
  names <- unlist(names)
  data$x <- factor(names[data$x], levels = names[-length(names)])
  data$y <- factor(names[data$y], levels = rev(names[-1]))
  side <- ifelse(data$rho < 0, book_colour("at_risk"), book_colour("accent"))
  data$fill <- mapply(tinted, side, 0.04 + 0.96 * abs(data$rho))
  data$ink <- vapply(data$fill, readable_on, "", USE.NAMES = FALSE)
  data$label <- show_number(data$rho, 2)
  data$interval <- paste0(show_number(data$low, 2), " to ", show_number(data$high, 2))
  few <- length(names) <= 6
  figure <- ggplot2::ggplot(data, ggplot2::aes(x = .data$x, y = .data$y)) +
    ggplot2::geom_tile(ggplot2::aes(fill = .data$fill), colour = book_colour("paper"), linewidth = 1.2) +
    label_text(
      ggplot2::aes(label = .data$label, colour = .data$ink),
      size = 10.5, fontface = "bold", vjust = if (few) -0.15 else 0.5
    ) +
    ggplot2::scale_fill_identity() +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_x_discrete(labels = function(x) gsub(" (?=\\S+$)", "\n", x, perl = TRUE)) +
    ggplot2::labs(x = NULL, y = NULL) +
    ggplot2::coord_cartesian(expand = FALSE) +
    theme_paper(grid = "") +
    ggplot2::theme(
      axis.line.x = ggplot2::element_blank(), axis.text = ggplot2::element_text(colour = book_colour("ink"))
    )
  if (few) {
    # Seven columns have no room for intervals: they stand in the data of the figure.
    figure <- figure + label_text(
      ggplot2::aes(label = .data$interval, colour = .data$ink),
      size = 8.8, vjust = 1.35
    )
  }
  figure
}

#' Orders week by week, and the smooth course behind them
#'
#' @param data A data frame with `start` (the week's Monday), `orders`, `shown` (the same, missing in weeks of too few
#'   customers), `whole`; a first or last week that is covered only in part is not drawn.
#' @return A ggplot: points, and a smooth quasi-Poisson curve with its 95 % band where there are ten weeks or more.
plot_weeks <- function(data) {
  data <- data[data$whole, ]
  data$day <- as.Date(data$start)
  data$week <- seq_len(nrow(data))
  accent <- book_colour("accent")
  figure <- ggplot2::ggplot(data, ggplot2::aes(x = .data$day, y = .data$shown)) +
    ggplot2::geom_point(colour = tinted(accent, 0.5), size = 1.3, na.rm = TRUE)
  if (nrow(data) >= 10) {
    smooth <- smooth_weeks(data)
    last <- smooth[nrow(smooth), ]
    figure <- figure +
      ggplot2::geom_ribbon(
        ggplot2::aes(y = .data$fit, ymin = .data$low, ymax = .data$high),
        data = smooth, fill = accent, alpha = 0.2
      ) +
      ggplot2::geom_line(ggplot2::aes(y = .data$fit), data = smooth, colour = accent, linewidth = 1) +
      label_text(
        ggplot2::aes(y = .data$fit, label = show_number(.data$fit)),
        data = last, hjust = -0.25, colour = accent, fontface = "bold"
      )
  }
  figure +
    ggplot2::scale_x_date(expand = ggplot2::expansion(mult = c(0.01, 0.07))) +
    ggplot2::scale_y_continuous(
      labels = show_number, limits = c(0, NA), expand = ggplot2::expansion(mult = c(0, 0.05))
    ) +
    ggplot2::labs(x = NULL, y = "Orders a week") +
    theme_paper(grid = "y")
}

#' Smooth weekly orders
#'
#' @param data A data frame with `day`, `week` (1, 2, ...), `orders`.
#' @return A data frame with `day`, `fit`, `low`, `high` (95 %, point by point).
smooth_weeks <- function(data) {
  # About one bend a quarter: enough for seasons, too few to follow single weeks.
  bends <- max(4, min(30, nrow(data) %/% 8, nrow(data) - 2))
  fit <- mgcv::gam(orders ~ s(week, k = bends), family = stats::quasipoisson(), data = data, method = "REML")
  found <- stats::predict(fit, se.fit = TRUE)
  data.frame(
    day = data$day, fit = exp(found$fit), low = exp(found$fit - 1.96 * found$se.fit),
    high = exp(found$fit + 1.96 * found$se.fit)
  )
}
