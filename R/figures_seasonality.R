# Figures of the chapter on seasons.

#' The index of each month
#'
#' @param data A data frame with `month`, `name`, `index`, `low`, `high` (missing where there is no interval), `planted`
#'   (missing where nothing was).
#' @param years A data frame with `month`, `ratio`: the same of each whole year.
#' @return A ggplot.
plot_season_index <- function(data, years) {
  accent <- book_colour("accent")
  data$top <- data$index == max(data$index)
  data$upper <- ifelse(is.na(data$high), data$index, data$high)
  figure <- ggplot2::ggplot(data, ggplot2::aes(x = .data$month, y = .data$index)) +
    ggplot2::geom_hline(yintercept = 1, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(
      ggplot2::aes(ymin = .data$low, ymax = .data$high), linewidth = 5, alpha = 0.25, colour = accent, na.rm = TRUE
    )
  if (nrow(years)) {
    figure <- figure + ggplot2::geom_point(
      ggplot2::aes(y = .data$ratio), data = years, shape = 95, size = 5, colour = book_colour("soft"), alpha = 0.55
    )
  }
  if (any(!is.na(data$planted))) {
    figure <- figure + ggplot2::geom_point(
      ggplot2::aes(y = .data$planted),
      shape = 5, size = 2.6, stroke = 0.8, colour = book_colour("at_risk"), na.rm = TRUE
    )
  }
  figure +
    ggplot2::geom_point(size = 2.4, colour = accent) +
    label_text(
      ggplot2::aes(y = .data$upper, label = show_number(.data$index, 2)),
      vjust = -0.35, colour = accent, fontface = ifelse(data$top, "bold", "plain"), behind = book_colour("paper")
    ) +
    ggplot2::scale_x_continuous(breaks = 1:12, labels = month.abb, limits = c(0.6, 12.4)) +
    ggplot2::scale_y_continuous(
      labels = function(x) show_number(x, 1), limits = c(0, NA), expand = ggplot2::expansion(mult = c(0, 0.09))
    ) +
    ggplot2::labs(x = NULL, y = "Revenue, average month = 1") +
    theme_paper(grid = "y")
}

#' Effects of months, weekdays and holidays on orders a day
#'
#' @param data A data frame with `panel`, `name`, `ratio`, `low`, `high`, `planted`, in the order in which they are
#'   drawn.
#' @return A ggplot on a logarithmic scale.
plot_calendar <- function(data) {
  data$panel <- factor(data$panel, levels = unique(data$panel))
  data$name <- factor(data$name, levels = rev(unique(data$name)))
  clear <- data$low > 1 | data$high < 1
  data$shade <- ifelse(clear, book_colour("accent"), book_colour("soft"))
  data$label <- show_number(data$ratio, 2)
  breaks <- if (max(abs(log(c(data$low, data$high)))) < log(1.5)) {
    c(0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4)
  } else {
    c(0.25, 0.5, 0.7, 1, 1.4, 2, 4)
  }
  figure <- ggplot2::ggplot(data, ggplot2::aes(x = .data$ratio, y = .data$name, colour = .data$shade)) +
    ggplot2::geom_vline(xintercept = 1, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$low, xmax = .data$high), linewidth = 3.2, alpha = 0.28)
  if (any(!is.na(data$planted))) {
    figure <- figure + ggplot2::geom_point(
      ggplot2::aes(x = .data$planted),
      shape = 5, size = 2.6, stroke = 0.8, colour = book_colour("at_risk"), na.rm = TRUE
    )
  }
  figure +
    ggplot2::geom_point(size = 2.4) +
    label_text(
      ggplot2::aes(x = .data$high, label = .data$label), hjust = -0.15, behind = book_colour("paper")
    ) +
    ggplot2::facet_grid(ggplot2::vars(.data$panel), scales = "free_y", space = "free_y", switch = "y") +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_x_log10(
      breaks = breaks, labels = function(x) formatC(x, format = "fg"),
      expand = ggplot2::expansion(mult = c(0.03, 0.12))
    ) +
    ggplot2::labs(x = "Orders a day, ratio on a log scale", y = NULL) +
    theme_paper(grid = "x") +
    ggplot2::theme(
      strip.placement = "outside", strip.clip = "off", panel.spacing.y = grid::unit(10, "pt"),
      strip.text.y.left = ggplot2::element_text(angle = 0, hjust = 0, vjust = 1, face = "bold"),
      axis.text.y = ggplot2::element_text(colour = book_colour("ink"))
    )
}

