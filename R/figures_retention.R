# Figures of the chapter "retention".

#' Who is still there, and how many are still followed
#'
#' @param data A data frame with `group`, `days`, `survival`, `low`, `high`.
#' @param risk A data frame with `group`, `days`, `at_risk` as text.
#' @param titles What each group is called, by its name, in the order in which they stand.
#' @param colours A colour for each group, by its name.
#' @param what The title of the vertical axis.
#' @return Two panels: steps with their 95 % bands, named at their ends, and below them the numbers at risk.
plot_lasting <- function(data, risk, titles, colours, what = "Still customers") {
  titles <- unlist(titles)
  colours <- unlist(colours)[names(titles)]
  data$group <- factor(data$group, levels = names(titles))
  reach <- max(data$days, risk$days)
  last <- do.call(rbind, lapply(split(data, data$group, drop = TRUE), function(rows) rows[nrow(rows), ]))
  early <- ifelse(last$days < 0.8 * reach, paste0(" (day ", show_number(last$days), ")"), "")
  last$label <- paste0(titles[as.character(last$group)], " ", show_percent(last$survival), early)
  last$place <- spread_labels(last$survival, 0.065)
  limits <- c(0, reach)
  breaks <- sort(unique(risk$days))
  curves <- ggplot2::ggplot(data, ggplot2::aes(x = .data$days, colour = .data$group)) +
    ggplot2::geom_rect(
      ggplot2::aes(xmin = .data$days, xmax = .data$until, ymin = .data$low, ymax = .data$high, fill = .data$group),
      data = stretched(data), alpha = 0.16, colour = NA
    ) +
    ggplot2::geom_step(ggplot2::aes(y = .data$survival), linewidth = 0.9) +
    label_text(
      ggplot2::aes(x = reach, y = .data$place, label = .data$label),
      data = last, hjust = 0, nudge_x = reach * 0.012, fontface = "bold"
    ) +
    ggplot2::scale_colour_manual(values = colours) +
    ggplot2::scale_fill_manual(values = colours) +
    ggplot2::scale_x_continuous(breaks = breaks, labels = NULL, expand = ggplot2::expansion(mult = c(0.06, 0.01))) +
    ggplot2::scale_y_continuous(
      labels = show_percent, limits = c(0, 1), breaks = seq(0, 1, 0.25),
      expand = ggplot2::expansion(mult = c(0.01, 0.03)),
      oob = scales::squish
    ) +
    ggplot2::coord_cartesian(xlim = limits, clip = "off") +
    ggplot2::labs(x = NULL, y = what) +
    theme_paper(grid = "y") +
    ggplot2::theme(plot.margin = ggplot2::margin(8, 140, 2, 8))
  risk$group <- factor(risk$group, levels = rev(names(titles)))
  numbers <- ggplot2::ggplot(risk, ggplot2::aes(x = .data$days, y = .data$group, colour = .data$group)) +
    label_text(ggplot2::aes(label = .data$at_risk), size = 9.2) +
    ggplot2::scale_colour_manual(values = colours) +
    ggplot2::scale_x_continuous(
      breaks = breaks, labels = show_number, expand = ggplot2::expansion(mult = c(0.06, 0.01))
    ) +
    ggplot2::scale_y_discrete(labels = titles) +
    ggplot2::coord_cartesian(xlim = limits, clip = "off") +
    ggplot2::labs(x = "Days", y = NULL, subtitle = "Still followed") +
    theme_paper(grid = "") +
    ggplot2::theme(
      plot.margin = ggplot2::margin(2, 140, 8, 8),
      plot.subtitle = ggplot2::element_text(colour = book_colour("soft"), size = 10)
    )
  heights <- c(4, 0.55 + 0.32 * length(titles))
  patchwork::wrap_plots(curves, numbers, ncol = 1, heights = heights) &
    ggplot2::theme(plot.background = ggplot2::element_rect(fill = book_colour("paper"), colour = NA))
}

#' How far each row of a step curve reaches
#'
#' @param data As for `plot_lasting()`.
#' @return The rows with `until`, without those that end their curve.
stretched <- function(data) {
  rows <- lapply(split(data, data$group, drop = TRUE), function(mine) {
    mine$until <- c(mine$days[-1], NA)
    mine[!is.na(mine$until) & !is.na(mine$low), ]
  })
  do.call(rbind, rows)
}

#' Move labels apart that would stand on each other
#'
#' @param at Where they belong, from 0 to 1.
#' @param apart How far they must stand from each other.
#' @return Where they stand, in the same order.
spread_labels <- function(at, apart) {
  order <- order(at)
  placed <- at[order]
  for (i in seq_along(placed)[-1]) {
    placed[[i]] <- max(placed[[i]], placed[[i - 1]] + apart)
  }
  over <- max(placed) - 1
  if (over > 0) {
    placed <- placed - over
  }
  placed[order(order)]
}

#' How an effect moves with time
#'
#' @param data What `moving_effect()` returns.
#' @param constant The hazard ratio of the model, which does not move.
#' @return A ggplot: averages with their intervals, as hazard ratios on a log scale, with a line at the model's.
plot_moving_effect <- function(data, constant) {
  accent <- book_colour("accent")
  note <- data.frame(days = max(data$days), effect = log(constant), label = paste("model", show_number(constant, 2)))
  ggplot2::ggplot(data, ggplot2::aes(x = .data$days, y = exp(.data$effect))) +
    ggplot2::geom_hline(yintercept = 1, colour = book_colour("line"), linewidth = 0.5) +
    ggplot2::geom_hline(yintercept = constant, colour = book_colour("at_risk"), linewidth = 0.7) +
    ggplot2::geom_linerange(
      ggplot2::aes(ymin = exp(.data$low), ymax = exp(.data$high)),
      colour = accent, linewidth = 0.8
    ) +
    ggplot2::geom_point(colour = accent, size = 2.4) +
    label_text(
      ggplot2::aes(label = .data$label),
      data = note, hjust = 1, vjust = -0.6, colour = book_colour("at_risk"), fontface = "bold"
    ) +
    ggplot2::scale_x_continuous(labels = show_number, expand = ggplot2::expansion(mult = 0.04)) +
    ggplot2::scale_y_log10(labels = function(x) show_number(x, 2)) +
    ggplot2::labs(x = "Days", y = "Hazard ratio") +
    theme_paper(grid = "y")
}
