--- Draws a chapter for the site: canonical form (common.lua) → HTML, with numbers and labels.
--
-- References stay as tokens, because their targets may stand in another chapter: a link to `#xref:<label>`
-- around the token U+E000 form ":" label U+E001. Python resolves them when every chapter has told its labels, which
-- it does in a comment `<!--bindery {json}-->`.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path

local common = require 'common'
local boxes = require 'html_boxes'
local floats = require 'html_floats'
local page = require 'html_page'
local raw = require 'raw_html'

local escape, html, inline, to_html, text_of = page.escape, page.html, page.inline, page.to_html, page.text_of
local sections, citations = {}, 0

-- Headings --------------------------------------------------------------------------------------------------

local function draw_header(header)
  local id = page.unique(header.identifier)
  local level, numbered = header.level, page.settings.sections and not header.classes:includes('unnumbered')
  if level == 1 then common.warn('a second heading of level one: ' .. pandoc.utils.stringify(header.content)) end
  local number
  if numbered and page.settings.number and level > 1 then
    local depth = level - 1
    for i = 1, depth do sections[i] = sections[i] or 0 end
    sections[depth] = sections[depth] + 1
    for i = depth + 1, #sections do sections[i] = nil end
    number = page.settings.number .. '.' .. table.concat(sections, '.', 1, depth)
  end
  local title = to_html(header.content)
  page.add_label(id, 'sec', number, { title = pandoc.utils.stringify(header.content) })
  page.headings:insert { level = level, id = id, number = number, title = title }
  local tag = 'h' .. math.min(level, 6)
  local before = number and '<span class="section-number">' .. number .. '</span> ' or ''
  local out = pandoc.Inlines(header.content)
  out = page.draw(pandoc.Blocks { pandoc.Plain(out) })[1].content
  out:insert(1, inline('<' .. tag .. ' id="' .. escape(id) .. '">' .. before))
  out:insert(inline(' <a class="anchor" href="#' .. escape(id) .. '" aria-label="Link to this section"></a></' .. tag .. '>'))
  return pandoc.Plain(out)
end

-- Pictures and links ------------------------------------------------------------------------------------------

local function is_remote(target) return target:match('^%a[%w+.-]+:') or target:match('^//') end

