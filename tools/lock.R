# Writes renv.lock, in renv's format, from the R packages that are installed: those that
# tools/apt-packages.txt names and everything they need.
lines <- readLines("tools/apt-packages.txt")
wanted <- sub("^r-cran-([^ ]+).*$", "\\1", grep("^r-cran-", lines, value = TRUE))
installed <- utils::installed.packages(noCache = TRUE)
installed <- installed[!duplicated(installed[, "Package"]), ]
rownames(installed) <- installed[, "Package"]
names_by_lower <- stats::setNames(rownames(installed), tolower(rownames(installed)))
missing <- setdiff(wanted, names(names_by_lower))
if (length(missing) > 0) stop("not installed: ", paste(missing, collapse = ", "))

roots <- unname(names_by_lower[wanted])
needs <- tools::package_dependencies(rownames(installed), db = installed, which = c("Depends", "Imports", "LinkingTo"))
reached <- character()
queue <- roots
while (length(queue) > 0) {
  reached <- union(reached, queue)
  queue <- setdiff(unlist(needs[queue]), reached)
}
base <- rownames(installed)[installed[, "Priority"] %in% "base"]
reached <- sort(intersect(setdiff(reached, base), rownames(installed)), method = "radix")

entry <- function(name) {
  list(
    Package = name, Version = unname(installed[name, "Version"]), Source = "Repository", Repository = "CRAN",
    Requirements = as.list(sort(intersect(needs[[name]], reached), method = "radix"))
  )
}
lock <- list(
  R = list(
    Version = paste(R.version$major, R.version$minor, sep = "."),
    Repositories = list(list(Name = "CRAN", URL = "https://cloud.r-project.org"))
  ),
  Packages = stats::setNames(lapply(reached, entry), reached)
)
writeLines(jsonlite::toJSON(lock, auto_unbox = TRUE, pretty = 2), "renv.lock")
cat("renv.lock:", length(reached), "packages\n")
