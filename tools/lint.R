# Fails when lintr finds anything in the R code.
found <- c(lintr::lint_dir("R"), lintr::lint_dir("tests/R"), lintr::lint_dir("tools", pattern = "[.]R$"))
if (length(found) > 0) {
  print(structure(found, class = "lints"))
  quit(status = 1)
}
cat("lintr: nothing to say\n")
