# Figures of the chapter "rfm".

#' How many customers have each pair of scores, or what they bring
#'
#' @param data A data frame with `r`, `f`, `customers` (missing where too few to show), `share` and `monetary`.
#' @param smallest Groups smaller than this are not shown.
#' @param value `share` to shade by the number of customers and say it, `monetary` for their mean revenue.
#' @param sign What stands before an amount.
#' @return A ggplot: recency upwards, frequency to the right, so that the best are at the top right.
plot_score_grid <- function(data, smallest = 1, value = "share", sign = "") {
  small <- is.na(data$customers)
  amounts <- if (value == "share") show_number(data$customers) else paste0(sign, show_number(data$monetary))
  data$label <- ifelse(small, paste0("< ", smallest), ifelse(data$customers == 0, "", amounts))
  strength <- pmax(data[[value]], 0) / max(data[[value]], 0, na.rm = TRUE)
  strength[is.na(strength)] <- 0
  data$fill <- vapply(0.06 + 0.94 * strength, function(s) tinted(book_colour("accent"), s), "")
  data$ink <- vapply(data$fill, readable_on, "", USE.NAMES = FALSE)
  bins <- max(data$r)
  ggplot2::ggplot(data, ggplot2::aes(x = factor(.data$f), y = factor(.data$r))) +
    ggplot2::geom_tile(ggplot2::aes(fill = .data$fill), colour = book_colour("paper"), linewidth = 1.2) +
    label_text(ggplot2::aes(label = .data$label, colour = .data$ink), size = if (bins > 7) 8.8 else 10.5) +
    ggplot2::scale_fill_identity() +
    ggplot2::scale_colour_identity() +
    ggplot2::labs(
      x = paste0("Frequency score (", bins, " = most orders)"), y = paste0("Recency score (", bins, " = latest)")
    ) +
    ggplot2::coord_cartesian(expand = FALSE) +
    theme_paper(grid = "") +
    ggplot2::theme(axis.line.x = ggplot2::element_blank())
}

#' Who moved from which segment to which
#'
#' @param data A data frame with `then`, `then_title`, `now`, `now_title`, `customers` (missing where too few to show),
#'   `total` and `share` (of the row).
#' @param smallest Groups smaller than this are not shown.
#' @return A ggplot: a row for each segment of then, a column for each of now in its colour; tiles say the share.
plot_moves <- function(data, smallest = 1) {
  data <- data[is.na(data$total) | data$total > 0, ]
  data$x <- factor(data$now_title, levels = unique(data$now_title))
  data$y <- factor(data$then_title, levels = rev(unique(data$then_title)))
  hidden <- is.na(data$customers)
  data$label <- ifelse(hidden, "few", ifelse(data$customers == 0, "", show_percent(data$share)))
  strength <- ifelse(hidden, 0, data$share)
  data$fill <- mapply(tinted, segment_colours(data$now), 0.06 + 0.94 * strength)
  data$ink <- vapply(data$fill, readable_on, "", USE.NAMES = FALSE)
  stayed <- data[data$then == data$now, ]
  ggplot2::ggplot(data, ggplot2::aes(x = .data$x, y = .data$y)) +
    ggplot2::geom_tile(ggplot2::aes(fill = .data$fill), colour = book_colour("paper"), linewidth = 1.2) +
    ggplot2::geom_tile(
      data = stayed, fill = NA, colour = book_colour("soft"), linewidth = 0.5, width = 0.94, height = 0.9
    ) +
    label_text(ggplot2::aes(label = .data$label, colour = .data$ink), size = 10.5) +
    ggplot2::scale_fill_identity() +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_x_discrete(position = "top") +
    ggplot2::labs(x = "Segment now", y = "Segment then") +
    ggplot2::coord_cartesian(expand = FALSE) +
    theme_paper(grid = "") +
    ggplot2::theme(
      axis.line.x = ggplot2::element_blank(), axis.text = ggplot2::element_text(colour = book_colour("ink"))
    )
}
