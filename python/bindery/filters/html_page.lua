--- What the drawing of one page shares: its settings, its numbers, the labels it gives, and small tools.

local raw = require 'raw_html'

local page = {
  settings = {},       -- what Python says about this chapter, see pages.py
  labels = pandoc.List {},
  headings = pandoc.List {},
  files = pandoc.List {},
  draw = nil,          -- blocks → blocks of HTML; set by html.lua
}

local seen, counts = {}, {}

page.escape = raw.escape

function page.html(text) return pandoc.RawBlock('html', text) end
function page.inline(text) return pandoc.RawInline('html', text) end

--- A setting as text, whatever pandoc made of it.
function page.text_of(value, default)
  if value == nil then return default end
  if type(value) == 'boolean' then return tostring(value) end
  return pandoc.utils.stringify(value)
end

--- Inlines as a piece of HTML.
function page.to_html(inlines)
  local options = pandoc.WriterOptions { html_math_method = 'mathml' }
  return (pandoc.write(pandoc.Pandoc { pandoc.Plain(inlines) }, 'html5', options):gsub('%s+$', ''))
end

--- The next number of a kind: "1.3" within a numbered chapter, "3" in one without a number.
function page.next_number(kind)
  counts[kind] = (counts[kind] or 0) + 1
  local chapter = page.settings.number
  return chapter and (chapter .. '.' .. counts[kind]) or tostring(counts[kind])
end

--- An id no other element of the page has.
function page.unique(id)
  seen[id] = (seen[id] or 0) + 1
  return seen[id] == 1 and id or id .. '-' .. seen[id]
end

--- Tell Python of a label.
function page.add_label(id, kind, number, extra)
  if id == '' then return end
  for _, known in ipairs(page.labels) do
    -- Quarto gives the outputs of one cell the same label when the captions are a list: the first counts
    if known.id == id then return end
  end
  local label = extra or {}
  label.id, label.kind, label.number = id, kind, number
  page.labels:insert(label)
end

return page
