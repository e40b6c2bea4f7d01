# Figures of what segments are held against.

#' BIC by number of components and shape
#'
#' @param data A data frame with `model`, `k`, `bic`, `converged`.
#' @param titles Names of the shapes, by model.
#' @return A ggplot: a line per shape, named at its end, the lowest point marked.
plot_bic <- function(data, titles) {
  data$title <- unlist(titles)[data$model]
  best <- data[which.min(data$bic), ]
  last <- do.call(rbind, lapply(split(data, data$model), function(rows) rows[which.max(rows$k), ]))
  # Where lines end close together, their names are moved apart.
  last <- last[order(last$bic), ]
  room <- 0.05 * diff(range(data$bic))
  for (place in seq_len(nrow(last))[-1]) {
    last$bic[[place]] <- max(last$bic[[place]], last$bic[[place - 1]] + room)
  }
  colours <- stats::setNames(unlist(book_palette()$series)[seq_along(titles)], names(titles))
  ggplot2::ggplot(data, ggplot2::aes(x = .data$k, y = .data$bic, colour = .data$model)) +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::geom_point(size = 1.4) +
    ggplot2::geom_point(data = best, size = 4.5, shape = 21, stroke = 0.8, fill = NA) +
    label_text(ggplot2::aes(label = .data$title), data = last, hjust = 0, nudge_x = 0.25) +
    ggplot2::scale_colour_manual(values = colours) +
    ggplot2::scale_x_continuous(breaks = unique(data$k), expand = ggplot2::expansion(c(0.03, 0.36))) +
    ggplot2::scale_y_continuous(labels = function(x) show_number(x)) +
    ggplot2::labs(x = "Components", y = "BIC (lower is better)") +
    theme_paper()
}

#' How the customers of each segment spread over another grouping
#'
#' @param data A data frame with `segment` (a name), `place` (its order), `other`, `other_place`, `customers` (missing
#'   where too few to show), `share` of the segment.
#' @param smallest Groups smaller than this are not shown.
#' @param colours Colours by segment name.
#' @return A ggplot of tiles.
plot_cross <- function(data, smallest, colours) {
  small <- is.na(data$customers)
  data$label <- ifelse(small, paste0("< ", smallest), ifelse(data$customers == 0, "", show_percent(data$share)))
  strength <- ifelse(small, 0, data$share)
  data$fill <- mapply(function(name, s) tinted(unlist(colours)[[name]], 0.05 + 0.95 * s), data$segment, strength)
  data$ink <- vapply(data$fill, readable_on, "", USE.NAMES = FALSE)
  rows <- unique(data[order(-data$place), c("segment", "place")])$segment
  columns <- unique(data[order(data$other_place), c("other", "other_place")])$other
  ggplot2::ggplot(
    data, ggplot2::aes(x = factor(.data$other, columns), y = factor(.data$segment, rows))
  ) +
    ggplot2::geom_tile(ggplot2::aes(fill = .data$fill), colour = book_colour("paper"), linewidth = 1.2) +
    label_text(ggplot2::aes(label = .data$label, colour = .data$ink), size = 10) +
    ggplot2::scale_fill_identity() +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_x_discrete(position = "top", labels = function(x) gsub(" ", "\n", x, fixed = TRUE)) +
    ggplot2::scale_y_discrete(labels = function(x) {
      vapply(strwrap(x, 24, simplify = FALSE), paste, "", collapse = "\n")
    }) +
    ggplot2::labs(x = NULL, y = NULL) +
    ggplot2::coord_cartesian(expand = FALSE) +
    theme_paper(grid = "") +
    ggplot2::theme(axis.line.x = ggplot2::element_blank())
}
