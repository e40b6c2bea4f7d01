test_that("the palette names every segment once, each with a colour of its own", {
  colours <- segment_colours()
  expect_named(colours, c("champions", "loyal", "new", "promising", "at_risk", "lost"))
  expect_equal(anyDuplicated(colours), 0)
  expect_match(colours, "^#[0-9a-f]{6}$")
})

test_that("a segment the palette does not name takes a colour that no other segment has", {
  colours <- segment_colours(c("champions", "night owls"))
  expect_equal(colours[["champions"]], segment_colours()[["champions"]])
  expect_false(colours[["night owls"]] %in% segment_colours())
})

test_that("an unknown role is refused by name", {
  expect_error(book_colour("nonsense"), "no 'nonsense'")
})

test_that("a tint goes from the paper to the colour", {
  expect_equal(tolower(tinted(book_colour("accent"), 1)), book_colour("accent"))
  expect_equal(tolower(tinted(book_colour("accent"), 0)), book_colour("paper"))
})

test_that("grid lines stand only where they were asked for", {
  expect_s3_class(theme_paper("x")$panel.grid.major.y, "element_blank")
  expect_s3_class(theme_paper("x")$panel.grid.major.x, "element_line")
  expect_s3_class(theme_paper("xy")$panel.grid.major.y, "element_line")
  expect_equal(theme_paper()$text$family, "Inter")
})

test_that("numbers are written with a true minus sign and thousands apart", {
  expect_equal(show_number(c(-1234567, 0, 12.345, NA), 0), c("\u22121,234,567", "0", "12", ""))
  expect_equal(show_percent(c(0.152, -0.04, 0), 1, sign = TRUE), c("+15.2\u2009%", "\u22124.0\u2009%", "0.0\u2009%"))
})
