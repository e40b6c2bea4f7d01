--- Quarto's shortcodes: `{{< meta book.title >}}`, `{{< var shop.name >}}`, `{{< pagebreak >}}`.
--
-- Pandoc reads a shortcode as a run of words and quotes inside a paragraph; this module finds such runs
-- and puts their meaning in their place. `include` is expanded before pandoc sees the text.

local shortcodes = {}

local OPEN, CLOSE = '{{<', '>}}'

--- The value at a dotted path of metadata ("book.title", "authors.1"), or nil.
local function lookup(meta, path)
  local value = meta
  for key in path:gmatch('[^.]+') do
    if type(value) ~= 'table' then return nil end
    value = value[key] or value[tonumber(key)]
  end
  return value
end

--- Metadata as inlines; nil for what cannot stand in a sentence (maps).
local function inlines(value)
  local kind = pandoc.utils.type(value)
  if kind == 'Inlines' then return value end
  if kind == 'Blocks' then return pandoc.utils.blocks_to_inlines(value) end
  if kind == 'List' then
    local out = pandoc.Inlines {}
    for i, item in ipairs(value) do
      if i > 1 then out:extend { pandoc.Str ',', pandoc.Space() } end
      out:extend(inlines(item) or {})
    end
    return out
  end
  if kind == 'table' or value == nil then return nil end
  return pandoc.Inlines { pandoc.Str(tostring(value)) }
end

--- Split words so that the brackets of shortcodes stand alone: "({{<" becomes "(", "{{<".
local function split(list)
  local out = pandoc.Inlines {}
  for _, item in ipairs(list) do
    local text = item.t == 'Str' and item.text
    -- `{{{< x >}}}` is Quarto's way to print a shortcode as it is: one pair of braces falls away.
    while text and text ~= '' do
      local escaped = text:match('^{{{<') or text:match('^>}}}')
      local at = text:find(OPEN, 1, true) or math.huge
      local close = text:find(CLOSE, 1, true) or math.huge
      if escaped then
        out:insert(pandoc.Span({ pandoc.Str(escaped == '{{{<' and OPEN or CLOSE) }))
        text = text:sub(5)
      elseif at == math.huge and close == math.huge then
        out:insert(pandoc.Str(text))
        text = ''
      else
        local first = math.min(at, close)
        -- the brace before "{{<" belongs to an escaped shortcode: let the next turn see it whole
        if first > 1 and text:sub(first - 1, first + 2) == '{{{<' then first = first - 1 end
        if first > 1 then
          out:insert(pandoc.Str(text:sub(1, first - 1)))
          text = text:sub(first)
        else
          out:insert(pandoc.Str(text:sub(1, 3)))
          text = text:sub(4)
        end
      end
    end
    if not text then out:insert(item) end
  end
  return out
end

local function find_close(list, from)
  for j = from, #list do
    if list[j].t == 'Str' and list[j].text == CLOSE then return j end
  end
end

--- Replace the shortcodes in a list of inlines.
-- @param env  { meta = metadata of the chapter, project = of the project, variables = …, warn = function }
function shortcodes.expand(list, env)
  if not list:find_if(function(x) return x.t == 'Str' and (x.text:find(OPEN, 1, true) ~= nil) end) then return nil end
  list = split(list)
  local out, i = pandoc.Inlines {}, 1
  while i <= #list do
    local item = list[i]
    local close = item.t == 'Str' and item.text == OPEN and find_close(list, i + 1)
    if not close then
      out:insert(item)
      i = i + 1
    else
      local words = {}
      local inner = pandoc.Inlines {}
      for j = i + 1, close - 1 do inner:insert(list[j]) end
      for word in pandoc.utils.stringify(inner):gmatch('%S+') do words[#words + 1] = word end
      local name, key = words[1], words[2]
      local value
      if name == 'pagebreak' then
        value = pandoc.Inlines { pandoc.Span({}, { class = 'pagebreak' }) }
      elseif name == 'meta' and key then
        value = inlines(lookup(env.meta, key)) or inlines(lookup(env.project, key))
      elseif name == 'var' and key then
        value = inlines(lookup(env.variables, key))
      end
      local text = OPEN .. ' ' .. table.concat(words, ' ') .. ' ' .. CLOSE
      if value then
        out:extend(value)
      elseif name == 'meta' or name == 'var' then
        env.warn('shortcode ' .. text .. ': no such value')
        out:insert(pandoc.Strong { pandoc.Str('?' .. name .. ':' .. (key or '')) })
      else
        env.warn('unknown shortcode ' .. text)
        out:insert(pandoc.Code(text))
      end
      i = close + 1
    end
  end
  return out
end

return shortcodes
