# Figures of the chapter "data".

#' Bars of counts with their numbers beside them
#'
#' @param data A data frame with `name` (drawn in its order, first on top) and `value`.
#' @param what Title of the axis.
#' @return A ggplot.
plot_counts <- function(data, what) {
  data$name <- factor(data$name, levels = rev(unique(as.character(data$name))))
  data$label <- show_number(data$value)
  ggplot2::ggplot(data, ggplot2::aes(x = .data$value, y = .data$name)) +
    ggplot2::geom_col(width = 0.66, fill = book_colour("accent")) +
    label_text(
      ggplot2::aes(label = .data$label),
      hjust = -0.1, colour = book_colour("ink"), behind = book_colour("paper")
    ) +
    ggplot2::scale_x_continuous(
      labels = show_number, limits = c(0, NA), expand = ggplot2::expansion(mult = c(0, 0.12))
    ) +
    ggplot2::labs(x = what, y = NULL) +
    theme_paper(grid = "x")
}
