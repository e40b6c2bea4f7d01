--- Reading Quarto's Markdown: one canonical form for both binders.
--
-- `common.read(doc, format)` gives every construct of a chapter one plain shape, whatever way it was
-- written, so that the filters of a format only have to draw it:
--
--   Div.float   {kind, …}      a numbered figure, table or listing; its identifier is the label. Children:
--                              content, then always one Div.float-caption (empty without a caption).
--                              Attributes: kind = fig|tbl|lst, and layout-* as written.
--   Div.subfloat {kind, parent, letter}  a labelled panel of a float, of the same shape
--   Div.callout {kind, collapse, appearance, icon}  children: Div.callout-title, Div.callout-body
--   Div.tabset  {group}        children: Div.tab, each with a Div.tab-title and a Div.tab-body
--   Div.cell                   CodeBlock.cell-code (attribute cell = label) and Div.cell-output
--   Div.layout                 panels side by side (see common.rows)
--   Div.margin, Span.margin    a note for the margin (.column-margin, .aside)
--   Span.equation              one labelled display equation
--   Span.xref   {ref, form, capital}  a cross reference; form = full|number; content = a prefix of the
--                              author's own ("Fig."), if any
--   Span.pagebreak, Div.pagebreak
--
-- A filter beside this file finds it after
-- `package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path`.
--
-- What is not known ends as a line on stderr, "[WARNING] …", and the text stays readable.

local floats = require 'floats'
local references = require 'references'
local report = require 'report'
local shortcodes = require 'shortcodes'

local common = {
  warn = report.warn,
  rows = floats.rows,
  has_layout = floats.has_layout,
  float_kind = floats.kind,
  markdown = floats.markdown,
}

local CALLOUTS = { note = 'Note', tip = 'Tip', warning = 'Warning', important = 'Important', caution = 'Caution' }

-- Classes to which Quarto gives a meaning that the bindery does not give them.
local FOREIGN_CLASSES = {}
for class in ([[panel-input panel-sidebar panel-fill panel-center incremental nonincremental fragment
    column-screen column-screen-inset column-screen-left column-screen-right column-screen-inset-left
    column-screen-inset-right column-screen-inset-shaded column-body column-body-outset-left
    column-page-left column-page-inset-left grid quarto-layout-panel theorem proof
    code-with-filename panel-grid lightbox]]):gmatch('%S+') do
  FOREIGN_CLASSES[class] = true
end

--- Tables that a cell returned as HTML, as pandoc's own blocks (for formats that know no HTML).
function common.parse_html(text)
  text = text:gsub('<style.-</style>', ''):gsub('<script.-</script>', '')
  return pandoc.read(text, 'html-native_divs-native_spans').blocks
end

local read -- the walk over blocks, defined below

-- Callouts, tabsets ------------------------------------------------------------------------------------

local function read_callout(div, kind)
  local title = div.attributes.title and common.markdown(div.attributes.title)
  local content = pandoc.List(div.content)
  if not title and content[1] and content[1].t == 'Header' then title = content:remove(1).content end
  local known = CALLOUTS[kind]
  if not known then
    common.warn('unknown callout .callout-' .. kind)
    known, kind = kind, 'note'
  end
  local out = pandoc.Div({
    pandoc.Div({ pandoc.Plain(title or { pandoc.Str(known) }) }, pandoc.Attr('', { 'callout-title' })),
    pandoc.Div(read(content), pandoc.Attr('', { 'callout-body' })),
  }, pandoc.Attr(div.identifier, { 'callout' }))
  out.attributes.kind = kind
  for _, key in ipairs { 'collapse', 'appearance', 'icon' } do out.attributes[key] = div.attributes[key] end
  return out
end

local function read_tabset(div)
  local level
  for _, block in ipairs(div.content) do
    if block.t == 'Header' then level = math.min(level or 9, block.level) end
  end
  local out, tab = pandoc.Div({}, pandoc.Attr(div.identifier, { 'tabset' })), nil
  out.attributes.group = div.attributes.group
  for _, block in ipairs(div.content) do
    if block.t == 'Header' and block.level == level then
      tab = pandoc.Div({
        pandoc.Div({ pandoc.Plain(block.content) }, pandoc.Attr('', { 'tab-title' })),
        pandoc.Div({}, pandoc.Attr('', { 'tab-body' })),
      }, pandoc.Attr(block.identifier, { 'tab' }))
      out.content:insert(tab)
    elseif tab then
      tab.content[2].content:insert(block)
    else
      common.warn('text before the first heading of a .panel-tabset is left out')
    end
  end
  for _, each in ipairs(out.content) do each.content[2].content = read(each.content[2].content) end
  return out
end

-- Conditions -------------------------------------------------------------------------------------------

