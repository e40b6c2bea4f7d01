--- What pdf.py tells the filter: JSON in a file, so that paths are never read as Markdown.
--
--   root, folder, frozen  absolute folders: of the project, of the chapter, of the chapter's freeze
--   path, stem            "chapters/rfm.qmd", "rfm"
--   title, number         from _quarto.yml; empty if the chapter brings its own title, has no number
--   level, depth          level of the chapter's heading; levels of headings in the contents
--   sections              whether sections are numbered
--   citations             { key = true } of the bibliographies

local settings = {}

--- Read the file that the metadata `bindery-settings` names into this table.
function settings.load(meta)
  local file = assert(io.open(pandoc.utils.stringify(meta['bindery-settings']), 'r'))
  for key, value in pairs(pandoc.json.decode(file:read('a'), false)) do
    -- JSON's numbers come as floats, and Typst counts with whole ones only
    settings[key] = type(value) == 'number' and math.tointeger(value) or value
  end
  file:close()
end

return settings
