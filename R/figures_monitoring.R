# Figures of the chapter "monitoring".

#' How far each measure stood from its limit in each quarter
#'
#' @param data A data frame with `end` (text of a date), `title`, `ratio` (index over limit) and `moved`, quarters in
#'   their order.
#' @return A ggplot: a row for each measure, a column for each quarter; tiles beyond the limit say how many times.
plot_past <- function(data) {
  data$quarter <- factor(data$end, levels = unique(data$end))
  data$name <- factor(data$title, levels = rev(unique(data$title)))
  strength <- pmin(data$ratio, 1)
  shade <- function(role, s) vapply(s, function(one) tinted(book_colour(role), one), "")
  data$fill <- ifelse(data$moved, shade("bad", rep(0.85, nrow(data))), shade("accent", 0.04 + 0.5 * strength))
  data$label <- ifelse(data$moved, paste0(show_number(data$ratio, 1), "\u00d7"), "")
  ggplot2::ggplot(data, ggplot2::aes(x = .data$quarter, y = .data$name)) +
    ggplot2::geom_tile(ggplot2::aes(fill = .data$fill), colour = book_colour("paper"), linewidth = 1) +
    label_text(ggplot2::aes(label = .data$label), colour = book_colour("paper"), size = 9) +
    ggplot2::scale_fill_identity() +
    ggplot2::scale_x_discrete(position = "top", guide = ggplot2::guide_axis(check.overlap = TRUE)) +
    ggplot2::labs(x = "Quarter that ended in", y = NULL) +
    ggplot2::coord_cartesian(expand = FALSE) +
    theme_paper(grid = "") +
    ggplot2::theme(
      axis.line.x = ggplot2::element_blank(), axis.text.y = ggplot2::element_text(colour = book_colour("ink"))
    )
}

#' Who went from which segment to which, as bands
#'
#' @param data What `plot_moves` takes: `then`, `then_title`, `now`, `now_title`, `customers` (missing where too few to
#'   show).
#' @return A ggplot: segments of then at the left, of now at the right, joined by bands as wide as their customers.
plot_flows <- function(data) {
  data <- data[!is.na(data$customers) & data$customers > 0, ]
  whole <- sum(data$customers)
  gap <- 0.018 * whole
  places <- function(key, names) {
    sizes <- tapply(data$customers, factor(data[[key]], levels = names), sum, default = 0)
    tops <- -cumsum(c(0, utils::head(as.vector(sizes) + gap, -1)))
    data.frame(name = names, top = tops, size = as.vector(sizes))
  }
  left <- places("then", unique(data$then))
  right <- places("now", intersect(unique(c(data$then, data$now)), data$now))
  data$l <- match(data$then, left$name)
  data$r <- match(data$now, right$name)
  data <- data[order(data$l, data$r), ]
  data$y0 <- left$top[data$l] - stats::ave(data$customers, data$l, FUN = function(n) cumsum(n) - n)
  data <- data[order(data$r, data$l), ]
  data$y1 <- right$top[data$r] - stats::ave(data$customers, data$r, FUN = function(n) cumsum(n) - n)
  t <- seq(0, 1, length.out = 40)
  ease <- t * t * (3 - 2 * t)
  bands <- do.call(rbind, lapply(seq_len(nrow(data)), function(i) {
    row <- data[i, ]
    middle <- row$y0 + (row$y1 - row$y0) * ease
    data.frame(band = i, then = row$then, x = c(t, rev(t)), y = c(middle, rev(middle - row$customers)))
  }))
  colours <- c(segment_colours(setdiff(unique(c(left$name, right$name)), "joined")), joined = book_colour("soft"))
  blocks <- rbind(cbind(left, x0 = -0.02, x1 = 0, side = 1), cbind(right, x0 = 1, x1 = 1.02, side = 0))
  titles <- c(stats::setNames(data$then_title, data$then), stats::setNames(data$now_title, data$now))
  blocks$label <- paste0(titles[blocks$name], "  ", show_number(blocks$size))
  blocks$at <- ifelse(blocks$side == 1, blocks$x0 - 0.015, blocks$x1 + 0.015)
  ggplot2::ggplot() +
    ggplot2::geom_polygon(
      data = bands, ggplot2::aes(x = .data$x, y = .data$y, group = .data$band, fill = .data$then), alpha = 0.42
    ) +
    ggplot2::geom_rect(
      data = blocks,
      ggplot2::aes(
        xmin = .data$x0, xmax = .data$x1, ymin = .data$top - .data$size, ymax = .data$top, fill = .data$name
      )
    ) +
    label_text(
      data = blocks, ggplot2::aes(x = .data$at, y = .data$top - .data$size / 2, label = .data$label, hjust = .data$side)
    ) +
    ggplot2::scale_fill_manual(values = colours) +
    ggplot2::scale_x_continuous(limits = c(-0.34, 1.34)) +
    ggplot2::labs(x = NULL, y = NULL) +
    theme_paper(grid = "") +
    ggplot2::theme(
      axis.text = ggplot2::element_blank(), axis.line.x = ggplot2::element_blank(),
      plot.margin = ggplot2::margin(2, 2, 2, 2)
    )
}
