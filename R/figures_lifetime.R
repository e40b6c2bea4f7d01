# Figures of the chapter "lifetime-value".

#' Repeat purchases added up week by week, and what models made of them
#'
#' @param data A data frame with `series` ("actual" or a model), `day`, `holdout`, `purchases` (cumulative), `low`,
#'   `high` (the band of the holdout).
#' @param names What each series is called, by its name.
#' @param end The last day of calibration.
#' @return A ggplot with one panel per model, the actual purchases in each.
plot_tracking <- function(data, names, end) {
  names <- unlist(names)
  data$day <- as.Date(data$day)
  end <- as.Date(end)
  colours <- model_colours()
  models <- setdiff(names(names), "actual")
  models <- models[models %in% data$series]
  panels <- lapply(models, function(model) {
    mine <- data[data$series %in% c("actual", model), ]
    mine$panel <- names[[model]]
    mine
  })
  data <- do.call(rbind, panels)
  data$panel <- factor(data$panel, levels = names[models])
  foreseen <- data[data$holdout & data$series != "actual", ]
  real <- data[data$series == "actual", ]
  fitted <- data[!data$holdout & data$series != "actual", ]
  # The forecast starts from what had been bought when calibration ended.
  start <- real[real$day == max(real$day[!real$holdout]), ]
  start$series <- models[match(start$panel, names[models])]
  start$low <- start$high <- start$purchases
  foreseen <- rbind(start, foreseen)
  last <- foreseen[foreseen$day == max(foreseen$day), ]
  last$label <- show_number(last$purchases)
  real_last <- real[real$day == max(real$day), ]
  # Two numbers that end at about the same height stand above and below each other.
  higher <- last$purchases >= real_last$purchases[match(last$panel, real_last$panel)]
  close <- abs(last$purchases - real_last$purchases[match(last$panel, real_last$panel)]) < 0.07 * max(real$purchases)
  last$side <- ifelse(!close, 0.5, ifelse(higher, -0.1, 1.1))
  real_last$side <- (1 - last$side)[match(real_last$panel, last$panel)]
  mark <- data.frame(day = end, y = Inf, label = "calibration ends ", panel = data$panel[[1]])
  ggplot2::ggplot(data, ggplot2::aes(x = .data$day, y = .data$purchases)) +
    ggplot2::geom_vline(xintercept = end, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_ribbon(
      ggplot2::aes(ymin = .data$low, ymax = .data$high, fill = .data$series),
      data = foreseen, alpha = 0.25
    ) +
    ggplot2::geom_line(data = real, colour = colours[["actual"]], linewidth = 0.7) +
    ggplot2::geom_line(ggplot2::aes(colour = .data$series), data = fitted, linewidth = 0.9, linetype = "22") +
    ggplot2::geom_line(ggplot2::aes(colour = .data$series), data = foreseen, linewidth = 1) +
    label_text(
      ggplot2::aes(label = paste0(.data$label, " foreseen"), colour = .data$series, vjust = .data$side),
      data = last, hjust = -0.06, fontface = "bold"
    ) +
    label_text(
      ggplot2::aes(label = paste0(show_number(.data$purchases), " actual"), vjust = .data$side),
      data = real_last, hjust = -0.06, colour = colours[["actual"]]
    ) +
    label_text(
      ggplot2::aes(y = .data$y, label = .data$label),
      data = mark, hjust = 1, vjust = 1.4, colour = book_colour("soft")
    ) +
    ggplot2::scale_colour_manual(values = colours) +
    ggplot2::scale_fill_manual(values = colours) +
    ggplot2::scale_x_date(
      date_labels = if (diff(range(data$day)) < 1000) "%b %Y" else "%Y",
      expand = ggplot2::expansion(mult = c(0.01, 0.24))
    ) +
    ggplot2::scale_y_continuous(
      labels = show_number, limits = c(0, NA), expand = ggplot2::expansion(mult = c(0, 0.08))
    ) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), ncol = 1) +
    ggplot2::labs(x = NULL, y = "Repeat purchases so far") +
    theme_paper(grid = "y")
}

#' How likely a customer still buys, by purchases and silence
#'
#' @param data A data frame with `x` (repeat purchases), `silence` (time since the last) and `alive`, a full grid.
#' @param unit Of time, such as "week".
#' @return A ggplot: tiles shaded by the probability, with lines of equal probability that say which.
plot_alive <- function(data, unit) {
  levels <- c(0.1, 0.25, 0.5, 0.75, 0.9)
  accent <- book_colour("accent")
  lines <- equal_lines(data, levels)
  ends <- do.call(rbind, lapply(split(lines, lines$level), function(line) line[which.max(line$x), ]))
  figure <- ggplot2::ggplot(data, ggplot2::aes(x = .data$x, y = .data$silence)) +
    ggplot2::geom_raster(ggplot2::aes(fill = .data$alive))
  if (nrow(lines) > 0) {
    figure <- figure +
      ggplot2::geom_line(
        ggplot2::aes(group = .data$level),
        data = lines, colour = book_colour("paper"), linewidth = 0.6
      ) +
      label_text(
        ggplot2::aes(x = max(data$x) + 0.5, label = paste0(" ", show_percent(.data$level))),
        data = ends, hjust = 0, size = 9
      )
  }
  figure +
    ggplot2::scale_fill_gradientn(
      colours = vapply(c(0.03, 0.3, 0.65, 1), function(s) tinted(accent, s), ""), limits = c(0, 1)
    ) +
    ggplot2::scale_x_continuous(breaks = function(x) unique(round(pretty(x)))) +
    ggplot2::scale_y_continuous(labels = show_number) +
    ggplot2::coord_cartesian(
      xlim = c(min(data$x) - 0.5, max(data$x) + 0.5), ylim = range(data$silence), expand = FALSE, clip = "off"
    ) +
    ggplot2::labs(
      x = "Repeat purchases", y = paste0(toupper(substr(unit, 1, 1)), substring(unit, 2), "s since the last purchase")
    ) +
    theme_paper(grid = "") +
    ggplot2::theme(plot.margin = ggplot2::margin(8, 44, 8, 8), axis.line.x = ggplot2::element_blank())
}

#' Where a falling surface passes given levels
#'
#' @param data As for `plot_alive()`.
#' @param levels Probabilities.
#' @return A data frame with `x`, `silence` and `level`; no row where the surface does not reach the level.
equal_lines <- function(data, levels) {
  rows <- lapply(split(data, data$x), function(column) {
    column <- column[order(column$silence), ]
    inside <- levels[levels < max(column$alive) & levels > min(column$alive)]
    if (length(inside) == 0) {
      return(NULL)
    }
    at <- stats::approx(column$alive, column$silence, xout = inside, ties = mean)$y
    data.frame(x = column$x[[1]], silence = at, level = inside)
  })
  rows <- c(list(data.frame(x = numeric(), silence = numeric(), level = numeric())), unname(rows))
  do.call(rbind, c(Filter(Negate(is.null), rows), make.row.names = FALSE))
}

#' Colours of what was and of each model; models and segments never meet in a figure
#'
#' @return A named character vector.
model_colours <- function() {
  palette <- book_palette()
  c(actual = palette$light$ink, bgnbd = palette$light$accent, pareto_nbd = palette$series[[5]])
}
