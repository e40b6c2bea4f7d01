# Figures of the chapter "segments".

#' What sets groups apart: how far the mean of each lies from that of all customers, feature by feature
#'
#' @param data A data frame with `group` and `feature` (as they are called), `z`, `median` (as text; missing where the
#'   group is too small to show).
#' @param groups,features In the order in which they are drawn.
#' @return A ggplot: a row of tiles for each group, blue above the mean, red below.
plot_profile <- function(data, groups, features) {
  data$group <- factor(data$group, levels = rev(unlist(groups)))
  data$feature <- factor(data$feature, levels = unlist(features))
  small <- is.na(data$median)
  strength <- ifelse(small, 0, pmin(abs(data$z) / 2, 1))
  side <- ifelse(data$z < 0, book_colour("at_risk"), book_colour("accent"))
  data$fill <- mapply(tinted, side, 0.05 + 0.95 * strength)
  data$ink <- vapply(data$fill, readable_on, "", USE.NAMES = FALSE)
  data$label <- ifelse(small, "too few", data$median)
  data$apart <- ifelse(small, "", paste0(show_number(data$z, 1, sign = TRUE), " sd"))
  ggplot2::ggplot(data, ggplot2::aes(x = .data$feature, y = .data$group)) +
    ggplot2::geom_tile(ggplot2::aes(fill = .data$fill), colour = book_colour("paper"), linewidth = 1.2) +
    label_text(ggplot2::aes(label = .data$label, colour = .data$ink), size = 10.5, fontface = "bold", vjust = -0.15) +
    label_text(ggplot2::aes(label = .data$apart, colour = .data$ink), size = 8.8, vjust = 1.35) +
    ggplot2::scale_fill_identity() +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_x_discrete(position = "top") +
    ggplot2::labs(x = NULL, y = NULL) +
    ggplot2::coord_cartesian(expand = FALSE) +
    theme_paper(grid = "") +
    ggplot2::theme(
      axis.line.x = ggplot2::element_blank(),
      axis.text = ggplot2::element_text(colour = book_colour("ink")),
      axis.text.y = ggplot2::element_text(hjust = 0, lineheight = 1.1)
    )
}
