--- Draws a chapter for the site: canonical form (common.lua) → HTML, with numbers and labels.
--
-- References stay as tokens, because their targets may stand in another chapter: a link to `#xref:<label>`
-- around the token U+E000 form ":" label U+E001. Python resolves them when every chapter has told its labels, which
-- it does in a comment `<!--bindery {json}-->`.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path

local common = require 'common'
local raw = require 'raw_html'

local NAMES = { fig = 'Figure', tbl = 'Table', lst = 'Listing' }
local LANGUAGES = { python = 'Python', r = 'R', bash = 'Shell', sh = 'Shell', sql = 'SQL', julia = 'Julia', yaml = 'YAML' }
local MAGICS = { R = 'r', bash = 'bash', sh = 'bash', sql = 'sql' }

local settings -- what Python says about this chapter, see html_settings in chapters.py
local counts = { fig = 0, tbl = 0, lst = 0, eq = 0 }
local sections = {}
local labels, headings, files = pandoc.List {}, pandoc.List {}, pandoc.List {}
local seen = {}
local tabs, citations = 0, 0

local escape = raw.escape
local function html(text) return pandoc.RawBlock('html', text) end
local function inline(text) return pandoc.RawInline('html', text) end

local function text_of(value, default)
  if value == nil then return default end
  if type(value) == 'boolean' then return tostring(value) end
  return pandoc.utils.stringify(value)
end

local function to_html(inlines)
  local options = pandoc.WriterOptions { html_math_method = 'mathml' }
  return (pandoc.write(pandoc.Pandoc { pandoc.Plain(inlines) }, 'html5', options):gsub('%s+$', ''))
end

--- "1.3" within a numbered chapter, "3" in one without a number.
local function number_of(n) return settings.number and (settings.number .. '.' .. n) or tostring(n) end

--- An id no other element of the page has.
local function unique(id)
  seen[id] = (seen[id] or 0) + 1
  return seen[id] == 1 and id or id .. '-' .. seen[id]
end

local function add_label(id, kind, number, extra)
  if id == '' then return end
  for _, known in ipairs(labels) do
    -- Quarto gives the outputs of one cell the same label when the captions are a list: the first counts
    if known.id == id then return end
  end
  local label = extra or {}
  label.id, label.kind, label.number = id, kind, number
  labels:insert(label)
end

local draw -- blocks → blocks of HTML, defined below

-- Floats --------------------------------------------------------------------------------------------------

local function class_list(element, ...)
  local out = pandoc.List { ... }
  for _, class in ipairs(element.classes) do
    if class:match('^column%-page') or class:match('^column%-body%-outset') then class = 'wide' end
    if not out:includes(class) then out:insert(class) end
  end
  return escape(table.concat(out, ' '))
end

