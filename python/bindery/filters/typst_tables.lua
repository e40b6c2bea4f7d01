--- Tables, whether written in Markdown or returned by a cell as HTML (great_tables, pandas), as calls of `sheet`.

local typst = require 'typst_text'

local tables = {}

local ALIGN = { AlignLeft = 'left', AlignRight = 'right', AlignCenter = 'center' }
local CLASS_ALIGN = { gt_left = 'left', gt_right = 'right', gt_center = 'center' }

--- Declarations of a style attribute.
local function style_of(attr)
  local style = {}
  for key, value in (attr.attributes.style or ''):gmatch('([%w-]+)%s*:%s*([^;]+)') do
    style[key:lower()] = value:gsub('%s+$', ''):gsub('%s*!important$', '')
  end
  return style
end

local function colour(value)
  if not value then return nil end
  local hex = value:match('^#%x+$')
  if hex and (#hex == 4 or #hex == 7 or #hex == 9) then return 'rgb("' .. hex .. '")' end
  local r, g, b = value:match('^rgba?%(%s*(%d+)%s*,%s*(%d+)%s*,%s*(%d+)')
  if r then return ('rgb(%s, %s, %s)'):format(r, g, b) end
end

local function cell_align(cell, style)
  for _, class in ipairs(cell.attr.classes) do
    if CLASS_ALIGN[class] then return CLASS_ALIGN[class] end
  end
  local given = style['text-align']
  if given == 'left' or given == 'right' or given == 'center' then return given end
  return ALIGN[cell.alignment]
end

local function is_number(text)
  return text:match('%d') ~= nil and text:gsub('−', '-'):match('^[%s%d%p£€$¥%%+×<>–]*$') ~= nil
end

--- What a cell is: where it stands, how it looks, what it says.
local function read_cell(cell, column, in_head)
  local style = style_of(cell.attr)
  local weight = style['font-weight']
  return {
    column = column,
    span = cell.col_span,
    rows = cell.row_span,
    align = cell_align(cell, style),
    fill = colour(style['background-color'] or style['background']),
    colour = colour(style['color']),
    weight = (weight == 'bold' or tonumber(weight or '') and tonumber(weight) >= 600) and '600' or nil,
    group = cell.attr.classes:includes('gt_group_heading'),
    text = pandoc.utils.stringify(cell.contents),
    contents = cell.contents,
    head = in_head,
  }
end

--- Rows of cells, each with its column: cells that reach down from above take their columns.
local function read_rows(rows, n, in_head)
  local out, taken = {}, {}
  for y, row in ipairs(rows) do
    local line, x = {}, 0
    for _, cell in ipairs(row.cells) do
      while taken[y .. ',' .. x] do x = x + 1 end
      if x >= n then break end
      local read = read_cell(cell, x, in_head)
      read.span = math.min(read.span, n - x)
      read.rows = math.min(read.rows, #rows - y + 1)
      for dy = 0, read.rows - 1 do
        for dx = 0, read.span - 1 do taken[(y + dy) .. ',' .. (x + dx)] = true end
      end
      x = x + read.span
      line[#line + 1] = read
    end
    while x < n do
      if not taken[y .. ',' .. x] then line[#line + 1] = { column = x, span = 1, rows = 1, text = '', contents = {}, head = in_head } end
      x = x + 1
    end
    out[#out + 1] = line
  end
  return out
end

--- Alignment of each column: as given, else as most of its cells; numbers stand right.
local function column_aligns(tbl, rows, n)
  local aligns = {}
  for x = 1, n do
    local given = tbl.colspecs[x] and ALIGN[tbl.colspecs[x][1]]
    local count, numbers, cells = {}, 0, 0
    for _, row in ipairs(rows) do
      for _, cell in ipairs(row) do
        if cell.column == x - 1 and cell.span == 1 and not cell.group then
          cells = cells + 1
          if cell.align then count[cell.align] = (count[cell.align] or 0) + 1 end
          if is_number(cell.text) then numbers = numbers + 1 end
        end
      end
    end
    if not given then
      for _, name in ipairs { 'left', 'right', 'center' } do
        if (count[name] or 0) > cells / 2 then given = name end
      end
    end
    aligns[x] = given or (cells > 0 and numbers > cells / 2 and 'right' or 'left')
  end
  return aligns
end

--- The longest word of each column among the cells that may wrap.
local function longest_words(head, rows, aligns)
  local longest = {}
  for x = 1, #aligns do longest[x] = '' end
  for _, part in ipairs { head, rows } do
    for _, row in ipairs(part) do
      for _, cell in ipairs(row) do
        local wraps = cell.head or (cell.align or aligns[cell.column + 1]) ~= 'right'
        if cell.span == 1 and wraps and not cell.group then
          for word in cell.text:gmatch('%S+') do
            if utf8.len(word) and utf8.len(word) > utf8.len(longest[cell.column + 1]) then longest[cell.column + 1] = word end
          end
        end
      end
    end
  end
  return longest
end

--- Give every cell its body in Typst.
local function write_bodies(...)
  local cells = pandoc.List {}
  for _, part in ipairs { ... } do
    for _, row in ipairs(part) do cells:extend(row) end
  end
  local bodies = typst.contents(cells:map(function(cell) return cell.contents end))
  for i, cell in ipairs(cells) do cell.body = bodies[i] end
end

local function write_cell(cell, aligns)
  local parts = { 'column: ' .. cell.column, 'body: ' .. cell.body }
  if cell.span > 1 then parts[#parts + 1] = 'span: ' .. cell.span end
  if cell.rows > 1 then parts[#parts + 1] = 'rows: ' .. cell.rows end
  if cell.group then parts[#parts + 1] = 'group: true, align: left' elseif cell.align and cell.align ~= aligns[cell.column + 1] then
    parts[#parts + 1] = 'align: ' .. cell.align
  end
  for _, key in ipairs { 'fill', 'colour', 'weight' } do
    if cell[key] then parts[#parts + 1] = key .. ': ' .. cell[key] end
  end
  return '(' .. table.concat(parts, ', ') .. ')'
end

local function write_rows(rows, aligns)
  local lines = {}
  for _, row in ipairs(rows) do
    local cells = {}
    for _, cell in ipairs(row) do cells[#cells + 1] = write_cell(cell, aligns) end
    lines[#lines + 1] = '  (' .. table.concat(cells, ', ') .. ',),'
  end
  return '(\n' .. table.concat(lines, '\n') .. '\n)'
end

--- Header rows of great_tables that are no header: title and subtitle above the columns.
local function split_titles(rows)
  local heads, titles = {}, {}
  for _, row in ipairs(rows) do
    local first = row.cells[1]
    local is_title = first and (first.attr.classes:includes('gt_title') or first.attr.classes:includes('gt_subtitle'))
    table.insert(is_title and titles or heads, row)
  end
  return heads, titles
end

--- Draw a table.
-- @return a raw block that calls `book.sheet`
function tables.draw(tbl)
  local n = #tbl.colspecs
  local heads, titles = split_titles(tbl.head.rows)
  local body = pandoc.List {}
  for _, part in ipairs(tbl.bodies) do
    body:extend(part.head)
    body:extend(part.body)
  end
  -- a spanner's row counts only the cells that begin in it: read the rows of the head as one
  local head, rows = read_rows(heads, n, true), read_rows(body, n, false)
  local blank = true
  for _, row in ipairs(head) do
    for _, cell in ipairs(row) do blank = blank and cell.text == '' end
  end
  if blank then head = {} end
  write_bodies(head, rows)
  local aligns = column_aligns(tbl, rows, n)
  local words = pandoc.List(longest_words(head, rows, aligns)):map(typst.string)
  -- equal widths are what pandoc gives a table of long lines whose author asked for none
  local shares, sum, equal = pandoc.List {}, 0, true
  for _, spec in ipairs(tbl.colspecs) do
    if spec[2] and spec[2] > 0 then
      shares:insert(('%.4f'):format(spec[2]))
      sum = sum + spec[2]
      equal = equal and shares[#shares] == shares[1]
    end
  end
  local notes = pandoc.List {}
  for _, row in ipairs(tbl.foot.rows) do
    for _, cell in ipairs(row.cells) do notes:insert(typst.content(cell.contents)) end
  end
  local parts = {
    ('#book.sheet(%d'):format(n),
    'aligns: (' .. table.concat(aligns, ', ') .. ',)',
    'longest: (' .. table.concat(words, ', ') .. ',)',
  }
  if #shares == n and sum <= 1.001 and not equal then parts[#parts + 1] = 'shares: (' .. table.concat(shares, ', ') .. ',)' end
  if #head > 0 then parts[#parts + 1] = 'head: ' .. write_rows(head, aligns) end
  parts[#parts + 1] = 'rows: ' .. (#rows > 0 and write_rows(rows, aligns) or '()')
  if #notes > 0 then parts[#parts + 1] = 'notes: {' .. table.concat(notes, '; linebreak(); ') .. '}' end
  local out = pandoc.Blocks {}
  if #titles > 0 then
    local lines = pandoc.List(titles):map(function(row) return typst.content(row.cells[1].contents) end)
    out:insert(typst.block('#book.table-title(' .. table.concat(lines, ', ') .. ')'))
  end
  out:insert(typst.block(table.concat(parts, ', ') .. ')'))
  return out
end

return tables
