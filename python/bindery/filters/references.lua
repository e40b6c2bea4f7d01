--- Labelled equations and cross references.

local report = require 'report'

local references = {}

local KINDS = { fig = true, tbl = true, lst = true, sec = true, eq = true }

-- Kinds of reference that Quarto knows and the bindery does not.
local FOREIGN = {}
for kind in ('thm lem cor prp cnj def exm exr sol rem alg nte tip wrn imp cau'):gmatch('%S+') do
  FOREIGN[kind] = true
end

--- `$$…$$ {#eq-x}`: the label follows the formula as words.
function references.equations(list)
  local out, found, i = pandoc.Inlines {}, false, 1
  while i <= #list do
    local item = list[i]
    if item.t == 'Math' and item.mathtype == 'DisplayMath' then
      local j = i + 1
      if list[j] and (list[j].t == 'Space' or list[j].t == 'SoftBreak') then j = j + 1 end
      local id, rest
      if list[j] and list[j].t == 'Str' then id, rest = list[j].text:match('^{#(eq%-[^}%s]+)}(.*)$') end
      if id then
        out:insert(pandoc.Span({ item }, pandoc.Attr(id, { 'equation' })))
        if rest ~= '' then out:insert(pandoc.Str(rest)) end
        found, i = true, j + 1
      else
        out:insert(item)
        i = i + 1
      end
    else
      out:insert(item)
      i = i + 1
    end
  end
  return found and out or nil
end

--- `@fig-x`, `-@fig-x`, `[@fig-x; @tbl-y]`, `[Fig. @fig-x]` as spans; other citations stay.
function references.read(cite)
  local known, foreign = 0, 0
  for _, citation in ipairs(cite.citations) do
    local kind = citation.id:lower():match('^(%a+)%-.')
    if KINDS[kind] then known = known + 1 end
    if FOREIGN[kind] then foreign = foreign + 1 end
  end
  if foreign > 0 then
    report.warn('cross reference of a kind that is not known: ' .. pandoc.utils.stringify(cite.content))
    return cite.content
  end
  if known == 0 then return nil end
  if known < #cite.citations then
    report.warn('citations and cross references in one bracket: ' .. pandoc.utils.stringify(cite.content))
    return cite.content
  end
  local out = pandoc.Inlines {}
  for i, citation in ipairs(cite.citations) do
    if i > 1 then out:extend { pandoc.Str ',', pandoc.Space() } end
    local span = pandoc.Span(citation.prefix, pandoc.Attr('', { 'xref' }))
    local bare = citation.mode == 'SuppressAuthor' or #citation.prefix > 0
    span.attributes.ref = citation.id:sub(1, 1):lower() .. citation.id:sub(2)
    span.attributes.form = bare and 'number' or 'full'
    out:insert(span)
    if #citation.suffix > 0 then
      -- `@fig-x [left]` is read as a citation with a place; `[@fig-x, left]` brings its own comma
      if citation.mode == 'AuthorInText' then out:insert(pandoc.Space()) end
      out:extend(citation.suffix)
    end
  end
  return out
end

return references