--- The panels of a layout as a grid, row by row.
local function draw_panels(blocks, attributes)
  local out, i = pandoc.List {}, 1
  local panels = pandoc.List {}
  for _, block in ipairs(blocks) do panels:insert(block) end
  for _, row in ipairs(common.rows(attributes, #panels)) do
    local columns = {}
    for _, width in ipairs(row) do columns[#columns + 1] = string.format('%.4gfr', math.abs(width)) end
    local used = 0
    for _, width in ipairs(row) do used = used + math.abs(width) end
    if used < 0.999 then columns[#columns + 1] = string.format('%.4gfr', 1 - used) end
    out:insert(html('<div class="panels" style="--columns:' .. table.concat(columns, ' ') .. '">'))
    for _, width in ipairs(row) do
      out:insert(html('<div class="panel">'))
      if width > 0 and panels[i] then
        out:extend(draw_content { panels[i] })
        i = i + 1
      end
      out:insert(html('</div>'))
    end
    out:insert(html('</div>'))
  end
  return out
end

local function has_image(blocks)
  local found = false
  pandoc.Blocks(blocks):walk { Image = function() found = true end }
  return found
end

--- Pictures of a float scroll inside themselves where the screen is narrower than their words can bear.
local function draw_content(blocks)
  local out = pandoc.List {}
  for _, block in ipairs(blocks) do
    local image = (block.t == 'Plain' or block.t == 'Para') and has_image { block }
    if image then out:insert(html('<div class="figure-scroll">')) end
    out:extend(draw { block })
    if image then out:insert(html('</div>')) end
  end
  return out
end

local function caption_inlines(div)
  local caption = div.content[#div.content]
  return caption.content[1] and caption.content[1].content or pandoc.Inlines {}
end

local function draw_subfloat(div)
  local id = unique(div.identifier)
  local caption = pandoc.Inlines { pandoc.Str('(' .. div.attributes.letter .. ')') }
  local words = caption_inlines(div)
  if #words > 0 then caption:extend { pandoc.Space() } caption:extend(words) end
  div.content:remove()
  local out = pandoc.List { html('<figure class="' .. class_list(div, 'subfloat') .. '" id="' .. escape(id) .. '">') }
  out:extend(draw_content(div.content))
  out:extend { html('<figcaption>'), pandoc.Plain(caption), html('</figcaption></figure>') }
  return out
end

local function tools(id, enlarge)
  local items = {}
  if enlarge then items[#items + 1] = '<button type="button" class="enlarge js-only">Enlarge</button>' end
  local data = settings.data[id]
  if data then items[#items + 1] = '<a href="' .. escape(text_of(data)) .. '" download>Data</a>' end
  if #items == 0 then return '' end
  return '<span class="caption-tools">' .. table.concat(items, '<span class="dot js-only" aria-hidden="true"> · </span>') .. '</span>'
end

local function draw_float(div)
  local kind = div.attributes.kind
  local label, id = div.identifier, unique(div.identifier)
  counts[kind] = counts[kind] + 1
  local number = number_of(counts[kind])
  local words = caption_inlines(div)
  div.content:remove()
  add_label(label, kind, number, { title = pandoc.utils.stringify(words) })
  local laid_out = common.has_layout(div.attributes)
  for _, block in ipairs(div.content) do
    if block.t == 'Div' and block.classes:includes('subfloat') then
      add_label(block.identifier, kind, number, { parent = label, letter = block.attributes.letter })
    end
  end
  local content = laid_out and draw_panels(div.content, div.attributes) or draw_content(div.content)
  local picture = kind == 'fig'
  local caption = pandoc.List {
    html('<figcaption id="' .. escape(id) .. '-caption"><span class="caption-text"><span class="caption-number">' .. NAMES[kind] .. '\u{a0}' .. number .. (#words > 0 and ':' or '') .. '</span> '),
    pandoc.Plain(words),
    html('</span>' .. tools(label, picture and has_image(div.content)) .. '</figcaption>'),
  }
  local out = pandoc.List { html('<figure class="' .. class_list(div, 'float', kind) .. '" id="' .. escape(id) .. '">') }
  if not picture then out:extend(caption) end
  out:extend(content)
  if picture then out:extend(caption) end
  out:insert(html('</figure>'))
  return out
end

--- A picture with a caption and without a label.
local function draw_figure(figure)
  local out = pandoc.List { html('<figure class="float fig">') }
  out:extend(draw_content(figure.content))
  out:insert(html('<figcaption><span class="caption-text">'))
  out:insert(pandoc.Plain(pandoc.utils.blocks_to_inlines(figure.caption.long)))
  out:insert(html('</span></figcaption></figure>'))
  return out
end

-- Code ----------------------------------------------------------------------------------------------------

--- The code of a cell under one quiet line that names its language and the cell.
local function draw_code(block)
  local language = 'python'
  for _, class in ipairs(block.classes) do
    if LANGUAGES[class] then language = class end
  end
  local magic, rest = block.text:match('^%%%%(%a+)[^\n]*\n(.*)$')
  if magic and MAGICS[magic] then
    -- the line that hands the cell to R says nothing to a reader of R
    language, block.text = MAGICS[magic], rest
  end
  local fold = block.attributes['code-fold'] or settings.fold
  local summary = block.attributes['code-summary'] or settings.summary
  local head = '<span class="code-what">' .. escape(summary) .. ' · ' .. LANGUAGES[language] .. '</span>'
  if block.attributes.cell then head = head .. '<span class="code-cell">' .. escape(block.attributes.cell) .. '</span>' end
  local code = pandoc.CodeBlock(block.text, pandoc.Attr('', { language }))
  if fold == 'false' or fold == 'none' then
    return { html('<div class="code code-shown"><p class="code-head">' .. head .. '</p>'), code, html('</div>') }
  end
  local open = fold == 'show' and ' open' or ''
  return { html('<details class="code"' .. open .. '><summary>' .. head .. '</summary>'), code, html('</details>') }
end

-- Callouts and tabsets ------------------------------------------------------------------------------------

local function draw_callout(div)
  local kind, collapse = div.attributes.kind, div.attributes.collapse
  local class = 'callout callout-' .. kind .. (div.attributes.appearance and ' callout-' .. escape(div.attributes.appearance) or '')
  local id = div.identifier ~= '' and ' id="' .. escape(unique(div.identifier)) .. '"' or ''
  local title = to_html(div.content[1].content[1].content)
  local out = pandoc.List {}
  if collapse then
    local open = (collapse == 'false') and ' open' or ''
    out:insert(html('<details class="' .. class .. '"' .. id .. open .. '><summary class="callout-title">' .. title .. '</summary><div class="callout-body">'))
  else
    out:insert(html('<div class="' .. class .. '"' .. id .. ' role="note"><p class="callout-title">' .. title .. '</p><div class="callout-body">'))
  end
  out:extend(draw(div.content[2].content))
  out:insert(html(collapse and '</div></details>' or '</div></div>'))
  return out
end

local function draw_tabset(div)
  tabs = tabs + 1
  local prefix = 'tabs-' .. tabs .. '-'
  local group = div.attributes.group
  local out = pandoc.List { html('<div class="tabset"' .. (group and ' data-group="' .. escape(group) .. '"' or '') .. '>') }
  local list = { '<div class="tab-list" role="tablist">' }
  for i, tab in ipairs(div.content) do
    list[#list + 1] = string.format('<button type="button" role="tab" id="%s%d" aria-controls="%s%d-panel" aria-selected="%s"%s>%s</button>',
      prefix, i, prefix, i, tostring(i == 1), i == 1 and '' or ' tabindex="-1"', to_html(tab.content[1].content[1].content))
  end
  list[#list + 1] = '</div>'
  out:insert(html(table.concat(list)))
  for i, tab in ipairs(div.content) do
    out:insert(html(string.format('<div class="tab-panel%s" role="tabpanel" id="%s%d-panel" aria-labelledby="%s%d">',
      i == 1 and ' is-active' or '', prefix, i, prefix, i)))
    out:extend(draw(tab.content[2].content))
    out:insert(html('</div>'))
  end
  out:insert(html('</div>'))
  return out
end

-- Headings --------------------------------------------------------------------------------------------------

local function draw_header(header)
  local id = unique(header.identifier)
  local level, numbered = header.level, settings.sections and not header.classes:includes('unnumbered')
  if level == 1 then common.warn('a second heading of level one: ' .. pandoc.utils.stringify(header.content)) end
  local number
  if numbered and settings.number and level > 1 then
    local depth = level - 1
    for i = 1, depth do sections[i] = sections[i] or 0 end
    sections[depth] = sections[depth] + 1
    for i = depth + 1, #sections do sections[i] = nil end
    number = settings.number .. '.' .. table.concat(sections, '.', 1, depth)
  end
  local title = to_html(header.content)
  add_label(id, 'sec', number, { title = pandoc.utils.stringify(header.content) })
  headings:insert { level = level, id = id, number = number, title = title }
  local tag = 'h' .. math.min(level, 6)
  local before = number and '<span class="section-number">' .. number .. '</span> ' or ''
  local out = pandoc.Inlines(header.content)
  out = draw(pandoc.Blocks { pandoc.Plain(out) })[1].content
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
  files:insert(image.src)
  if image.src:sub(1, 1) == '/' then image.src = settings.root .. image.src:sub(2) end
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
  if target:sub(1, 1) == '/' then target = settings.root .. target:sub(2) end
  local path, anchor = target:match('^([^#]*)(#?.*)$')
  if path:match('%.qmd$') then
    path = path:gsub('%.qmd$', '.html')
  elseif path ~= '' then
    files:insert(link.target:match('^[^#?]*'))
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
    counts.eq = counts.eq + 1
    local number = number_of(counts.eq)
    local id = unique(span.identifier)
    add_label(id, 'eq', number)
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
  if has('float') then return draw_float(div), false end
  if has('subfloat') then return draw_subfloat(div), false end
  if has('callout') then return draw_callout(div), false end
  if has('tabset') then return draw_tabset(div), false end
  if has('pagebreak') then return html('<div class="page-break"></div>'), false end
  if has('margin') then
    return wrapped('<div class="margin-note" role="note">', draw(div.content), '</div>'), false
  end
  if has('html-table') then return wrapped('<div class="table-scroll">', div.content, '</div>'), false end
  if common.has_layout(div.attributes) then
    local code, rest = pandoc.List {}, pandoc.List {}
    for _, block in ipairs(div.content) do
      if block.t == 'CodeBlock' then code:insert(block) else rest:insert(block) end
    end
    local out = draw(code)
    out:extend(draw_panels(rest, div.attributes))
    return wrapped('<div class="' .. class_list(div) .. '">', out, '</div>'), false
  end
end

draw = function(blocks)
  return pandoc.Blocks(blocks):walk {
    traverse = 'topdown',
    Header = function(header) return draw_header(header), false end,
    Div = draw_div,
    Figure = function(figure) return draw_figure(figure), false end,
    CodeBlock = function(block)
      if block.classes:includes('cell-code') then return draw_code(block), false end
    end,
    Table = function(tbl)
      return wrapped('<div class="table-scroll">', { tbl:walk { Image = draw_image, Link = draw_link, Span = draw_span } }, '</div>'), false
    end,
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
end

--- JSON that may stand in an HTML comment.
local function comment(value)
  return '<!--bindery ' .. pandoc.json.encode(value):gsub('<', '\\u003c'):gsub('>', '\\u003e'):gsub('%-%-', '-\\u002d') .. '-->'
end

function Pandoc(doc)
  local own = doc.meta.bindery or {}
  settings = {
    number = own.number and text_of(own.number) ~= '' and text_of(own.number) or nil,
    sections = own.sections ~= false,
    fold = text_of(own.fold, 'false'),
    summary = text_of(own.summary, 'Code'),
    root = text_of(own.root, ''),
    data = own.data or {},
  }
  local keys = pandoc.List {}
  for key in pairs(doc.meta) do keys:insert(key) end
  keys:sort()

  doc = common.read(doc, 'html')
  local title, id, numbered = common.take_title(doc)
  if not numbered then settings.number = nil end
  if id ~= '' then add_label(id, 'chapter', settings.number, { title = pandoc.utils.stringify(title) }) end

  local blocks = draw(raw.clean(doc.blocks))
  if citations > 0 then
    blocks:extend { html('<section class="references" aria-labelledby="references"><h2 id="references">References</h2>'),
      pandoc.Div({}, pandoc.Attr('refs')), html('</section>') }
    headings:insert { level = 2, id = 'references', title = 'References' }
  end
  local subtitle = doc.meta.subtitle and pandoc.utils.blocks_to_inlines { pandoc.Plain(doc.meta.subtitle) }
  blocks:insert(html(comment {
    title = to_html(title), title_text = pandoc.utils.stringify(title), id = id, number = settings.number,
    subtitle = subtitle and to_html(subtitle) or nil, subtitle_text = subtitle and pandoc.utils.stringify(subtitle) or nil,
    description = doc.meta.description and pandoc.utils.stringify(doc.meta.description) or nil,
    labels = labels, headings = headings, files = files, keys = keys,
  }))
  doc.blocks = blocks
  return doc
end
