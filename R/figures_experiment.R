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
    ggplot2::labs(x = paste0("Difference from ", control, ", relative to its mean"), y = NULL) +
    theme_paper(grid = "x")
  if (several) {
    figure <- figure +
      ggplot2::facet_wrap(ggplot2::vars(.data$arm), ncol = 1) +
      ggplot2::theme(
        legend.position = if (length(kinds) > 1) "top" else "none",
        legend.justification = "left", legend.margin = ggplot2::margin()
      )
  }
  figure
}
