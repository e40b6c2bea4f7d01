# testthat runs in the folder of the tests: the project is three levels up.
root <- normalizePath(file.path("..", "..", ".."))
options(patrons.root = root)
for (file in list.files(file.path(root, "R"), pattern = "[.]R$", full.names = TRUE)) {
  source(file)
}

# The texts that a figure writes, of all its layers.
labels_of <- function(figure) {
  unlist(lapply(ggplot2::ggplot_build(figure)$data, function(layer) layer$label))
}
