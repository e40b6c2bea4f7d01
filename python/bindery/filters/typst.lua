--- Draw a chapter in canonical form (common.lua) with the functions of templates/book.typ.
--
-- It goes over the chapter four times: what stands as a block of its own, the order of headings, words, blocks.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path

local common = require 'common'
local picture = require 'typst_pictures'
local settings = require 'typst_settings'
local tables = require 'typst_tables'
local typst = require 'typst_text'

-- Places ---------------------------------------------------------------------------------------------------

local GLOBAL = { fig = true, tbl = true, lst = true, sec = true, eq = true }

--- Labels of cross references are the book's; any other id is the chapter's own ("limits" may be in each).
local function place(id, path)
  if GLOBAL[id:match('^(%a+)%-.') or ''] then return id end
  return (path or settings.path) .. ':' .. id
end

-- First pass: what stands as a block of its own -----------------------------------------------------------------

local function only_pictures(block)
  local images = pandoc.List {}
  for _, item in ipairs(block.content) do
    if item.t == 'Image' then
      images:insert(item)
    elseif item.t ~= 'Space' and item.t ~= 'SoftBreak' then
      return nil
    end
  end
  return #images > 0 and images or nil
end

local function pictures(block)
  local images = only_pictures(block)
  return images and images:map(function(image) return typst.block('#book.' .. picture.call(image, 'picture')) end)
end

local function html(block)
  if block.format == 'typst' then return nil end
  if not block.format:match('^html') then return {} end
  if block.text:find('<table', 1, true) then return common.parse_html(block.text) end
  if block.text:gsub('<!%-%-.-%-%->', ''):match('%S') then
    common.warn('HTML that is no table is left out of the PDF: ' .. block.text:gsub('%s+', ' '):sub(1, 60))
  end
  return {}
end

local function code(block)
  block.text = block.text:gsub('\27%[[%d;]*m', '')
  if block.text:match('^%s*%%%%R') then block.classes = block.classes:map(function(c) return c == 'python' and 'r' or c end) end
  block.attributes = {}
  return block
end

--- Notes inside a sentence go before its paragraph: only a block can stand in the margin.
local function lift_notes(para)
  local notes = pandoc.Blocks {}
  local rest = para:walk {
    Span = function(span)
      if span.classes:includes('margin') then
        notes:insert(pandoc.Div({ pandoc.Plain(span.content) }, pandoc.Attr('', { 'margin' })))
        return {}
      end
    end,
  }
  if #notes == 0 then return nil end
  notes:insert(rest)
  return notes
end

-- Second pass: levels of headings in order, tabs one after the other ---------------------------------------------

local depth = 1

local function arrange(blocks)
  local out = pandoc.Blocks {}
  for _, block in ipairs(blocks) do
    if block.t == 'Header' then
      -- tagged PDF allows no gap between levels
      block.level = math.max(2, math.min(block.level, depth + 1))
      depth = block.level
      out:insert(block)
    elseif block.t == 'Div' and block.classes:includes('tabset') then
      for _, tab in ipairs(block.content) do
        local title = pandoc.Div(tab.content[1].content, pandoc.Attr('', { 'tab-heading' }))
        title.attributes.level = tostring(depth + 1)
        out:insert(title)
        out:extend(arrange(tab.content[2].content))
      end
    else
      if block.t == 'Div' then block.content = arrange(block.content) end
      out:insert(block)
    end
  end
  return out
end

-- Third pass: words ------------------------------------------------------------------------------------------------

local inline = {}

--- What is read out in place of a formula: its TeX.
local function tex(math) return (math.text:gsub('%s+', ' '):gsub('^ ', ''):gsub(' $', '')) end

function inline.Math(math)
  return typst.enclose('#book.formula(' .. typst.string(tex(math)) .. ')[', { math })
end

function inline.Image(image) return typst.inline('#book.' .. picture.call(image, 'glyph') .. ';') end