local function draw_image(image)
  if image.src:match('^data:image/') then return nil end
  if is_remote(image.src) then
    common.warn('a picture from the network is left out: ' .. image.src)
    return pandoc.Link(#image.caption > 0 and image.caption or { pandoc.Str(image.src) }, image.src)
  end
  page.files:insert(image.src)
  if image.src:sub(1, 1) == '/' then image.src = page.settings.root .. image.src:sub(2) end
  image.attributes.decoding = 'async'
  return image
end

local function draw_link(link)
  local target = link.target
  if target:match('^%s*[Jj]ava[Ss]cript:') or target:match('^%s*data:') then
    common.warn('a link that runs a script is left out: ' .. target:sub(1, 40))
    return pandoc.Span(link.content)
  end
  if is_remote(target) or target:sub(1, 1) == '#' then return nil end
  if target:sub(1, 1) == '/' then target = page.settings.root .. target:sub(2) end
  local path, anchor = target:match('^([^#]*)(#?.*)$')
  if path:match('%.qmd$') then
    path = path:gsub('%.qmd$', '.html')
  elseif path ~= '' then
    page.files:insert(link.target:match('^[^#?]*'))
  end
  link.target = path .. anchor
  return link
end

local function draw_span(span)
  if span.classes:includes('xref') then
    local ref = span.attributes.ref
    local content = span.content
    if #content > 0 then content:insert(pandoc.Str '\u{a0}') end
    content:insert(pandoc.Str('\u{e000}' .. span.attributes.form .. ':' .. ref .. '\u{e001}'))
    return pandoc.Link(content, '#xref:' .. ref, '', pandoc.Attr('', { 'xref' }))
  end
  if span.classes:includes('equation') then
    local number = page.next_number('eq')
    local id = page.unique(span.identifier)
    page.add_label(id, 'eq', number)
    return { inline('<span class="equation" id="' .. escape(id) .. '"><span class="equation-body">'), span.content[1],
      inline('</span><span class="equation-number">(' .. number .. ')</span></span>') }, false
  end
  if span.classes:includes('margin') then
    return pandoc.Span(span.content, pandoc.Attr(span.identifier, { 'margin-note' }, { role = 'note' }))
  end
  if span.classes:includes('pagebreak') then return {}, false end
end

-- The walk ----------------------------------------------------------------------------------------------------

local function wrapped(open, blocks, close)
  local out = pandoc.List { html(open) }
  out:extend(blocks)
  out:insert(html(close))
  return out
end

local function draw_div(div)
  local has = function(class) return div.classes:includes(class) end
  if has('float') then return floats.float(div), false end
  if has('subfloat') then return floats.subfloat(div), false end
  if has('callout') then return boxes.callout(div), false end
  if has('tabset') then return boxes.tabset(div), false end
  if has('pagebreak') then return html('<div class="page-break"></div>'), false end
  if has('margin') then
    return wrapped('<div class="margin-note" role="note">', page.draw(div.content), '</div>'), false
  end
  if has('html-table') then return wrapped('<div class="table-scroll">', div.content, '</div>'), false end
  if common.has_layout(div.attributes) then
    local code, rest = pandoc.List {}, pandoc.List {}
    for _, block in ipairs(div.content) do
      if block.t == 'CodeBlock' then code:insert(block) else rest:insert(block) end
    end
    local out = page.draw(code)
    out:extend(floats.panels(rest, div.attributes))
    return wrapped('<div class="' .. floats.class_list(div) .. '">', out, '</div>'), false
  end
end

local in_line = {
  traverse = 'topdown',
  Image = draw_image,
  Link = draw_link,
  Span = draw_span,
  Cite = function() citations = citations + 1 end,
  Math = function(math)
    if math.mathtype == 'DisplayMath' then
      return { inline('<span class="equation"><span class="equation-body">'), math, inline('</span></span>') }, false
    end
  end,
}

function page.draw(blocks)
  return pandoc.Blocks(blocks):walk {
    traverse = 'topdown',
    Header = function(header) return draw_header(header), false end,
    Div = draw_div,
    Figure = function(figure) return floats.figure(figure), false end,
    CodeBlock = function(block)
      if block.classes:includes('cell-code') then return boxes.code(block), false end
    end,
    Table = function(tbl)
      return wrapped('<div class="table-scroll">', { tbl:walk(in_line) }, '</div>'), false
    end,
    Image = in_line.Image,
    Link = in_line.Link,
    Span = in_line.Span,
    Cite = in_line.Cite,
    Math = in_line.Math,
  }
end

--- JSON that may stand in an HTML comment.
local function comment(value)
  return '<!--bindery ' .. pandoc.json.encode(value):gsub('<', '\\u003c'):gsub('>', '\\u003e'):gsub('%-%-', '-\\u002d') .. '-->'
end

function Pandoc(doc)
  local own = doc.meta.bindery or {}
  page.settings = {
    number = own.number and text_of(own.number) ~= '' and text_of(own.number) or nil,
    sections = own.sections ~= false,
    fold = text_of(own.fold, 'false'),
    summary = text_of(own.summary, 'Code'),
    root = text_of(own.root, ''),
    data = own.data or {},
  }
  doc = common.read(doc, 'html')
  local title, id, numbered = common.take_title(doc)
  if not numbered then page.settings.number = nil end
  if id ~= '' then page.add_label(id, 'chapter', page.settings.number, { title = pandoc.utils.stringify(title) }) end

  local blocks = page.draw(raw.clean(doc.blocks))
  if citations > 0 then
    local anchor = page.unique('references')
    blocks:extend {
      html('<section class="references" aria-labelledby="' .. anchor .. '"><h2 id="' .. anchor .. '">References</h2>'),
      pandoc.Div({}, pandoc.Attr('refs')), html('</section>') }
    page.headings:insert { level = 2, id = anchor, title = 'References' }
  end
  local subtitle = doc.meta.subtitle and pandoc.utils.blocks_to_inlines { pandoc.Plain(doc.meta.subtitle) }
  blocks:insert(html(comment {
    title = to_html(title), title_text = pandoc.utils.stringify(title), id = id, number = page.settings.number,
    subtitle = subtitle and to_html(subtitle) or nil, subtitle_text = subtitle and pandoc.utils.stringify(subtitle) or nil,
    description = doc.meta.description and pandoc.utils.stringify(doc.meta.description) or nil,
    labels = page.labels, headings = page.headings, files = page.files,
  }))
  doc.blocks = blocks
  return doc
end
