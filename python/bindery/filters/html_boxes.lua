--- Draws code, callouts and tabsets of a page.

local page = require 'html_page'

local boxes = {}

local LANGUAGES = { python = 'Python', r = 'R', bash = 'Shell', sh = 'Shell', sql = 'SQL', julia = 'Julia', yaml = 'YAML' }
local MAGICS = { R = 'r', bash = 'bash', sh = 'bash', sql = 'sql' }


local escape, html, inline = page.escape, page.html, page.inline
local tabs = 0

--- The inlines of a title, which is the first child of a callout or a tab.
local function title_of(div) return div.content[1].content[1].content end

local function between(open, inlines, close)
  local out = pandoc.Inlines { inline(open) }
  out:extend(inlines)
  out:insert(inline(close))
  return out
end

--- The code of a cell under one quiet line that names its language and the cell.
function boxes.code(block)
  local language = 'python'
  for _, class in ipairs(block.classes) do
    if LANGUAGES[class] then language = class end
  end
  local magic, rest = block.text:match('^%%%%(%a+)[^\n]*\n(.*)$')
  if magic and MAGICS[magic] then
    -- the line that hands the cell to R says nothing to a reader of R
    language, block.text = MAGICS[magic], rest
  end
  local fold = block.attributes['code-fold'] or page.settings.fold
  local summary = block.attributes['code-summary'] or page.settings.summary
  local head = '<span class="code-what">' .. escape(summary) .. ' · ' .. LANGUAGES[language] .. '</span>'
  if block.attributes.cell then head = head .. '<span class="code-cell">' .. escape(block.attributes.cell) .. '</span>' end
  local code = pandoc.CodeBlock(block.text, pandoc.Attr('', { language }))
  if fold == 'false' or fold == 'none' then
    return { html('<div class="code code-shown"><p class="code-head">' .. head .. '</p>'), code, html('</div>') }
  end
  local open = fold == 'show' and ' open' or ''
  return { html('<details class="code"' .. open .. '><summary>' .. head .. '</summary>'), code, html('</details>') }
end

function boxes.callout(div)
  local kind, collapse = div.attributes.kind, div.attributes.collapse
  local class = 'callout callout-' .. kind .. (div.attributes.appearance and ' callout-' .. escape(div.attributes.appearance) or '')
  local id = div.identifier ~= '' and ' id="' .. escape(page.unique(div.identifier)) .. '"' or ''
  local open, close = '<div class="' .. class .. '"' .. id .. ' role="note"><p class="callout-title">', '</p><div class="callout-body">'
  if collapse then
    local shown = collapse == 'false' and ' open' or ''
    open = '<details class="' .. class .. '"' .. id .. shown .. '><summary class="callout-title">'
    close = '</summary><div class="callout-body">'
  end
  local out = page.draw { pandoc.Plain(between(open, title_of(div), close)) }
  out:extend(page.draw(div.content[2].content))
  out:insert(html(collapse and '</div></details>' or '</div></div>'))
  return out
end

function boxes.tabset(div)
  tabs = tabs + 1
  local prefix = 'tabs-' .. tabs .. '-'
  local group = div.attributes.group
  local out = pandoc.List { html('<div class="tabset"' .. (group and ' data-group="' .. escape(group) .. '"' or '') .. '>') }
  local list = pandoc.Inlines { inline '<div class="tab-list" role="tablist">' }
  for i, tab in ipairs(div.content) do
    local open = string.format('<button type="button" role="tab" id="%s%d" aria-controls="%s%d-panel" aria-selected="%s"%s>',
      prefix, i, prefix, i, tostring(i == 1), i == 1 and '' or ' tabindex="-1"')
    list:extend(between(open, title_of(tab), '</button>'))
  end
  list:insert(inline '</div>')
  out:extend(page.draw { pandoc.Plain(list) })
  for i, tab in ipairs(div.content) do
    out:insert(html(string.format('<div class="tab-panel%s" role="tabpanel" id="%s%d-panel" aria-labelledby="%s%d">',
      i == 1 and ' is-active' or '', prefix, i, prefix, i)))
    out:extend(page.draw(tab.content[2].content))
    out:insert(html('</div>'))
  end
  out:insert(html('</div>'))
  return out
end

return boxes
