# Figures of the chapter "campaigns".

#' Numbers of groups with their intervals, a panel for each
#'
#' @param data A data frame with `panel`, `row`, `value`, `low`, `high`, `label` (the value in writing) and `main` (TRUE
#'   for all together), in the order in which they are drawn.
#' @param columns How many panels stand side by side.
#' @return A ggplot; each panel has a scale of its own, from zero where nothing is below it.
plot_metric_panels <- function(data, columns = 3) {
  data$panel <- factor(data$panel, levels = unique(data$panel))
  data$row <- factor(data$row, levels = rev(unique(data$row)))
  data$shade <- ifelse(data$main, book_colour("ink"), book_colour("accent"))
  most <- tapply(pmax(data$value, data$high, na.rm = TRUE), data$panel, max, na.rm = TRUE)
  least <- tapply(pmin(0, data$value, data$low, na.rm = TRUE), data$panel, min, na.rm = TRUE)
  # An interval that would squeeze all else is cut at three times the highest value.
  high <- tapply(data$value, data$panel, max, na.rm = TRUE)
  most <- pmin(most, 3 * pmax(high, 1e-9))
  data$end <- pmin(ifelse(is.na(data$high), data$value, data$high), most[data$panel])
  room <- data.frame(
    panel = factor(rep(names(most), 2), levels = levels(data$panel)),
    x = c(least, most + 0.42 * (most - least)), row = levels(data$row)[[1]]
  )
  span <- (most - least)[data$panel]
  data$at <- pmax(data$end, data$value + 0.03 * span) + 0.03 * span
  ggplot2::ggplot(data, ggplot2::aes(y = .data$row, colour = .data$shade)) +
    ggplot2::geom_blank(ggplot2::aes(x = .data$x, y = .data$row), data = room, inherit.aes = FALSE) +
    ggplot2::geom_vline(xintercept = 0, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(
      ggplot2::aes(xmin = .data$low, xmax = .data$end),
      linewidth = 3.2, alpha = 0.28, na.rm = TRUE
    ) +
    ggplot2::geom_point(ggplot2::aes(x = .data$value), size = 2.4, na.rm = TRUE) +
    label_text(ggplot2::aes(x = .data$at, label = .data$label), hjust = 0, size = 9.2, na.rm = TRUE) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), scales = "free_x", ncol = columns) +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_x_continuous(breaks = NULL, expand = ggplot2::expansion(mult = c(0.02, 0))) +
    ggplot2::scale_y_discrete(labels = short_names(16)) +
    ggplot2::labs(x = NULL, y = NULL) +
    theme_paper(grid = "") +
    ggplot2::theme(
      axis.line.x = ggplot2::element_blank(), panel.spacing = grid::unit(14, "pt"),
      axis.text.y = ggplot2::element_text(colour = book_colour("ink"))
    )
}

#' Returns of campaigns as they were, and drawn towards those of their kind
#'
#' @param data A data frame with `name`, `raw`, `roi`, `low`, `high`, `verdict`, `cost` (in writing), best first.
#' @return A ggplot: a ring for the raw return, a dot with its band for the pooled one, coloured by verdict.
plot_shrunken <- function(data) {
  colours <- c(profitable = book_colour("good"), undecided = book_colour("soft"), wasteful = book_colour("bad"))
  data$name <- factor(data$name, levels = rev(data$name))
  data$shade <- colours[data$verdict]
  # Rings farther out than any band would leave no room for the rest: they stand at the edge, with their number.
  edge <- max(data$high, stats::quantile(data$raw, 0.95))
  data$beyond <- ifelse(data$raw > edge, paste0(show_percent(data$raw), " \u2192"), "")
  data$ring <- pmin(data$raw, edge)
  words <- data.frame(
    verdict = intersect(names(colours), unique(data$verdict)), stringsAsFactors = FALSE
  )
  words$label <- paste(vapply(words$verdict, function(one) sum(data$verdict == one), 0), words$verdict)
  places <- vapply(words$verdict, function(one) mean(which(data$verdict == one)), 0)
  words$y <- nrow(data) + 1 - places
  right <- edge + 0.30 * (edge + 1)
  ggplot2::ggplot(data, ggplot2::aes(y = .data$name, colour = .data$shade)) +
    ggplot2::geom_vline(xintercept = 0, colour = book_colour("ink"), linewidth = 0.4) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$low, xmax = .data$high), linewidth = 2.6, alpha = 0.25) +
    ggplot2::geom_segment(
      ggplot2::aes(x = .data$ring, xend = .data$roi, yend = .data$name),
      linewidth = 0.5
    ) +
    ggplot2::geom_point(ggplot2::aes(x = .data$ring), shape = 21, fill = book_colour("paper"), size = 1.9) +
    ggplot2::geom_point(ggplot2::aes(x = .data$roi), size = 2.1) +
    label_text(ggplot2::aes(x = .data$ring, label = .data$beyond), hjust = 1.1, vjust = -0.4, size = 8.6) +
    label_text(ggplot2::aes(x = right, label = .data$cost), hjust = 1, size = 8.8, colour = book_colour("soft")) +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_x_continuous(
      labels = show_percent, breaks = function(ends) Filter(function(x) x <= edge, scales::extended_breaks(6)(ends)),
      limits = c(-1, right), expand = ggplot2::expansion(mult = c(0.01, 0.01))
    ) +
    ggplot2::scale_y_discrete(expand = ggplot2::expansion(add = 0.7)) +
    ggplot2::labs(x = "Return on investment; at the right, what the campaign cost", y = NULL) +
    theme_paper(grid = "x") +
    ggplot2::theme(axis.text.y = ggplot2::element_text(colour = book_colour("ink"), size = 8.8))
}

#' Rates of segments, and what the next campaign may bring
#'
#' @param data A data frame with `title`, `rate`, `expected`, `low`, `high`, `next_low`, `next_high`, `label`, `colour`.
#' @return A ggplot: a dot with its interval on a thin line, which is where a campaign yet to come may lie.
plot_answers <- function(data) {
  data$title <- factor(data$title, levels = rev(data$title))
  top <- max(c(data$high, data$next_high), na.rm = TRUE)
  data$end <- pmax(data$high, data$next_high, na.rm = TRUE)
  ggplot2::ggplot(data, ggplot2::aes(y = .data$title, colour = .data$colour)) +
    ggplot2::geom_linerange(
      ggplot2::aes(xmin = .data$next_low, xmax = .data$next_high),
      linewidth = 0.7, na.rm = TRUE
    ) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$low, xmax = .data$high), linewidth = 4.4, alpha = 0.4) +
    ggplot2::geom_point(ggplot2::aes(x = .data$expected), size = 2.8) +
    label_text(ggplot2::aes(x = .data$end + 0.015 * top, label = .data$label), hjust = 0) +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_x_continuous(
      labels = show_percent, limits = c(0, 1.3 * top), expand = ggplot2::expansion(mult = c(0.01, 0)),
      breaks = function(ends) Filter(function(x) x <= 1.05 * top, scales::extended_breaks(5)(ends))
    ) +
    ggplot2::labs(x = "Share that answers a campaign", y = NULL) +
    theme_paper(grid = "x") +
    ggplot2::theme(axis.text.y = ggplot2::element_text(colour = book_colour("ink")))
}
