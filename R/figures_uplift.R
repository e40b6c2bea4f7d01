# Figures on who answers because of an offer.

#' What each rule adds to everybody in control
#'
#' @param data A data frame with `rule`, `gain`, `low`, `high`, `kind` ("uniform", "personal" or "plain") and `main`
#'   (TRUE for the rule that the answer rests on).
#' @param form "share" or "number".
#' @param before A currency's sign, or "".
#' @param title Of the horizontal axis.
#' @return A ggplot.
plot_rules <- function(data, form, before, title) {
  heads <- c(uniform = "The same for all", personal = "Person by person", plain = "Plain rules")
  data$kind <- factor(heads[data$kind], levels = heads)
  data$rule <- factor(data$rule, levels = unique(data$rule[order(data$gain)]))
  data$shade <- ifelse(data$main, book_colour("accent"), book_colour("soft"))
  shown <- function(x, digits) {
    if (form == "share") {
      return(show_percent(x, 1, sign = TRUE))
    }
    sign <- ifelse(x < 0, "\u2212", ifelse(x > 0, "+", ""))
    ifelse(is.na(x), "", paste0(sign, before, show_number(abs(x), digits)))
  }
  fine <- if (max(abs(c(data$low, data$high))) < 100) 2 else 0
  whole <- function(x) shown(x, if (all(x == round(x), na.rm = TRUE)) 0 else 2)
  span <- diff(range(c(data$low, data$high)))
  ggplot2::ggplot(data, ggplot2::aes(x = .data$gain, y = .data$rule, colour = .data$shade)) +
    ggplot2::geom_vline(xintercept = 0, colour = book_colour("soft"), linewidth = 0.4, linetype = "22") +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$low, xmax = .data$high), linewidth = 3.2, alpha = 0.28) +
    ggplot2::geom_point(size = 2.6) +
    label_text(
      ggplot2::aes(x = .data$high + 0.015 * span, label = shown(.data$gain, fine)),
      hjust = 0, behind = book_colour("paper")
    ) +
    ggplot2::facet_grid(ggplot2::vars(.data$kind), scales = "free_y", space = "free_y") +
    ggplot2::scale_colour_identity() +
    ggplot2::scale_x_continuous(labels = whole, expand = ggplot2::expansion(mult = c(0.03, 0.2))) +
    ggplot2::labs(x = title, y = NULL) +
    theme_paper(grid = "x") +
    ggplot2::theme(
      strip.text.y = ggplot2::element_text(angle = 0, hjust = 0, colour = book_colour("soft"), face = "plain"),
      axis.text.y = ggplot2::element_text(colour = book_colour("ink")), panel.spacing.y = grid::unit(9, "pt")
    )
}
