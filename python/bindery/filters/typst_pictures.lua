--- Pictures: where their files are and how large they are meant to be.

local common = require 'common'
local settings = require 'typst_settings'
local typst = require 'typst_text'

local picture = {}

local UNITS = { pt = 1, cm = 1, mm = 1, ['in'] = 1, em = 1 }

--- Figures of cells are in the freeze, other pictures beside the chapter or, with a leading slash, in the project.
local function path_of(src)
  local frozen = src:match('^' .. settings.stem:gsub('%p', '%%%0') .. '_files/(.*)$')
  if frozen then return settings.frozen .. '/' .. frozen end
  if src:match('^/') then return settings.root .. src end
  return settings.folder .. '/' .. src
end

--- The first bytes of a file, or nil if there is none.
local function head(path)
  local file = io.open(path, 'rb')
  if not file then return nil end
  local bytes = file:read(4096) or ''
  file:close()
  return bytes
end

--- A PNG without a resolution is meant for the screen's 96 dots an inch; Typst would take 72.
local function screen_scale(bytes)
  if bytes:sub(2, 4) ~= 'PNG' or bytes:match('^(.-)IDAT') and bytes:match('^(.-)IDAT'):find('pHYs', 1, true) then return nil end
  return 'scale: 75%'
end

local function width_of(width)
  if not width then return nil end
  if width:match('^[%d.]+%%$') then return 'width: ' .. width end
  local number, unit = width:match('^([%d.]+)(%a*)$')
  if not number then return nil end
  if unit == '' or unit == 'px' then number, unit = tostring(tonumber(number) * 0.75), 'pt' end
  return UNITS[unit] and 'width: ' .. number .. unit
end

--- A call that draws a picture.
-- @param name  "picture" for one on its own, "glyph" for one within a line
function picture.call(image, name)
  local remote = image.src:match('^%a[%w+.-]*:')
  local path = not remote and path_of(image.src)
  local bytes = path and head(path)
  if not bytes then
    local shown = image.src:sub(1, 80)
    common.warn(remote and 'picture from the network is left out of the PDF: ' .. shown or 'picture not found: ' .. shown)
    return 'missing(' .. typst.string(shown) .. ')'
  end
  local arguments = { typst.string(path), 'alt: ' .. typst.string(pandoc.utils.stringify(image.caption)) }
  arguments[#arguments + 1] = width_of(image.attributes.width)
  if name == 'picture' then arguments[#arguments + 1] = screen_scale(bytes) end
  return name .. '(' .. table.concat(arguments, ', ') .. ')'
end

return picture
