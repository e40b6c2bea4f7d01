--- Small pieces of Typst: strings, content, calls.

local typst = {}

--- A string literal.
function typst.string(text)
  return '"' .. text:gsub('[\\"]', '\\%0'):gsub('\n', '\\n'):gsub('\r', ''):gsub('\t', '\\t') .. '"'
end

-- A sign that no text holds: private use, and raw.
local SEPARATOR = '\u{E000}'

--- Many pieces of content as Typst markup in brackets, escaped by pandoc's own writer.
-- They are written in one go: a call of the writer takes a millisecond, whatever its length.
-- @param list  of blocks
function typst.contents(list)
  local blocks = pandoc.Blocks {}
  for _, content in ipairs(list) do
    blocks:extend(content)
    blocks:insert(pandoc.RawBlock('typst', SEPARATOR))
  end
  local text = pandoc.write(pandoc.Pandoc(blocks), 'typst', PANDOC_WRITER_OPTIONS)
  local out = {}
  for piece in text:gmatch('(.-)' .. SEPARATOR) do
    out[#out + 1] = '[' .. piece:gsub('^%s+', ''):gsub('%s+$', '') .. ']'
  end
  return out
end

--- One piece of content in brackets.
function typst.content(blocks) return typst.contents({ blocks })[1] end

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
