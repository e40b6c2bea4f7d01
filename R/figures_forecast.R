# Figures of what comes next.

#' What was sold, and what is to be expected
#'
#' @param history A data frame with `start` and `value` of the last months that are known.
#' @param ahead A data frame with `start`, `forecast`, `low_80`, `high_80`, `low_95`, `high_95`.
#' @param sign The sign of the currency.
#' @param total What the months ahead come to, in words.
#' @return A ggplot: a line that goes on into its forecast, with both bands.
plot_forecast <- function(history, ahead, sign, total) {
  accent <- book_colour("accent")
  ink <- book_colour("ink")
  soft <- book_colour("soft")
  history$start <- as.Date(history$start)
  ahead$start <- as.Date(ahead$start)
  # The forecast hangs on the last known month, so that the line has no hole.
  end <- history[nrow(history), ]
  joint <- data.frame(
    start = end$start, forecast = end$value, low_80 = end$value, high_80 = end$value, low_95 = end$value,
    high_95 = end$value
  )
  fan <- rbind(joint, ahead[names(joint)])
  last <- ahead[nrow(ahead), ]
  top <- max(history$value, ahead$high_95)
  bands <- data.frame(
    start = last$start, value = c(last$high_95, last$high_80, last$forecast),
    label = c("95\u2009%", "80\u2009%", "median")
  )
  bands$value <- top * spread_up(bands$value / top, 0.06)
  labels <- function(x) ifelse(x >= 1e4, paste0(sign, show_number(x / 1e3), "k"), paste0(sign, show_number(x)))
  ggplot2::ggplot(history, ggplot2::aes(x = .data$start)) +
    ggplot2::geom_ribbon(
      ggplot2::aes(ymin = .data$low_95, ymax = .data$high_95),
      data = fan, fill = tinted(accent, 0.14)
    ) +
    ggplot2::geom_ribbon(
      ggplot2::aes(ymin = .data$low_80, ymax = .data$high_80),
      data = fan, fill = tinted(accent, 0.32)
    ) +
    ggplot2::geom_line(ggplot2::aes(y = .data$value), colour = ink, linewidth = 0.8) +
    ggplot2::geom_line(ggplot2::aes(y = .data$forecast), data = fan, colour = accent, linewidth = 1) +
    ggplot2::geom_point(ggplot2::aes(y = .data$forecast), data = ahead, colour = accent, size = 1.6) +
    label_text(
      ggplot2::aes(y = .data$value, label = .data$label),
      data = bands, hjust = 0, nudge_x = 18, colour = accent
    ) +
    ggplot2::annotate(
      "text",
      x = ahead$start[[1]] - 20, y = top * 1.1, label = total, hjust = 1, vjust = 1, family = "Inter",
      size = 9.7 / ggplot2::.pt, colour = accent, fontface = "bold", lineheight = 1.15
    ) +
    ggplot2::geom_vline(xintercept = ahead$start[[1]] - 15, colour = soft, linewidth = 0.3, linetype = "dashed") +
    ggplot2::scale_x_date(date_labels = "%b %Y", expand = ggplot2::expansion(mult = c(0.01, 0.1))) +
    ggplot2::scale_y_continuous(
      labels = labels, limits = c(0, top * 1.12), expand = ggplot2::expansion(mult = 0), oob = scales::oob_keep
    ) +
    ggplot2::labs(x = NULL, y = "Revenue a month") +
    theme_paper(grid = "y")
}

#' Move labels apart that would stand on each other, the lowest staying where it is
#'
#' @param at Where they belong, from 0 to 1.
#' @param apart How far they must stand from each other.
#' @return Where they stand, in the same order.
spread_up <- function(at, apart) {
  order <- order(at)
  placed <- at[order]
  for (i in seq_along(placed)[-1]) {
    placed[[i]] <- max(placed[[i]], placed[[i - 1]] + apart)
  }
  placed[order(order)]
}
