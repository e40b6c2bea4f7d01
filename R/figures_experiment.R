# Figures of the chapter "discount-test".

#' Relative lifts with their intervals
#'
#' @param data A data frame with `outcome`, `arm`, `estimate` (such as "plain"), `lift_pct`, `pct_low`, `pct_high`. Rows
#'   are drawn in their order, the first on top; the last kind of estimate is drawn strongest.
#' @param control Name of the control.
#' @return A ggplot with one panel per arm, where there are several.
plot_lifts <- function(data, control) {
  data$arm <- factor(data$arm, levels = unique(as.character(data$arm)))
  data$outcome <- factor(data$outcome, levels = rev(unique(as.character(data$outcome))))
  kinds <- unique(as.character(data$estimate))
  data$estimate <- factor(data$estimate, levels = rev(kinds))
  shades <- stats::setNames(c(book_colour("accent"), book_colour("soft"))[seq_along(kinds)], rev(kinds))
  data$label <- show_percent(data$lift_pct, 1, sign = TRUE)
  # Which estimate is which is said once, at the first outcome. Several arms leave room for the numbers of one estimate
  # only: the strongest that an outcome has; a legend says which is which.
  several <- length(unique(data$arm)) > 1
  last <- as.integer(data$estimate) == stats::ave(as.integer(data$estimate), data$arm, data$outcome, FUN = min)
  data$label[several & !last] <- NA
  first <- data$outcome == data$outcome[[1]] & length(kinds) > 1 & !several
  data$label[first] <- paste0(data$label[first], "  ", data$estimate[first])
  # What lies wholly below zero is named at its left, so that no name crosses the line at zero.
  below <- !is.na(data$pct_high) & data$pct_high < 0
  data$at <- ifelse(below, data$pct_low, data$pct_high)
  if (several) { # clear of both bands
    data$at <- stats::ave(seq_len(nrow(data)), data$arm, data$outcome, FUN = function(rows) {
      if (all(below[rows])) min(data$pct_low[rows]) else max(data$pct_high[rows])
    })
  }
  data$side <- ifelse(below, 1.04, -0.04)
  room <- if (length(kinds) > 1) 0.3 else 0.18
  apart <- ggplot2::position_dodge(width = 0.62)
  reach <- max(abs(c(data$pct_low, data$pct_high)), na.rm = TRUE)
  figure <- ggplot2::ggplot(
    data, ggplot2::aes(x = .data$lift_pct, y = .data$outcome, colour = .data$estimate, group = .data$estimate)
  ) +
    ggplot2::geom_vline(xintercept = 0, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(
      ggplot2::aes(xmin = .data$pct_low, xmax = .data$pct_high), position = apart, linewidth = 3.2, alpha = 0.28
    ) +
    ggplot2::geom_point(position = apart, size = 2.6) +
    label_text(
      ggplot2::aes(x = .data$at, label = .data$label, hjust = .data$side),
      position = apart, behind = book_colour("paper"), na.rm = TRUE, show.legend = FALSE
    ) +
    ggplot2::scale_colour_manual(values = shades, breaks = kinds, name = NULL) +
    ggplot2::scale_x_continuous(
      labels = function(x) show_percent(x, if (reach < 0.04) 1 else 0, sign = TRUE),
      expand = ggplot2::expansion(mult = ifelse(c(any(below), !all(below)), room, 0.04))
    ) +
    ggplot2::labs(x = paste0("Difference from ", short_names(40)(control), ", relative to its mean"), y = NULL) +
    theme_paper(grid = "x")
  if (several) {
    figure <- figure +
      ggplot2::facet_wrap(ggplot2::vars(.data$arm), ncol = 1, labeller = ggplot2::as_labeller(short_names(70))) +
      ggplot2::theme(
        legend.position = if (length(kinds) > 1) "top" else "none",
        legend.justification = "left", legend.margin = ggplot2::margin()
      )
  }
  figure
}

#' Every arm in every group
#'
#' @param data A data frame with `division`, `level`, `arm`, `lift`, `low`, `high` and `mark` ("Holm", "BH" or "": which
#'   correction the difference survives), in the order in which they are drawn.
#' @param title Of the horizontal axis.
#' @param form "share" or "number".
#' @return A ggplot with a column of panels per arm.
plot_within <- function(data, title, form) {
  data$arm <- factor(data$arm, levels = unique(as.character(data$arm)))
  data$division <- factor(data$division, levels = unique(as.character(data$division)))
  data$level <- factor(data$level, levels = rev(unique(as.character(data$level))))
  shades <- c(Holm = book_colour("accent"), BH = book_colour("accent"), none = book_colour("soft"))
  data$kind <- ifelse(data$mark == "", "none", data$mark)
  names <- c(Holm = "holds by Holm", BH = "by Benjamini\u2013Hochberg", none = "may be chance")
  shown <- function(x) if (form == "share") show_percent(x, sign = TRUE) else show_number(x, sign = TRUE)
  ggplot2::ggplot(data, ggplot2::aes(x = .data$lift, y = .data$level, colour = .data$kind)) +
    ggplot2::geom_vline(xintercept = 0, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$low, xmax = .data$high), linewidth = 3, alpha = 0.28) +
    ggplot2::geom_point(ggplot2::aes(shape = .data$kind), size = 2.4, stroke = 1, fill = book_colour("paper")) +
    ggplot2::facet_grid(
      ggplot2::vars(.data$division), ggplot2::vars(.data$arm),
      scales = "free_y", space = "free_y", switch = "y",
      labeller = ggplot2::as_labeller(short_names(max(12, 42 %/% nlevels(data$arm))))
    ) +
    ggplot2::scale_y_discrete(labels = short_names(20)) +
    ggplot2::scale_colour_manual(values = shades, labels = names, breaks = names(names), name = NULL) +
    ggplot2::scale_shape_manual(
      values = c(Holm = 16, BH = 21, none = 16), labels = names, breaks = names(names), name = NULL
    ) +
    ggplot2::scale_x_continuous(labels = shown, breaks = scales::extended_breaks(4)) +
    ggplot2::labs(x = title, y = NULL) +
    theme_paper(grid = "x") +
    ggplot2::theme(
      strip.placement = "outside", strip.clip = "off", panel.spacing.y = grid::unit(9, "pt"),
      panel.spacing.x = grid::unit(12, "pt"),
      strip.text.y.left = ggplot2::element_text(angle = 0, hjust = 0, vjust = 1, face = "bold"),
      axis.text.y = ggplot2::element_text(colour = book_colour("ink")),
      legend.position = "top", legend.justification = "left", legend.margin = ggplot2::margin()
    )
}
