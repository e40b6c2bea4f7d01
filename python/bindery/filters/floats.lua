--- Numbered figures, tables and listings, in whatever way a chapter writes them.
--
-- A label `fig-…`, `tbl-…` or `lst-…` may sit on a cell, a div, a picture, a table or a code block; all
-- become the Div.float that common.lua describes.

local report = require 'report'

local floats = {}

local FLOATS = { fig = true, tbl = true, lst = true }

-- Attributes of figures and tables that Quarto honours and the bindery does not.
local FOREIGN_ATTRIBUTES = { 'cap-location', 'fig-cap-location', 'tbl-cap-location', 'fig-align', 'fig-pos',
  'tbl-pos', 'filename', 'code-line-numbers', 'layout-valign', 'layout-align' }

--- The kind ("fig", "tbl", "lst") of a label that numbers a float, or nil.
function floats.kind(id)
  local kind = id and id:match('^(%a+)%-.')
  return FLOATS[kind] and kind or nil
end

--- Inlines of a piece of Markdown, as captions in attributes are written.
function floats.markdown(text)
  return pandoc.utils.blocks_to_inlines(pandoc.read(text, 'markdown').blocks)
end

--- The rows of a panel layout: for n panels, a list of rows, each a list of widths (shares of the line).
-- A negative width in `layout` is a gap and is returned as it is.
function floats.rows(attributes, n)
  local rows, left = {}, n
  local spec = attributes['layout']
  if spec then
    local ok, parsed = pcall(pandoc.json.decode, spec, false)
    if ok and type(parsed) == 'table' then
      if type(parsed[1]) ~= 'table' then parsed = { parsed } end
      for _, row in ipairs(parsed) do
        local sum, widths = 0, {}
        for _, width in ipairs(row) do sum = sum + math.abs(width) end
        for i, width in ipairs(row) do
          widths[i] = width / sum
          if width > 0 then left = left - 1 end
        end
        rows[#rows + 1] = widths
      end
    else
      report.warn('layout="' .. spec .. '" is not a list of rows')
    end
  end
  local columns = tonumber(attributes['layout-ncol'])
  local nrow = tonumber(attributes['layout-nrow'])
  if not columns then columns = nrow and math.ceil(n / nrow) or 1 end
  while left > 0 do
    local widths = {}
    for i = 1, math.min(columns, left) do widths[i] = 1 / columns end
    rows[#rows + 1] = widths
    left = left - #widths
  end
  return rows
end

function floats.has_layout(attributes)
  return attributes['layout'] or attributes['layout-ncol'] or attributes['layout-nrow']
end

function floats.is_image_paragraph(block)
  if block.t ~= 'Para' and block.t ~= 'Plain' then return false end
  local images = 0
  for _, item in ipairs(block.content) do
    if item.t == 'Image' or (item.t == 'Link' and #item.content == 1 and item.content[1].t == 'Image') then
      images = images + 1
    elseif item.t ~= 'Space' and item.t ~= 'SoftBreak' then
      return false
    end
  end
  return images > 0
end

--- Text for people who do not see the picture: `fig-alt`, else what the caption says.
function floats.set_alt(block)
  return block:walk {
    Image = function(image)
      local alt = image.attributes['fig-alt'] or image.attributes['alt']
      if alt then
        image.attributes['fig-alt'], image.attributes['alt'] = nil, nil
        image.caption = pandoc.Inlines { pandoc.Str(alt) }
      end
      return image
    end,
  }
end

local function make_float(class, id, content, caption, source)
  local div = pandoc.Div(content, pandoc.Attr(id, { class }))
  div.attributes.kind = floats.kind(id)
  if source then
    for _, name in ipairs(source.classes) do
      if name ~= 'cell' and not name:match('^cell%-') then div.classes:insert(name) end
    end
    for key, value in pairs(source.attributes) do
      if key:match('^layout') then div.attributes[key] = value end
    end
    for _, key in ipairs(FOREIGN_ATTRIBUTES) do
      if source.attributes[key] then report.warn(id .. ': ' .. key .. ' is left out') end
    end
  end
  caption = caption or {}
  local blocks = #caption > 0 and { pandoc.Plain(caption) } or {}
  div.content:insert(pandoc.Div(blocks, pandoc.Attr('', { 'float-caption' })))
  return div
end

--- Take the last paragraph of a labelled div as its caption.
local function take_caption(div)
  local named = div.attributes['fig-cap'] or div.attributes['tbl-cap']
  if named then return floats.markdown(named) end
  local last = div.content[#div.content]
  if last and last.t == 'Para' and not floats.is_image_paragraph(last) and #div.content > 1 then
    div.content:remove()
    return last.content
  end
end

--- Panels of a float in order: unwraps outputs of cells and paragraphs that hold several images.
local function panels(blocks, parent, out)
  out = out or pandoc.List {}
  for _, block in ipairs(blocks) do
    local kind = block.t
    if kind == 'Figure' and floats.kind(block.identifier) then
      out:insert(make_float('subfloat', block.identifier, floats.set_alt(pandoc.Div(block.content)).content,
        pandoc.utils.blocks_to_inlines(block.caption.long), block))
    elseif kind == 'Div' and floats.kind(block.identifier) then
      local caption = take_caption(block)
      out:insert(make_float('subfloat', block.identifier, floats.set_alt(pandoc.Div(block.content)).content, caption, block))
    elseif kind == 'Div' and block.classes:includes('cell-output') then
      panels(block.content, parent, out)
    elseif floats.is_image_paragraph(block) and block.content:find_if(function(x) return x.t == 'Image' and floats.kind(x.identifier) end) then
      for _, image in ipairs(block.content) do
        if image.t == 'Image' then
          local id = image.identifier
          image.identifier = ''
          local plain = floats.set_alt(pandoc.Plain { image })
          out:insert(floats.kind(id) and make_float('subfloat', id, { plain }, nil, image) or plain)
        end
      end
    else
      out:insert(floats.set_alt(block))
    end
  end
  local letter = 0
  for _, block in ipairs(out) do
    if block.t == 'Div' and block.classes:includes('subfloat') then
      letter = letter + 1
      block.attributes.parent = parent
      block.attributes.letter = string.char(96 + (letter - 1) % 26 + 1)
    end
  end
  return out
end

--- Panels of a table cell with `tbl-subcap`: one per output.
local function table_panels(outputs, id, captions)
  local ok, list = pcall(pandoc.json.decode, captions, false)
  if not ok or type(list) ~= 'table' then list = { captions } end
  local out = pandoc.List {}
  for i, block in ipairs(outputs) do
    local panel = make_float('subfloat', id .. '-' .. i, { block }, list[i] and floats.markdown(list[i]), nil)
    panel.attributes.parent, panel.attributes.letter = id, string.char(96 + i)
    out:insert(panel)
  end
  return out
end

--- A div with a label of its own: `::: {#fig-x layout-ncol=2}`.
function floats.read_div(div, read)
  local caption = take_caption(div)
  return make_float('float', div.identifier, read(panels(div.content, div.identifier)), caption, div), false
end

local function is_code(block) return block.t == 'CodeBlock' and block.classes:includes('cell-code') end

--- The label a cell has in the .qmd; Quarto writes `cell-fig-x` around a figure, and random ids without one.
local function cell_label(div)
  local id = div.identifier:gsub('^cell%-', '')
  if id == '' or (#id == 8 and id:match('^%x+$')) then return nil end
  return id
end

--- A cell: its code first, then its outputs, or the float they make.
-- @param read  the walk over blocks (common.lua), for what stands inside
function floats.read_cell(div, read)
  local label = cell_label(div)
  local code, rest = pandoc.List {}, pandoc.List {}
  for _, block in ipairs(div.content) do
    if is_code(block) then
      if label then block.attributes.cell = label end
      code:insert(block)
    else
      rest:insert(block)
    end
  end
  local float = floats.kind(div.identifier)
  if float then
    local id = div.identifier
    local inner = pandoc.Div(rest, div.attr)
    local caption = take_caption(inner)
    if div.attributes['tbl-subcap'] then
      rest = table_panels(inner.content, id, div.attributes['tbl-subcap'])
    else
      rest = panels(inner.content, id)
    end
    rest = pandoc.List { make_float('float', id, read(rest), caption, div) }
  else
    rest = read(rest)
    -- what the cell asks for (`classes: wide`) is meant for its figure
    for _, class in ipairs(div.classes) do
      if class ~= 'cell' then
        rest = rest:walk { Div = function(d)
          if d.classes:includes('float') then d.classes:insert(class) return d end
        end }
      end
    end
  end
  code:extend(rest)
  local cell = pandoc.Div(code, pandoc.Attr(float and '' or div.identifier, div.classes))
  for key, value in pairs(div.attributes) do
    if floats.has_layout { [key] = value } and not float then cell.attributes[key] = value end
  end
  if label == nil then cell.identifier = '' end
  return cell
end

--- A picture that pandoc read as a figure.
function floats.read_figure(figure)
  local id = figure.identifier
  if not floats.kind(id) then return floats.set_alt(figure) end
  -- a class on the image (`.wide`, `.column-page`) is meant for the figure
  local image
  figure:walk { Image = function(x) image = x end }
  return make_float('float', id, floats.set_alt(pandoc.Div(figure.content)).content,
    pandoc.utils.blocks_to_inlines(figure.caption.long), image or figure), false
end

local function column_widths(tbl)
  local spec = tbl.attributes['tbl-colwidths']
  if not spec then return end
  tbl.attributes['tbl-colwidths'] = nil
  local ok, widths = pcall(pandoc.json.decode, spec, false)
  if not ok or type(widths) ~= 'table' then return end
  local sum = 0
  for _, width in ipairs(widths) do sum = sum + width end
  for i, column in ipairs(tbl.colspecs) do
    tbl.colspecs[i] = { column[1], widths[i] and widths[i] / math.max(sum, 100) or nil }
  end
end

function floats.read_table(tbl)
  column_widths(tbl)
  local id = tbl.identifier
  if not floats.kind(id) then return tbl end
  local caption = pandoc.utils.blocks_to_inlines(tbl.caption.long)
  tbl.identifier, tbl.caption = '', { long = {} }
  return make_float('float', id, { tbl }, caption, tbl), false
end

--- A code block with `lst-cap`.
function floats.read_code(block)
  if floats.kind(block.identifier) == 'lst' and block.attributes['lst-cap'] then
    local id, caption = block.identifier, floats.markdown(block.attributes['lst-cap'])
    block.identifier, block.attributes['lst-cap'] = '', nil
    return make_float('float', id, { block }, caption, nil), false
  end
end

return floats
