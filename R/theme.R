# The look of figures made in R: the palette of assets/palette.yml, Inter, one ggplot2 theme.
# python/patrons/theme.py is its twin: what changes here changes there.

#' Read the book's palette
#'
#' @param path The palette's file; the option `patrons.root` names the project's folder.
#' @return A list with `light`, `dark`, `series`, `segments` and `clusters`.
book_palette <- function(path = file.path(getOption("patrons.root", "."), "assets", "palette.yml")) {
  yaml::read_yaml(path)
}

#' Colour of a role on paper, or of a segment
#'
#' @param role One of the palette's roles (`ink`, `soft`, `line`, `paper`, `accent`, ...) or segments.
#' @return A colour as text.
book_colour <- function(role) {
  palette <- book_palette()
  found <- c(palette$light, palette$segments)[[role]]
  if (is.null(found)) {
    stop("The palette has no '", role, "'", call. = FALSE)
  }
  found
}

#' Colours of segments, the same in every figure
#'
#' @param names Segments; those that the palette does not name take the series' colours.
#' @return A named character vector.
segment_colours <- function(names = NULL) {
  palette <- book_palette()
  fixed <- unlist(palette$segments)
  if (is.null(names)) {
    return(fixed)
  }
  spare <- setdiff(unlist(palette$series), fixed)
  unknown <- setdiff(names, base::names(fixed))
  filled <- stats::setNames(rep_len(c(spare, palette$light$soft), length(unknown)), unknown)
  c(fixed, filled)[names]
}

#' Colours of groups found by clustering, by number
#'
#' @param k How many groups; those beyond the palette's ten are grey.
#' @return A character vector.
cluster_colours <- function(k) {
  palette <- book_palette()
  own <- unlist(palette$clusters)
  utils::head(c(own, rep_len(palette$light$soft, max(0, k - length(own)))), k)
}

#' Mix a colour with the paper
#'
#' @param colour Any colour.
#' @param strength 1 is the colour itself, 0 the paper.
#' @return A colour as text.
tinted <- function(colour, strength) {
  mixed <- strength * grDevices::col2rgb(colour) + (1 - strength) * c(grDevices::col2rgb(book_colour("paper")))
  grDevices::rgb(t(round(mixed)), maxColorValue = 255)
}

#' Ink or paper, whichever is easier to read
#'
#' @param fill The colour behind the text.
#' @return A colour as text.
readable_on <- function(fill) {
  luminance <- function(colour) {
    linear <- (grDevices::col2rgb(colour)[, 1] / 255)^2.2
    sum(c(0.2126, 0.7152, 0.0722) * linear)
  }
  contrast <- function(one, other) (max(one, other) + 0.05) / (min(one, other) + 0.05)
  colours <- c(book_colour("ink"), book_colour("paper"))
  colours[[which.max(vapply(colours, function(colour) contrast(luminance(colour), luminance(fill)), 0))]]
}

#' The book's ggplot2 theme
#'
#' @param grid Where hairlines help the eye: "x", "y", "xy" or "".
#' @param base_size Points; a figure 7 inches wide then has text as large as the captions around it.
#' @return A complete theme.
theme_paper <- function(grid = "y", base_size = 11) {
  light <- book_palette()$light
  hairline <- ggplot2::element_line(colour = light$line, linewidth = 0.25)
  axis <- ggplot2::element_line(colour = light$soft, linewidth = 0.25)
  none <- ggplot2::element_blank()
  small <- ggplot2::element_text(colour = light$soft, size = base_size * 0.92)
  ggplot2::theme_minimal(base_size = base_size, base_family = "Inter") +
    ggplot2::theme(
      text = ggplot2::element_text(colour = light$ink),
      plot.background = ggplot2::element_rect(fill = light$paper, colour = NA),
      panel.grid.minor = none,
      panel.grid.major.x = if (grepl("x", grid, fixed = TRUE)) hairline else none,
      panel.grid.major.y = if (grepl("y", grid, fixed = TRUE)) hairline else none,
      axis.line.x = if (grepl("x", grid, fixed = TRUE)) none else axis,
      axis.ticks = none,
      axis.text = small,
      axis.title = small,
      axis.title.x = ggplot2::element_text(margin = ggplot2::margin(t = 8)),
      axis.title.y = ggplot2::element_text(margin = ggplot2::margin(r = 8)),
      strip.text = ggplot2::element_text(colour = light$ink, size = base_size, face = "bold", hjust = 0),
      legend.position = "none",
      plot.margin = ggplot2::margin(8, 8, 8, 8)
    )
}

#' Direct labels in the book's face
#'
#' @param ... Passed to `ggplot2::geom_text()`, or to `geom_label()` with a `behind`.
#' @param size Points.
#' @param behind A colour that hides grid lines behind the text.
#' @return A layer.
label_text <- function(..., size = 9.7, behind = NULL) {
  points <- size / ggplot2::.pt
  if (is.null(behind)) {
    return(ggplot2::geom_text(..., family = "Inter", size = points))
  }
  ggplot2::geom_label(
    ...,
    family = "Inter", size = points, fill = behind, label.size = 0, label.padding = grid::unit(0.12, "lines")
  )
}

#' Numbers with thousands separated and a true minus sign
#'
#' @param x Numbers.
#' @param digits Decimals.
#' @param sign Show a plus sign as well.
#' @return Text.
show_number <- function(x, digits = 0, sign = FALSE) {
  text <- formatC(abs(x), format = "f", digits = digits, big.mark = ",")
  before <- ifelse(x < 0, "\u2212", ifelse(sign & x > 0, "+", ""))
  ifelse(is.na(x), "", paste0(before, text))
}

#' Names that leave room for the picture
#'
#' @param most Characters; longer names end in an ellipsis.
#' @return A function of names, for the labels of a scale or a labeller.
short_names <- function(most) {
  function(names) {
    names <- gsub("[[:space:]\u2028]+", " ", as.character(names))
    ifelse(nchar(names) > most, paste0(substr(names, 1, most - 1), "\u2026"), names)
  }
}

#' Shares as per cent, with the thin space of the book's prose
#'
#' @inheritParams show_number
#' @return Text.
show_percent <- function(x, digits = 0, sign = FALSE) {
  ifelse(is.na(x), "", paste0(show_number(100 * x, digits, sign), "\u2009%"))
}
