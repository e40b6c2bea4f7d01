# Figures of the chapter "rfm".

#' How many customers have each pair of scores
#'
#' @param data A data frame with `r`, `f`, `customers` (missing where too few to show) and `share`.
#' @param smallest Groups smaller than this are not shown.
#' @return A ggplot: recency upwards, frequency to the right, so that the best are at the top right.
plot_score_grid <- function(data, smallest = 1) {
  small <- is.na(data$customers)
  data$label <- ifelse(small, paste0("< ", smallest), ifelse(data$customers == 0, "", show_number(data$customers)))
  strength <- ifelse(small, 0, data$share / max(data$share, na.rm = TRUE))
  data$fill <- vapply(0.06 + 0.94 * strength, function(s) tinted(book_colour("accent"), s), "")
  data$ink <- ifelse(strength > 0.62, book_colour("paper"), book_colour("ink"))
  ggplot2::ggplot(data, ggplot2::aes(x = factor(.data$f), y = factor(.data$r))) +
    ggplot2::geom_tile(ggplot2::aes(fill = .data$fill), colour = book_colour("paper"), linewidth = 1.2) +
    label_text(ggplot2::aes(label = .data$label, colour = .data$ink), size = 10.5) +
    ggplot2::scale_fill_identity() +
    ggplot2::scale_colour_identity() +
    ggplot2::labs(x = "Frequency score (5 = most orders)", y = "Recency score (5 = latest)") +
    ggplot2::coord_cartesian(expand = FALSE) +
    theme_paper(grid = "") +
    ggplot2::theme(axis.line.x = ggplot2::element_blank())
}
