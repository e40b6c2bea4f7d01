--- Draws figures, tables and listings of a page.

local common = require 'common'
local page = require 'html_page'

local floats = {}

local NAMES = { fig = 'Figure', tbl = 'Table', lst = 'Listing' }

local escape, html, inline = page.escape, page.html, page.inline

--- Classes of an element as written, the wide columns of Quarto under one name.
function floats.class_list(element, ...)
  local out = pandoc.List { ... }
  for _, class in ipairs(element.classes) do
    if class:match('^column%-page') or class:match('^column%-body%-outset') then class = 'wide' end
    if not out:includes(class) then out:insert(class) end
  end
  return escape(table.concat(out, ' '))
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
    out:extend(page.draw { block })
    if image then out:insert(html('</div>')) end
  end
  return out
end

--- The panels of a layout as a grid, row by row.
function floats.panels(blocks, attributes)
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

local function caption_inlines(div)
  local caption = div.content[#div.content]
  return caption.content[1] and caption.content[1].content or pandoc.Inlines {}
end

--- A labelled panel.
function floats.subfloat(div)
  local id = page.unique(div.identifier)
  local caption = pandoc.Inlines { pandoc.Str('(' .. div.attributes.letter .. ')') }
  local words = caption_inlines(div)
  if #words > 0 then caption:extend { pandoc.Space() } caption:extend(words) end
  div.content:remove()
  local out = pandoc.List { html('<figure class="' .. floats.class_list(div, 'subfloat') .. '" id="' .. escape(id) .. '">') }
  out:extend(draw_content(div.content))
  caption:insert(1, inline '<figcaption>')
  caption:insert(inline '</figcaption></figure>')
  out:extend(page.draw { pandoc.Plain(caption) })
  return out
end

local function tools(id, enlarge)
  local items = {}
  if enlarge then items[#items + 1] = '<button type="button" class="enlarge js-only">Enlarge</button>' end
  local data = page.settings.data[id]
  if data then items[#items + 1] = '<a href="' .. escape(page.text_of(data)) .. '" download>Data</a>' end
  if #items == 0 then return '' end
  return '<span class="caption-tools">' .. table.concat(items, '<span class="dot js-only" aria-hidden="true"> · </span>') .. '</span>'
end

--- A numbered figure, table or listing.
function floats.float(div)
  local kind = div.attributes.kind
  local label, id = div.identifier, page.unique(div.identifier)
  local number = page.next_number(kind)
  local words = caption_inlines(div)
  div.content:remove()
  page.add_label(label, kind, number, { title = pandoc.utils.stringify(words) })
  local laid_out = common.has_layout(div.attributes)
  for _, block in ipairs(div.content) do
    if block.t == 'Div' and block.classes:includes('subfloat') then
      page.add_label(block.identifier, kind, number, { parent = label, letter = block.attributes.letter })
    end
  end
  local picture = kind == 'fig'
  local content = laid_out and floats.panels(div.content, div.attributes) or draw_content(div.content)
  local caption = pandoc.Inlines {
    inline('<figcaption id="' .. escape(id) .. '-caption"><span class="caption-text"><span class="caption-number">'
      .. NAMES[kind] .. '\u{a0}' .. number .. (#words > 0 and ':' or '') .. '</span> '),
  }
  caption:extend(words)
  caption:insert(inline('</span>' .. tools(label, picture and has_image(div.content)) .. '</figcaption>'))
  local out = pandoc.List { html('<figure class="' .. floats.class_list(div, 'float', kind) .. '" id="' .. escape(id) .. '">') }
  if not picture then out:extend(page.draw { pandoc.Plain(caption) }) end
  out:extend(content)
  if picture then out:extend(page.draw { pandoc.Plain(caption) }) end
  out:insert(html('</figure>'))
  return out
end

--- A picture with a caption and without a label.
function floats.figure(figure)
  local out = pandoc.List { html('<figure class="float fig">') }
  out:extend(draw_content(figure.content))
  local caption = pandoc.utils.blocks_to_inlines(figure.caption.long)
  caption:insert(1, inline '<figcaption><span class="caption-text">')
  caption:insert(inline '</span></figcaption></figure>')
  out:extend(page.draw { pandoc.Plain(caption) })
  return out
end

return floats
