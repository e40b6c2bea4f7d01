--- HTML inside chapters: what may pass into a page and in which dress.
--
-- Only cells write HTML (`{=html}` blocks in their outputs). Tags typed into prose are shown as text, but
-- for a handful that only dress words; text that came from data can therefore never become markup.

local report = require 'report'

local raw = {}

local HARMLESS = {}
for tag in ('br sub sup b i em strong small u s kbd mark abbr wbr q cite code var samp'):gmatch('%S+') do HARMLESS[tag] = true end

local function excerpt(text) return (text:gsub('%s+', ' '):sub(1, 60)) end

--- Words that dress nothing but words: `<br>`, `<sup>`, without attributes.
local function harmless(text)
  local tag = text:match('^</?(%a+)%s*/?>$')
  return tag and HARMLESS[tag:lower()]
end

--- HTML as text between tags.
function raw.escape(text)
  return (text:gsub('[&<>"]', { ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;', ['"'] = '&quot;' }))
end

--- A table of great_tables or pandas without the dress it brought along: the book has its own.
-- Ids of header cells repeat from table to table and go with the `headers` that name them.
local function undress_table(html)
  html = html:gsub('<style.-</style>%s*', '')
  html = html:gsub('(<t[hd][^>]-) id="[^"]*"', '%1'):gsub('(<t[hd][^>]-) headers="[^"]*"', '%1')
  html = html:gsub('<div id="%w+" style="[^"]*">', '<div>', 1)
  html = html:gsub('<div>%s*(<table.*</table>)%s*</div>', '%1')
  html = html:gsub('<table border="1"', '<table'):gsub('<tr style="text%-align: right;">', '<tr>')
  html = html:gsub(' data%-quarto%-[%w%-]+="[^"]*"', '')
  -- a header cell without a word has no name to read out
  html = html:gsub('<th([^>]*)></th>', function(attributes)
    return '<td' .. attributes:gsub(' scope="%a+"', '') .. '></td>'
  end)
  return html
end

--- HTML that a cell returned.
-- @return the HTML, whether it is a table
function raw.from_cell(html)
  local has_table = html:find('<table', 1, true) ~= nil
  if has_table then html = undress_table(html) end
  if html:find('<script', 1, true) or html:find('<iframe', 1, true) or html:find('<link', 1, true) then
    if html:find('https?://[^"\'%s]+') then
      local host = html:match('https?://([^/"\'%s]+)')
      report.warn('HTML of a cell loads from the network (' .. host .. ') and is left out')
      return '<p class="left-out">This interactive figure would load scripts from the network and is left out.</p>', false
    end
  end
  return html, has_table
end

local function is_html(element) return element.format:match('^html') ~= nil end

--- HTML typed into prose: comments vanish, harmless tags stay, the rest is shown as it is written.
local function from_prose(element, as_text)
  if not is_html(element) then return {} end
  local text = element.text
  local rest = text:gsub('<!%-%-.-%-%->', '')
  if rest:match('^%s*$') then return {} end
  if harmless(text) then return nil end
  report.warn('HTML outside of a cell is shown as text: ' .. excerpt(text))
  return as_text(rest)
end

--- The walk that cleans a chapter (in canonical form) before it is drawn.
function raw.clean(blocks)
  local function in_cell(div)
    return div:walk {
      RawBlock = function(block)
        if not is_html(block) then return {} end
        local html, has_table = raw.from_cell(block.text)
        if has_table then return pandoc.Div({ pandoc.RawBlock('html', html) }, pandoc.Attr('', { 'html-table' })) end
        return pandoc.RawBlock('html', html)
      end,
    }
  end
  local function outside(inner)
    return inner:walk {
      traverse = 'topdown',
      Div = function(div)
        if div.classes:includes('cell') then return in_cell(div), false end
      end,
      RawBlock = function(block)
        return from_prose(block, function(text) return pandoc.CodeBlock(text) end)
      end,
      RawInline = function(inline)
        return from_prose(inline, function(text) return pandoc.Str(text) end)
      end,
    }
  end
  return outside(blocks)
end

return raw
