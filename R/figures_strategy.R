# Figures of the chapter "strategy".

#' What reaching all of each segment costs and returns, with its best action
#'
#' @param data A data frame with `segment`, `arm`, `cost`, and `sales`, `net`, `roi`, each with `_low` and `_high`;
#'   sales may be missing throughout. Segments are drawn in their order, the first on top.
#' @param before A currency's sign, or "".
#' @return A ggplot with one panel per quantity.
plot_panels <- function(data, before) {
  titles <- c(cost = "Cost", sales = "More sales", net = "Net return", roi = "Net return per 1 spent")
  data$cost_low <- data$cost_high <- data$cost
  kinds <- names(titles)[vapply(names(titles), function(kind) any(!is.na(data[[kind]])), TRUE)]
  rows <- lapply(kinds, function(kind) {
    data.frame(
      segment = paste0(data$segment, "\n", data$arm), panel = titles[[kind]], value = data[[kind]],
      low = data[[paste0(kind, "_low")]], high = data[[paste0(kind, "_high")]], kind = kind
    )
  })
  long <- do.call(rbind, rows)
  long$segment <- factor(long$segment, levels = rev(unique(long$segment)))
  long$panel <- factor(long$panel, levels = titles[kinds])
  colours <- c(cost = "soft", sales = "soft", net = "accent", roi = "accent")
  shades <- vapply(colours, book_colour, "")
  ggplot2::ggplot(long, ggplot2::aes(x = .data$value, y = .data$segment, colour = .data$kind)) +
    ggplot2::geom_vline(xintercept = 0, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(
      ggplot2::aes(xmin = .data$low, xmax = .data$high), linewidth = 3, alpha = 0.28, na.rm = TRUE
    ) +
    ggplot2::geom_point(size = 2.6, na.rm = TRUE) +
    label_text(
      ggplot2::aes(label = ifelse(
        .data$kind == "roi", show_number(.data$value, 1, sign = TRUE), short_money(.data$value, before)
      )),
      vjust = -1, size = 9.5, na.rm = TRUE
    ) +
    ggplot2::scale_colour_manual(values = shades) +
    ggplot2::scale_x_continuous(
      labels = function(x) short_money(x, ""), n.breaks = 4, expand = ggplot2::expansion(mult = 0.16)
    ) +
    ggplot2::scale_y_discrete(expand = ggplot2::expansion(add = c(0.5, 0.8))) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), nrow = if (length(kinds) < 4) 1 else 2, scales = "free_x") +
    ggplot2::labs(x = NULL, y = NULL) +
    theme_paper(grid = "x") +
    ggplot2::theme(panel.spacing.x = grid::unit(14, "pt"))
}

#' What the best plan for each budget returns net of its cost
#'
#' @param data A data frame with `budget`, `net`, `low`, `high`.
#' @param budget The budget there is.
#' @param before A currency's sign, or "".
#' @return A ggplot: a concave line with its band, and a vertical line at the budget.
plot_frontier <- function(data, budget, before) {
  accent <- book_colour("accent")
  at <- data.frame(budget = budget, net = stats::approx(data$budget, data$net, budget, rule = 2)$y)
  ggplot2::ggplot(data, ggplot2::aes(x = .data$budget, y = .data$net)) +
    ggplot2::geom_hline(yintercept = 0, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_ribbon(ggplot2::aes(ymin = .data$low, ymax = .data$high), fill = accent, alpha = 0.16) +
    ggplot2::geom_vline(xintercept = budget, colour = book_colour("ink"), linewidth = 0.4, linetype = "dashed") +
    ggplot2::geom_line(colour = accent, linewidth = 1) +
    ggplot2::geom_point(data = at, colour = accent, size = 2.8) +
    label_text(
      ggplot2::aes(label = paste0(short_money(.data$net, before), " at ", short_money(.data$budget, before))),
      data = at, hjust = -0.08, vjust = 1.8, behind = book_colour("paper")
    ) +
    ggplot2::scale_x_continuous(
      labels = function(x) short_money(x, before), expand = ggplot2::expansion(mult = c(0, 0.03))
    ) +
    ggplot2::scale_y_continuous(labels = function(x) short_money(x, before)) +
    ggplot2::labs(x = "Budget", y = "Net return") +
    theme_paper(grid = "xy")
}

#' Amounts in short: thousands as k, millions as m
#'
#' @param x Numbers.
#' @param before A currency's sign, or "".
#' @return Text.
short_money <- function(x, before) {
  size <- ifelse(abs(x) >= 1e6, 1e6, ifelse(abs(x) >= 1e3, 1e3, 1))
  letter <- ifelse(size == 1e6, "m", ifelse(size == 1e3, "k", ""))
  number <- formatC(signif(abs(x) / size, 3), format = "fg", digits = 3, width = 1)
  ifelse(is.na(x), "", paste0(ifelse(x < 0, "\u2212", ""), before, number, letter))
}
