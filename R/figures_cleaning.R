# Figures of the chapter "cleaning".

#' How far each step of cleaning moves the key numbers
#'
#' @param data A data frame with `step` (drawn in its order, the first on top), `measure` (such as "mean") and `change`
#'   (relative to before).
#' @return A ggplot: a bar from zero for each measure of a step, with its number.
plot_changes <- function(data) {
  moved <- !is.na(data$change) & abs(data$change) >= 0.0005
  data <- data[data$step %in% data$step[moved] & !is.na(data$change), , drop = FALSE]
  measures <- unique(as.character(data$measure))
  data$step <- factor(data$step, levels = rev(unique(as.character(data$step))))
  data$measure <- factor(data$measure, levels = rev(measures))
  colours <- c(book_colour("accent"), book_colour("promising"), book_colour("soft"))
  shades <- stats::setNames(rep_len(colours, length(measures)), measures)
  # Which bar is which measure is said once, at the first step.
  first <- data$step == data$step[[1]]
  digits <- ifelse(abs(data$change) < 0.1, 1, 0)
  shown <- ifelse(abs(data$change) < 0.0005, 0, data$change)
  data$label <- mapply(function(x, d) show_percent(x, d, sign = TRUE), shown, digits)
  data$label <- ifelse(first, paste0(data$label, "  ", data$measure), data$label)
  left <- data$change < 0
  # With few steps, bars of one step stay close to each other.
  apart <- ggplot2::position_dodge(width = min(0.75, 0.12 + 0.12 * nlevels(data$step)))
  ggplot2::ggplot(
    data, ggplot2::aes(x = .data$change, y = .data$step, colour = .data$measure, group = .data$measure)
  ) +
    ggplot2::geom_vline(xintercept = 0, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = 0, xmax = .data$change), position = apart, linewidth = 2.6) +
    label_text(
      ggplot2::aes(label = .data$label, hjust = ifelse(.data$change < 0, 1.06, -0.06)),
      position = apart, behind = book_colour("paper")
    ) +
    ggplot2::scale_colour_manual(values = shades) +
    ggplot2::scale_x_continuous(
      labels = function(x) show_percent(x, if (max(abs(data$change)) < 0.04) 1 else 0, sign = TRUE),
      expand = ggplot2::expansion(mult = ifelse(c(any(left), any(!left)), 0.3, 0.03))
    ) +
    ggplot2::labs(x = "Change, relative to before the step", y = NULL) +
    ggplot2::coord_cartesian(clip = "off") +
    theme_paper(grid = "x") +
    ggplot2::theme(plot.margin = ggplot2::margin(8, 40, 8, 8))
}