local function matches(format, wanted)
  return wanted == format or (format == 'html' and (wanted == 'html5' or wanted == 'html:js'))
end

--- Whether `.content-visible`/`.content-hidden` shows its content in this format; nil if it is neither.
local function condition(element, format)
  local visible = element.classes:includes('content-visible')
  if not visible and not element.classes:includes('content-hidden') then return nil end
  local holds = true
  for key, value in pairs(element.attributes) do
    if key == 'when-format' then
      holds = holds and matches(format, value)
    elseif key == 'unless-format' then
      holds = holds and not matches(format, value)
    elseif key:match('^when%-') or key:match('^unless%-') then
      common.warn('condition ' .. key .. '="' .. value .. '" is not known; the text is shown')
      return true
    end
  end
  if visible then return holds end
  return not holds
end

-- The walk -----------------------------------------------------------------------------------------------

local function check_classes(div)
  for _, class in ipairs(div.classes) do
    if FOREIGN_CLASSES[class] or class:match('^g%-col%-') then
      common.warn('class .' .. class .. ' has no meaning here: "' .. pandoc.utils.stringify(div):sub(1, 40) .. '"')
    end
  end
end

local function read_div(div)
  if div.classes:includes('cell') then
    check_classes(div)
    local cell = floats.read_cell(div, read)
    if div.classes:includes('column-margin') then return pandoc.Div({ cell }, pandoc.Attr('', { 'margin' })), false end
    return cell, false
  end
  for _, class in ipairs(div.classes) do
    local kind = class:match('^callout%-(%w+)$')
    if kind then return read_callout(div, kind), false end
  end
  if div.classes:includes('panel-tabset') then return read_tabset(div), false end
  if div.classes:includes('hidden') then return {}, false end
  if div.classes:includes('column-margin') or div.classes:includes('aside') then
    return pandoc.Div(read(div.content), pandoc.Attr(div.identifier, { 'margin' })), false
  end
  check_classes(div)
  if common.float_kind(div.identifier) and not div.classes:includes('float') and not div.classes:includes('subfloat') then
    return floats.read_div(div, read)
  end
  if common.has_layout(div.attributes) and not div.classes:includes('float') and not div.classes:includes('subfloat') then
    div.classes:insert('layout')
  end
end

local function read_paragraph(para)
  if #para.content == 1 and para.content[1].t == 'Span' and para.content[1].classes:includes('pagebreak') then
    return pandoc.Div({}, pandoc.Attr('', { 'pagebreak' }))
  end
  if floats.is_image_paragraph(para) then return floats.set_alt(para) end
end

read = function(blocks)
  return pandoc.Blocks(blocks):walk {
    traverse = 'topdown',
    Div = read_div,
    Figure = floats.read_figure,
    Table = floats.read_table,
    CodeBlock = floats.read_code,
    Para = read_paragraph,
  }
end

local function read_span(span, format)
  local shown = condition(span, format)
  if shown == false then return {} end
  if shown then return span.content end
  if span.classes:includes('hidden') then return {} end
  if span.classes:includes('aside') or span.classes:includes('column-margin') then
    return pandoc.Span(span.content, pandoc.Attr(span.identifier, { 'margin' }))
  end
end

-- The door ---------------------------------------------------------------------------------------------------

--- Give a chapter its canonical form.
-- @param doc     the chapter; metadata `bindery.project` and `bindery.variables` answer `meta` and `var`
-- @param format  "html" or "typst"
function common.read(doc, format)
  local own = doc.meta.bindery or {}
  local env = { meta = doc.meta, project = own.project or {}, variables = own.variables or {}, warn = common.warn }
  doc = doc:walk {
    traverse = 'topdown',
    Div = function(div)
      local shown = condition(div, format)
      if shown == false then return {}, false end
      if shown then return div.content end
    end,
    Span = function(span) return read_span(span, format) end,
    Inlines = function(list)
      local expanded = shortcodes.expand(list, env)
      return references.equations(expanded or list) or expanded
    end,
  }
  doc.blocks = read(doc.blocks)
  doc.meta.bindery = nil
  return doc:walk { Cite = references.read }
end

--- Take the chapter's title out: from the front matter, or from its first heading of level one.
-- @return title (Inlines), identifier, whether it is numbered
function common.take_title(doc)
  local first = doc.blocks:find_if(function(b) return b.t == 'Header' end)
  local title = doc.meta.title and pandoc.utils.type(doc.meta.title) == 'Inlines' and doc.meta.title
  if first and first.level == 1 and not title then
    local _, at = doc.blocks:find_if(function(b) return b == first end)
    doc.blocks:remove(at)
    return first.content, first.identifier, not first.classes:includes('unnumbered')
  end
  return title or pandoc.Inlines {}, '', true
end

return common