function inline.RawInline(raw)
  if raw.format == 'typst' then return nil end
  if raw.format:match('^html') and raw.text:match('^<br%s*/?>$') then return pandoc.LineBreak() end
  return {}
end

function inline.Link(link)
  local target = link.target
  local chapter, fragment = target:match('^([^#:]*%.qmd)#?(.*)$')
  if target:match('^#') then
    return typst.enclose('#book.jump(' .. typst.string(place(target:sub(2))) .. ')[', link.content)
  elseif chapter then
    local path = chapter:match('^/') and chapter:sub(2)
      or pandoc.path.normalize(pandoc.path.join { pandoc.path.directory(settings.path), chapter })
    while path:match('[^/.]+/%.%./') do path = path:gsub('[^/.]+/%.%./', '', 1) end
    path = path:gsub('^%./', '')
    local id = fragment ~= '' and place(fragment, path) or 'chapter:' .. path
    return typst.enclose('#book.jump(' .. typst.string(id) .. ')[', link.content)
  elseif not target:match('^%a[%w+.-]*:') then
    -- a file beside the site: there is nothing to follow in the PDF
    return link.content
  end
end

function inline.Cite(cite)
  local out = pandoc.Inlines {}
  for i, citation in ipairs(cite.citations) do
    if i > 1 then out:insert(pandoc.Space()) end
    if #citation.prefix > 0 then
      out:extend(citation.prefix)
      out:insert(pandoc.Space())
      citation.prefix = {}
    end
    if settings.citations[citation.id] then
      out:insert(pandoc.Cite({ pandoc.Str('@' .. citation.id) }, { citation }))
    else
      common.warn('citation of a work that no bibliography holds: @' .. citation.id)
      out:insert(pandoc.Strong { pandoc.Str('?' .. citation.id) })
    end
  end
  return out
end

function inline.Span(span)
  local classes = span.classes
  if classes:includes('xref') then
    local arguments = { typst.string(span.attributes.ref) }
    if #span.content > 0 then
      arguments[2] = 'prefix: ' .. typst.content(span.content)
    elseif span.attributes.form == 'number' then
      arguments[2] = 'bare: true'
    end
    return typst.inline('#book.xref(' .. table.concat(arguments, ', ') .. ');')
  elseif classes:includes('equation') then
    -- the formula inside is already wrapped: wrap it again, as a numbered one
    local inner = span.content:filter(function(x) return x.t == 'Math' end)
    local alt = typst.string(tex(inner[1]))
    inner:insert(typst.inline('#label(' .. typst.string(span.identifier) .. ')'))
    return typst.enclose('#book.equation(' .. alt .. ')[', inner)
  elseif classes:includes('agreement') then
    return typst.enclose('#book.agreement(' .. (classes:includes('disagreement') and 'holds: false' or '') .. ')[', span.content)
  elseif classes:includes('pagebreak') then
    return typst.inline('#pagebreak(weak: true);')
  elseif span.identifier ~= '' then
    span.content:insert(1, typst.inline('#book.anchor(' .. typst.string(place(span.identifier)) .. ');'))
    span.identifier = ''
    return span.content
  end
end

-- Fourth pass: blocks, from the inside out -------------------------------------------------------------------------

--- Take the spans of some classes out of blocks: { class = "[…]" }.
local function take_spans(blocks, classes)
  local found = {}
  local rest = pandoc.Blocks(blocks):walk {
    Span = function(span)
      for _, class in ipairs(classes) do
        if span.classes:includes(class) and not found[class] then
          found[class] = typst.content({ pandoc.Plain(span.content) })
          return {}
        end
      end
    end,
  }
  rest = rest:filter(function(block)
    return not ((block.t == 'Para' or block.t == 'Plain') and pandoc.utils.stringify(block):match('^%s*$')
      and not block.content:find_if(function(x) return x.t == 'RawInline' end))
  end)
  return found, rest
end

