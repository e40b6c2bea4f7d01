--- Small pieces of Typst: strings, content, calls.

local typst = {}

--- A string literal.
function typst.string(text)
  return '"' .. text:gsub('[\\"]', '\\%0'):gsub('\n', '\\n'):gsub('\r', ''):gsub('\t', '\\t') .. '"'
end

--- Blocks or inlines as Typst markup, escaped by pandoc's own writer.
function typst.markup(content)
  local blocks = content
  if pandoc.utils.type(content) == 'Inlines' or (content[1] and pandoc.utils.type(content[1]) == 'Inline') then
    blocks = { pandoc.Plain(content) }
  end
  local text = pandoc.write(pandoc.Pandoc(blocks), 'typst', PANDOC_WRITER_OPTIONS)
  return (text:gsub('^%s+', ''):gsub('%s+$', ''))
end

--- Markup in brackets. A plain word needs no writer, which makes long tables quick.
function typst.content(content)
  local only = #content == 1 and content[1]
  if only and (only.t == 'Plain' or only.t == 'Para') then
    if #only.content == 0 then return '[]' end
    if #only.content == 1 and only.content[1].t == 'Str' and only.content[1].text:match('^%a[%w]*$') then
      return '[' .. only.content[1].text .. ']'
    end
  end
  return '[' .. typst.markup(content) .. ']'
end

function typst.block(text) return pandoc.RawBlock('typst', text) end

function typst.inline(text) return pandoc.RawInline('typst', text) end

--- Blocks between an opening and a closing piece of Typst.
function typst.wrap(open, blocks, close)
  local out = pandoc.Blocks { typst.block(open) }
  out:extend(blocks)
  out:insert(typst.block(close or ']'))
  return out
end

--- Inlines between an opening and a closing piece of Typst; the semicolon ends the call before any text that follows.
function typst.enclose(open, inlines, close)
  local out = pandoc.Inlines { typst.inline(open) }
  out:extend(inlines)
  out:insert(typst.inline(close or '];'))
  return out
end

return typst
