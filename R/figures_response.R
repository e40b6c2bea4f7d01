# Figures of the chapter "response".

#' The scaffold of figures with a panel for each question and features below each other
#'
#' @param data A data frame with `question` and `label`.
#' @return The data with its labels in the order of the rows, one for each question.
ordered_labels <- function(data) {
  data$question <- factor(data$question, levels = unique(data$question))
  data$key <- factor(seq_len(nrow(data)), levels = rev(seq_len(nrow(data))))
  data
}

#' Features at the left, one panel below the other
#'
#' @param data What `ordered_labels()` returns.
#' @return A list of things to add to a ggplot.
question_panels <- function(data) {
  names <- stats::setNames(as.character(data$label), as.character(data$key))
  list(
    ggplot2::facet_wrap(ggplot2::vars(.data$question), scales = "free_y", ncol = 1),
    ggplot2::scale_colour_identity(),
    ggplot2::scale_y_discrete(labels = function(x) names[x]),
    theme_paper(grid = "x"),
    ggplot2::theme(axis.text.y = ggplot2::element_text(colour = book_colour("ink")))
  )
}

#' What a model loses without each feature
#'
#' @param data A data frame with `question`, `label`, `loss`, `low`, `high`, in the order in which they are drawn.
#' @return A ggplot.
plot_importance <- function(data) {
  data <- ordered_labels(data)
  clear <- data$low > 0
  data$shade <- ifelse(clear, book_colour("accent"), book_colour("soft"))
  data$text <- ifelse(clear, show_number(data$loss, 3), "")
  ggplot2::ggplot(data, ggplot2::aes(x = .data$loss, y = .data$key, colour = .data$shade)) +
    ggplot2::geom_vline(xintercept = 0, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$low, xmax = .data$high), linewidth = 3, alpha = 0.28) +
    ggplot2::geom_point(size = 2.4) +
    label_text(ggplot2::aes(x = .data$high, label = .data$text), hjust = -0.25) +
    ggplot2::scale_x_continuous(
      labels = function(x) show_number(x, 2), expand = ggplot2::expansion(mult = c(0.03, 0.12))
    ) +
    ggplot2::labs(x = "Area under the ROC curve lost when the feature is shuffled", y = NULL) +
    question_panels(data)
}

#' Odds ratios of a logistic regression
#'
#' @param data A data frame with `question`, `label`, `odds_ratio`, `low`, `high`, in the order in which they are drawn.
#' @return A ggplot on a logarithmic scale.
plot_odds <- function(data) {
  data <- ordered_labels(data)
  clear <- data$low > 1 | data$high < 1
  data$shade <- ifelse(clear, book_colour("accent"), book_colour("soft"))
  data$text <- show_number(data$odds_ratio, 2)
  breaks <- c(1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8)
  ggplot2::ggplot(data, ggplot2::aes(x = .data$odds_ratio, y = .data$key, colour = .data$shade)) +
    ggplot2::geom_vline(xintercept = 1, colour = book_colour("soft"), linewidth = 0.4) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$low, xmax = .data$high), linewidth = 3, alpha = 0.28) +
    ggplot2::geom_point(size = 2.4) +
    label_text(
      ggplot2::aes(x = .data$high, label = .data$text), hjust = -0.15, behind = book_colour("paper")
    ) +
    ggplot2::scale_x_log10(
      breaks = breaks, labels = function(x) ifelse(is.na(x), "", formatC(x, format = "fg", digits = 3)),
      expand = ggplot2::expansion(mult = c(0.04, 0.14))
    ) +
    ggplot2::labs(x = "Odds ratio, log scale", y = NULL) +
    question_panels(data)
}
