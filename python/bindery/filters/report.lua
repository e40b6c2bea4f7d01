--- Warnings of the filters: what a chapter uses and the bindery does not know, each said once.

local report = { warned = {} }

--- Write "[WARNING] text" to stderr, as pandoc itself does; the Python side adds the chapter's name.
function report.warn(text)
  if report.warned[text] then return end
  report.warned[text] = true
  io.stderr:write('[WARNING] ' .. text .. '\n')
end

return report