local function arguments(found, names)
  local out = {}
  for class, name in pairs(names) do
    if found[class] then out[#out + 1] = name .. ': ' .. found[class] end
  end
  table.sort(out)
  return table.concat(out, ', ')
end

local function caption_of(div)
  local last = div.content[#div.content]
  local rest = pandoc.Blocks(div.content)
  rest:remove(#rest)
  return #last.content > 0 and typst.content(last.content) or 'none', rest
end

--- A figure without a picture (words that a cell printed, a picture that is missing) is read out as its caption.
local function alt_of(div, content)
  local found = div.attributes.kind ~= 'fig'
  pandoc.Blocks(content):walk { RawBlock = function(raw) found = found or raw.text:match('^#book%.picture') ~= nil end }
  if found then return '' end
  local words = pandoc.utils.stringify(div.content[#div.content])
  return ', alt: ' .. typst.string(words ~= '' and words or div.identifier)
end

local function is_panel(block) return block.t == 'Div' and block.classes:includes('subfloat') end

local function panels(blocks, attributes)
  local rows = pandoc.List(common.rows(attributes, #blocks)):map(function(row)
    return '(' .. table.concat(pandoc.List(row):map(function(x) return ('%.4f'):format(x) end), ', ') .. ',)'
  end)
  local out = pandoc.Blocks { typst.block('#book.panels((' .. table.concat(rows, ', ') .. ',),') }
  for _, block in ipairs(blocks) do
    out:extend(typst.wrap('[', { block }, '],'))
  end
  out:insert(typst.block(')'))
  return out
end

local draw = {}

function draw.float(div)
  local caption, content = caption_of(div)
  if common.has_layout(div.attributes) or content:find_if(is_panel) then content = panels(content, div.attributes) end
  local wide = div.classes:includes('wide') or div.classes:find_if(function(c) return c:match('^column%-page') end)
  return typst.wrap(('#book.float("%s", %s, caption: %s, wide: %s%s)['):format(div.attributes.kind,
    typst.string(div.identifier), caption, wide and 'true' or 'false', alt_of(div, content)), content)
end

function draw.subfloat(div)
  local caption, content = caption_of(div)
  return typst.wrap(('#book.subfloat(%s, "%s", caption: %s%s)['):format(typst.string(div.identifier),
    div.attributes.letter, caption, alt_of(div, content)), content)
end

function draw.callout(div)
  return typst.wrap(('#book.callout("%s", %s)['):format(div.attributes.kind, typst.content(div.content[1].content)),
    div.content[2].content)
end

draw['tab-heading'] = function(div)
  local level = settings.level + tonumber(div.attributes.level) - 1
  return { typst.block('#book.tab-title(' .. level .. ')' .. typst.content(div.content)) }
end

function draw.cell(div)
  if not common.has_layout(div.attributes) then return div.content end
  local shown, rest = pandoc.Blocks {}, pandoc.Blocks {}
  for _, block in ipairs(div.content) do (block.t == 'CodeBlock' and shown or rest):insert(block) end
  if #rest > 0 then shown:extend(panels(rest, div.attributes)) end
  return shown
end

draw['cell-output'] = function(div)
  if div.content:find_if(function(x) return x.t == 'CodeBlock' end) then return typst.wrap('#book.output[', div.content) end
  return div.content
end

function draw.layout(div) return panels(div.content, div.attributes) end

function draw.columns(div)
  local shares = pandoc.List {}
  for _, column in ipairs(div.content) do
    shares:insert(tonumber(((column.attributes or {}).width or ''):match('^([%d.]+)%%$') or 100 / #div.content))
  end
  return panels(div.content, { layout = '[' .. table.concat(shares, ',') .. ']' })
end

function draw.margin(div) return typst.wrap('#book.aside[', div.content) end

function draw.answer(div)
  local found, rest = take_spans(div.content, { 'answer-number', 'answer-label' })
  local given = arguments(found, { ['answer-number'] = 'number', ['answer-label'] = 'note' })
  return typst.wrap('#book.answer(' .. given .. ')[', rest)
end

function draw.tile(div)
  local found, rest = take_spans(div.content, { 'tile-number', 'tile-label', 'tile-note' })
  return typst.wrap('#book.tile(' .. arguments(found, {
    ['tile-number'] = 'number', ['tile-label'] = 'name', ['tile-note'] = 'note',
  }) .. ')[', rest)
end

function draw.tiles(div)
  local out = pandoc.Blocks { typst.block('#book.tiles(') }
  for _, block in ipairs(div.content) do out:extend(typst.wrap('[', { block }, '],')) end
  out:insert(typst.block(')'))
  return out
end

function draw.pagebreak() return { typst.block('#pagebreak(weak: true)') } end

--- Classes in the order in which they decide how a div is drawn.
local ORDER = { 'float', 'subfloat', 'callout', 'tab-heading', 'cell-output', 'cell', 'layout', 'columns', 'margin', 'answer',
  'tile', 'tiles', 'pagebreak' }

local block = {}

--- A div stays a div until the one around it has counted its parts; `unwrap` opens them all at the end.
function block.Div(div)
  for _, class in ipairs(ORDER) do
    if div.classes:includes(class) then
      div.content = draw[class](div)
      return div
    end
  end
  if div.identifier ~= '' then
    div.content:insert(1, typst.block('#book.anchor(' .. typst.string(place(div.identifier)) .. ')'))
    return div
  end
end

function block.Header(header)
  local arguments = { 'level: ' .. (settings.level + header.level - 1) }
  if header.classes:includes('unnumbered') then arguments[2] = 'numbering: none' end
  local label = header.identifier ~= '' and '#label(' .. typst.string(place(header.identifier)) .. ')' or ''
  return typst.block('#heading(' .. table.concat(arguments, ', ') .. ')' .. typst.content({ pandoc.Plain(header.content) }) .. label)
end

block.Table = tables.draw

function block.Figure(figure)
  local caption = pandoc.utils.blocks_to_inlines(figure.caption.long)
  local text = #caption > 0 and typst.content({ pandoc.Plain(caption) }) or 'none'
  return typst.wrap('#book.plain-figure(caption: ' .. text .. ')[', figure.content)
end

-- The door ---------------------------------------------------------------------------------------------------------

local function unwrap(div) return div.content end

local function opening(doc)
  local title, id, numbered = common.take_title(doc)
  local arguments = { 'level: ' .. settings.level, 'depth: ' .. settings.depth, 'path: ' .. typst.string(settings.path) }
  if settings.title ~= '' then title = pandoc.Inlines { pandoc.Str(settings.title) } end
  if settings.number ~= '' and numbered then arguments[#arguments + 1] = 'number: ' .. typst.string(settings.number) end
  if not settings.sections then arguments[#arguments + 1] = 'sections: false' end
  if id ~= '' then arguments[#arguments + 1] = 'id: ' .. typst.string(place(id)) end
  local function words(inlines)
    local drawn = pandoc.Blocks({ pandoc.Plain(inlines) }):walk(inline)
    return typst.content(drawn)
  end
  arguments[#arguments + 1] = 'title: ' .. words(title)
  local subtitle = doc.meta.subtitle
  if subtitle and pandoc.utils.type(subtitle) == 'Inlines' and #subtitle > 0 then
    arguments[#arguments + 1] = 'subtitle: ' .. words(subtitle)
  end
  return typst.block('#import "/bindery/book.typ"\n#import "/bindery/book.typ": horizontalrule\n#show: book.chapter.with('
    .. table.concat(arguments, ', ') .. ')\n#book.anchor(' .. typst.string('chapter:' .. settings.path) .. ')')
end

function Pandoc(doc)
  settings.load(doc.meta)
  doc = common.read(doc, 'typst')
  local head = opening(doc)
  doc.blocks = arrange(doc.blocks:walk { RawBlock = html, CodeBlock = code, Para = lift_notes })
  doc.blocks = doc.blocks:walk { Para = pictures, Plain = pictures }:walk(inline):walk(block):walk { Div = unwrap }
  doc.blocks:insert(1, head)
  return pandoc.Pandoc(doc.blocks)
end
