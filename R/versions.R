# Which R this is.

#' Versions of R and of packages, as they are installed
#'
#' @param wanted A data frame with `package`.
#' @return A data frame: `package`, `version`, `title`; R itself first. Packages that are missing are left out.
versions_of <- function(wanted) {
  installed <- wanted$package[vapply(wanted$package, function(name) nzchar(system.file(package = name)), logical(1))]
  about <- lapply(installed, utils::packageDescription, fields = c("Version", "Title"))
  data.frame(
    package = c("R", installed),
    version = c(paste(R.version$major, R.version$minor, sep = "."), vapply(about, function(one) one$Version, "")),
    title = c("", gsub("\\s+", " ", vapply(about, function(one) one$Title, "")))
  )
}
