# Figures of the chapter "demographics".

#' Break long names of groups
#'
#' @param x Names.
#' @param width Characters in a line.
#' @return Names with line breaks.
wrap_names <- function(x, width = 22) {
  vapply(as.character(x), function(one) paste(strwrap(one, width), collapse = "\n"), "", USE.NAMES = FALSE)
}

#' The scaffold of figures with a panel for each factor: groups below each other, their factor at the left
#'
#' @param grid As in `theme_paper()`.
#' @return A list of things to add to a ggplot.
factor_panels <- function(grid = "x") {
  list(
    theme_paper(grid = grid),
    ggplot2::theme(
      strip.placement = "outside", strip.clip = "off", panel.spacing.y = grid::unit(9, "pt"),
      strip.text.y.left = ggplot2::element_text(angle = 0, hjust = 0, vjust = 1, face = "bold"),
      axis.text.y = ggplot2::element_text(colour = book_colour("ink")),
      plot.title.position = "plot"
    )
  )
}

#' Means of groups with their intervals
#'
#' @param data A data frame with `factor` (title), `level`, `n`, `mean`, `low`, `high`, `label` and `known` (FALSE for
#'   those of whom the factor is not known), in the order in which they are drawn.
#' @param overall The mean of all customers.
#' @param title Of the horizontal axis.
#' @param form "share" or "number".
#' @param before A currency's sign, or "".
#' @return A ggplot.
plot_group_means <- function(data, overall, title, form, before = "") {
  data$factor <- factor(wrap_names(data$factor, 13), levels = unique(wrap_names(data$factor, 13)))
  rows <- unique(data$level)
  data$level <- factor(data$level, levels = rev(c(setdiff(rows, "not known"), intersect(rows, "not known"))))
  data$shade <- ifelse(data$known, book_colour("accent"), book_colour("soft"))
  top <- max(data$high)
  span <- top - min(0, data$low)
  shown <- function(x) if (form == "share") show_percent(x) else paste0(before, show_number(x, if (top < 5) 1 else 0))
  ggplot2::ggplot(data, ggplot2::aes(x = .data$mean, y = .data$level, colour = .data$shade)) +
    ggplot2::geom_vline(xintercept = overall, colour = book_colour("soft"), linewidth = 0.4, linetype = "22") +
    ggplot2::geom_linerange(
      ggplot2::aes(xmin = .data$low, xmax = .data$high), linewidth = 3.2, alpha = 0.28
    ) +
    ggplot2::geom_point(size = 2.6) +
    label_text(
      ggplot2::aes(x = .data$high + 0.012 * span, label = .data$label), hjust = 0, behind = book_colour("paper")
    ) +
    label_text(
      ggplot2::aes(x = top + 0.34 * span, label = show_number(.data$n)), hjust = 1, colour = book_colour("soft")
    ) +
    ggplot2::facet_grid(ggplot2::vars(.data$factor), scales = "free_y", space = "free_y", switch = "y") +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_y_discrete(labels = wrap_names) +
    ggplot2::scale_x_continuous(
      labels = shown, limits = c(min(0, data$low), top + 0.35 * span), expand = ggplot2::expansion(c(0, 0)),
      breaks = function(ends) Filter(function(x) x <= top, scales::extended_breaks(5)(c(ends[[1]], top)))
    ) +
    ggplot2::coord_cartesian(clip = "off") +
    ggplot2::labs(x = title, y = NULL) +
    factor_panels()
}

#' Ratios of each group to all others, the other factors being alike
#'
#' @param data A data frame with `outcome` (panel), `factor` (title), `level`, `ratio`, `low`, `high`, in the order in
#'   which they are drawn.
#' @return A ggplot on a logarithmic scale.
plot_adjusted <- function(data) {
  data$outcome <- factor(data$outcome, levels = unique(data$outcome))
  data$factor <- factor(wrap_names(data$factor, 13), levels = unique(wrap_names(data$factor, 13)))
  data$level <- factor(data$level, levels = rev(unique(data$level)))
  clear <- data$low > 1 | data$high < 1
  data$shade <- ifelse(clear, book_colour("accent"), book_colour("soft"))
  data$label <- ifelse(clear, show_number(data$ratio, 2), "")
  breaks <- c(1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8)
  reach <- max(abs(log(c(data$low, data$high))))
  if (reach < log(1.9)) {
    breaks <- c(0.6, 0.8, 1, 1.25, 1.6)
  }
  data$at <- ifelse(data$ratio < 1, data$low, data$high)
  data$side <- ifelse(data$ratio < 1, 1.22, -0.22)
  ggplot2::ggplot(data, ggplot2::aes(x = .data$ratio, y = .data$level, colour = .data$shade)) +
    ggplot2::geom_vline(xintercept = 1, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$low, xmax = .data$high), linewidth = 3.2, alpha = 0.28) +
    ggplot2::geom_point(size = 2.6) +
    label_text(ggplot2::aes(x = .data$at, label = .data$label, hjust = .data$side)) +
    ggplot2::facet_grid(
      ggplot2::vars(.data$factor), ggplot2::vars(.data$outcome),
      scales = "free_y", space = "free_y", switch = "y"
    ) +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_y_discrete(labels = wrap_names) +
    ggplot2::scale_x_log10(
      breaks = breaks, labels = function(x) ifelse(is.na(x), "", formatC(x, format = "fg", digits = 3)),
      expand = ggplot2::expansion(mult = 0.24)
    ) +
    ggplot2::labs(x = "Ratio to all other groups, log scale", y = NULL) +
    factor_panels() +
    ggplot2::theme(panel.spacing.x = grid::unit(14, "pt"))
}