#' A series taken apart
#'
#' @param data A data frame with `start`, `part` (revenue, trend, season, rest) and `value`.
#' @param logs Whether the values are logarithms: parts are then drawn as factors.
#' @param sign The currency's sign.
#' @return A ggplot of four panels.
plot_parts <- function(data, logs, sign = "") {
  titles <- c(
    revenue = "Revenue a month", trend = "Trend", season = if (logs) "Season, factor" else "Season",
    rest = if (logs) "Rest, factor" else "Rest"
  )
  data$day <- as.Date(data$start)
  data$panel <- factor(titles[data$part], levels = titles)
  factors <- data$part %in% c("season", "rest")
  data$shown <- if (logs) exp(data$value) else data$value
  middle <- data.frame(
    panel = factor(titles[c("season", "rest")], levels = titles), level = if (logs) 1 else 0
  )
  short <- function(x) {
    ifelse(
      is.na(x), "",
      ifelse(abs(x) >= 1000, paste0(sign, show_number(x / 1000), "k"), formatC(x, format = "fg", digits = 3))
    )
  }
  ggplot2::ggplot(data, ggplot2::aes(x = .data$day, y = .data$shown)) +
    ggplot2::geom_hline(
      ggplot2::aes(yintercept = .data$level), data = middle, colour = book_colour("soft"), linewidth = 0.4
    ) +
    ggplot2::geom_line(data = data[data$part != "rest", ], colour = book_colour("accent"), linewidth = 0.8) +
    ggplot2::geom_point(data = data[factors & data$part == "rest", ], colour = book_colour("accent"), size = 1.3) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), ncol = 1, scales = "free_y") +
    ggplot2::scale_x_date(expand = ggplot2::expansion(mult = 0.01)) +
    (if (logs) ggplot2::scale_y_log10(labels = short) else ggplot2::scale_y_continuous(labels = short)) +
    ggplot2::labs(x = NULL, y = if (logs) "Log scale" else NULL) +
    theme_paper(grid = "y")
}

#' Orders of regions with an offer, and what would have been without it
#'
#' @param data A data frame with `start`, `running`, `observed`, `expected`, `low`, `high`.
#' @return A ggplot.
plot_offer <- function(data) {
  accent <- book_colour("accent")
  warm <- book_colour("at_risk")
  data$day <- as.Date(data$start)
  data$run <- cumsum(c(TRUE, diff(data$running) != 0))
  on <- data[data$running, ]
  spans <- do.call(rbind, lapply(split(on, on$run), function(one) {
    data.frame(from = min(one$day) - 15, to = max(one$day) + 15)
  }))
  top <- max(data$observed, data$expected)
  last <- data[which.max(data$day), ]
  first <- on[which.max(on$observed - on$expected), ]
  ggplot2::ggplot(data, ggplot2::aes(x = .data$day)) +
    ggplot2::geom_rect(
      ggplot2::aes(xmin = .data$from, xmax = .data$to, ymin = 0, ymax = Inf),
      data = spans, inherit.aes = FALSE, fill = tinted(warm, 0.16)
    ) +
    ggplot2::geom_line(
      ggplot2::aes(y = .data$expected), colour = book_colour("soft"), linewidth = 0.6, linetype = "32"
    ) +
    ggplot2::geom_linerange(
      ggplot2::aes(ymin = .data$low, ymax = .data$high), data = on, colour = book_colour("soft"), linewidth = 2.6,
      alpha = 0.45
    ) +
    ggplot2::geom_line(ggplot2::aes(y = .data$observed), colour = accent, linewidth = 0.9) +
    ggplot2::geom_point(ggplot2::aes(y = .data$observed), data = on, colour = accent, size = 2) +
    label_text(
      ggplot2::aes(y = .data$observed), label = "seen", data = last, colour = accent, hjust = -0.15, vjust = 1.2,
      fontface = "bold"
    ) +
    label_text(
      ggplot2::aes(x = .data$from + (.data$to - .data$from) / 2),
      y = top * 1.1, label = "offer", data = spans, colour = warm, inherit.aes = FALSE
    ) +
    label_text(
      ggplot2::aes(y = .data$low), label = "without it", data = first, colour = book_colour("soft"), hjust = -0.05,
      vjust = 1.5
    ) +
    ggplot2::scale_x_date(expand = ggplot2::expansion(mult = c(0.01, 0.08))) +
    ggplot2::scale_y_continuous(
      labels = show_number, limits = c(0, top * 1.16), expand = ggplot2::expansion(mult = 0)
    ) +
    ggplot2::labs(x = NULL, y = "Orders a month, regions with the offer") +
    theme_paper(grid = "y")
}

#' How regions with an offer compare with the others over time
#'
#' @param data A data frame with `start`, `middle`, `end`, `running`, `ratio`, `low`, `high`.
#' @param effect The estimated ratio.
#' @return A ggplot on a logarithmic scale.
plot_courses <- function(data, effect) {
  data$day <- as.Date(data$middle)
  data$shade <- ifelse(data$running, book_colour("at_risk"), book_colour("accent"))
  reach <- c(0.4, 2.5)
  data$low <- pmax(data$low, reach[[1]])
  data$high <- pmin(data$high, reach[[2]])
  data$ratio <- pmin(pmax(data$ratio, reach[[1]]), reach[[2]])
  ggplot2::ggplot(data, ggplot2::aes(x = .data$day, y = .data$ratio, colour = .data$shade)) +
    ggplot2::geom_hline(yintercept = 1, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(ggplot2::aes(ymin = .data$low, ymax = .data$high), linewidth = 3.2, alpha = 0.28) +
    ggplot2::geom_point(size = 2.2) +
    label_text(
      ggplot2::aes(y = .data$high, label = show_number(.data$ratio, 2)),
      data = data[data$running, ], vjust = -0.7, fontface = "bold"
    ) +
    ggplot2::geom_hline(yintercept = effect, colour = book_colour("at_risk"), linewidth = 0.5, linetype = "22") +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_y_log10(
      breaks = c(0.4, 0.6, 0.8, 1, 1.25, 1.6, 2.5), labels = function(x) formatC(x, format = "fg"),
      limits = reach * c(1, 1.1)
    ) +
    ggplot2::scale_x_date(expand = ggplot2::expansion(mult = 0.02)) +
    ggplot2::labs(x = NULL, y = "Orders, ratio to other regions") +
    theme_paper(grid = "y")
}
