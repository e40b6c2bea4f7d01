// The page: filters, tiles, charts, tables, downloads, theme. Text from data is only ever set as text.
const root = document.documentElement;
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const element = (tag, text, attributes = {}) => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

// Filters: controls, address and what is shown say the same.
const controls = Object.fromEntries($$(".filter select").map((select) => [select.name, select]));
let chosen = everything();
const fromAddress = () => {
  const asked = new URLSearchParams(location.hash.slice(1));
  const found = everything();
  for (const name of DIMENSIONS) if (choices(name).includes(asked.get(name))) found[name] = asked.get(name);
  for (const name of ["from", "to"]) if (quarters.includes(asked.get(name))) found[name] = asked.get(name);
  if (found.from > found.to) [found.from, found.to] = [found.to, found.from];
  return found;
};
const toAddress = () => {
  const start = everything();
  const asked = new URLSearchParams(Object.entries(chosen).filter(([name, value]) => value !== start[name]));
  const address = location.href.split("#")[0] + (asked.size ? `#${asked}` : "");
  if (address !== location.href) history.pushState(null, "", address);
};
const choose = (changed) => {
  chosen = { ...chosen, ...changed };
  if (chosen.from > chosen.to) {
    // the end that was set last holds; the other follows
    if (changed.to) chosen.from = chosen.to;
    else chosen.to = chosen.from;
  }
  toAddress();
  return show(true);
};
for (const [name, select] of Object.entries(controls)) select.addEventListener("change", () => choose({ [name]: select.value }));
const clear = $(".clear");
clear.addEventListener("click", () => {
  choose(everything());
  Object.values(controls)[0].focus();
});
const reread = () => {
  const next = fromAddress();
  if (JSON.stringify(next) === JSON.stringify(chosen)) return;
  chosen = next;
  show(true);
};
addEventListener("hashchange", reread);
addEventListener("popstate", reread);

// Tiles
const showTiles = () => {
  if (!$(".tiles")) return {};
  const tiles = tilesOf(chosen);
  for (const place of $$(".tile")) {
    const tile = tiles[place.dataset.tile];
    $(".tile-name", place).textContent = tile.name;
    $(".tile-bound", place).textContent = tile.bound || "";
    $(".tile-number", place).textContent = tile.number;
    const note = $(".tile-note", place);
    note.className = `tile-note${tile.way ? ` is-${tile.way}` : ""}`;
    const arrow = tile.way && element("span", tile.up ? "▲ " : "▼ ", { "aria-hidden": "true" });
    const spoken = tile.way && element("span", tile.up ? "up " : "down ", { class: "visually-hidden" });
    note.replaceChildren(...[arrow, spoken, tile.note].filter(Boolean));
  }
  $(".tiles-note").textContent = tilesNote(chosen);
  return tiles;
};

// Charts
const figures = {};
const tip = $(".tip");
const tooltip = (handler, event, item, text) => {
  const value = text && typeof text === "object" ? text.tip ?? Object.values(text)[0] : text;
  tip.hidden = !value;
  if (!value) return;
  tip.textContent = value;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - box.width - 8))}px`;
  tip.style.top = `${event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 18}px`;
};
// Room beside the plot: for names or numbers of the axis on the left, for labels on the right.
const pen = document.createElement("canvas").getContext("2d");
const wide = (text) => pen.measureText(text || "").width;
const roomFor = (name, rows) => {
  pen.font = `500 12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = name === "sales" ? [`${SIGN}8.8M`, `${SIGN}888k`] : name === "retention" ? ["88.8\u00a0%"] : null;
  const most = Math.max(...rows.map((row) => row.at ?? row.value ?? 0));
  // labels of short bars have room enough over the longer ones
  const outside = (row) => axis || name === "predicted" || (row.at ?? row.value ?? 0) > most / 2;
  const left = Math.ceil(Math.max(...(axis || rows.map((row) => row.name)).map(wide)));
  const right = Math.ceil(Math.max(10, ...rows.filter(outside).map((row) => wide(row.label))));
  return { left: Math.min(left, 124) + 8, right: right + 10 };
};

// A chart is made with its first rows; from then on only its data change.
const ONLY_ERRORS = 1;
const makeChart = async (name, item, rows) => {
  const specification = specifications[name];
  specification.data.find((set) => set.name === "rows").values = rows;
  const values = { sign: SIGN, ...roomFor(name, rows) };
  for (const signal of specification.signals) if (signal.name in values) signal.value = values[signal.name];
  const drawing = { renderer: "svg", actions: false, defaultStyle: false, tooltip, logLevel: ONLY_ERRORS };
  item.view = (await vegaEmbed($(".drawing", item.figure), specification, drawing)).view;
  if (name !== "segments") return;
  item.view.addEventListener("click", (event, mark) => {
    const key = mark && mark.datum && mark.datum.key;
    if (key) choose({ segment: key === chosen.segment ? ALL : key });
  });
};
for (const figure of $$("figure[data-chart]")) {
  const name = figure.dataset.chart;
  figures[name] = { figure, view: null, shown: null, drawn: null };
  $("details", figure).addEventListener("toggle", () => showTable(figures[name]));
  $(".download", figure).addEventListener("click", () => download(name, figures[name].shown));
}
const showTable = ({ figure, shown }) => {
  const details = $("details", figure);
  if (!details.open) return;
  const head = element("tr");
  head.append(...shown.columns.map((name) => element("th", name, { scope: "col" })));
  const rows = shown.table().map((row) => {
    const line = element("tr");
    line.append(...row.map((item, at) => {
      const known = typeof item === "object";
      return element(at ? "td" : "th", known ? item.text : item, { dir: "auto", ...(at ? { class: known ? "number" : "" } : { scope: "row" }) });
    }));
    return line;
  });
  const table = $("table", details);
  $("thead", table).replaceChildren(head);
  $("tbody", table).replaceChildren(...rows);
};
const showFigure = (name, item) => {
  const { figure } = item;
  const shown = CHARTS[name](chosen);
  item.shown = { columns: [], table: () => [], about: "", ...shown };
  // Vega would keep the order in which names came first
  item.shown.rows = (shown.rows || []).map((row, place) => ({ place, ...row }));
  $(".chart-title", figure).textContent = shown.title;
  $(".chart-about", figure).textContent = item.shown.about;
  $(".legend", figure).replaceChildren(...(shown.legend || []).map((entry) => {
    const line = element("li", entry.name, { dir: "auto" });
    line.style.setProperty("--colour", entry.colour);
    return line;
  }));
  const ignored = notFollowed(name);
  const aside = $(".chart-aside", figure);
  aside.textContent = ignored.map((filter) => filter.words).join(" ");
  aside.classList.toggle("is-set", ignored.some((filter) => filter.set));
  const empty = $(".chart-empty", figure);
  empty.textContent = shown.empty || "";
  empty.hidden = !shown.empty;
  const place = $(".chart", figure);
  const wasHidden = place.hidden;
  place.hidden = Boolean(shown.empty);
  // the window may have another width by now
  if (wasHidden && !place.hidden && item.view) dispatchEvent(new Event("resize"));
  place.setAttribute("aria-label", `${shown.title}. The table below has the numbers.`);
  $(".tools", figure).hidden = Boolean(shown.empty);
  showTable(item);
  // most filters leave some charts as they are
  const rows = JSON.stringify(item.shown.rows);
  if (shown.empty || rows === item.drawn) return null;
  item.drawn = rows;
  if (!item.view) return makeChart(name, item, item.shown.rows);
  const room = roomFor(name, item.shown.rows);
  return item.view.signal("left", room.left).signal("right", room.right).data("rows", item.shown.rows).runAsync();
};
const download = (name, shown) => {
  const about = filterWords(chosen).join(", ");
  // the mark of byte order lets spreadsheets read the file as UTF-8
  const file = new Blob(["\ufeff", csv([...shown.columns, "Filters"], shown.table().map((row) => [...row, about]))], { type: "text/csv;charset=utf-8" });
  const link = element("a", undefined, { href: URL.createObjectURL(file), download: `dashboard-${name}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};

const show = async (said) => {
  performance.mark("choose");
  const start = everything();
  for (const [name, select] of Object.entries(controls)) {
    select.value = chosen[name];
    select.closest(".filter").classList.toggle("is-set", chosen[name] !== start[name]);
  }
  clear.hidden = isAll(chosen);
  tip.hidden = true;
  const tiles = showTiles();
  await Promise.all(Object.entries(figures).map(([name, item]) => showFigure(name, item)));
  performance.measure("filter", "choose");
  root.dataset.ready = String(Number(root.dataset.ready || 0) + 1);
  if (!said) return;
  const sales = quarters.length ? `: ${tiles.revenue.name.toLowerCase()} ${tiles.revenue.bound || ""} ${tiles.revenue.number}, ${tiles.orders.bound || ""} ${tiles.orders.number} orders` : "";
  $(".spoken").textContent = `${filterWords(chosen).join(", ")}${sales}.`;
};

// Theme: as in the book, with the same memory.
const systemDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
const themeButton = $(".theme-button");
const setTheme = (theme) => {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  showTheme();
};
const showTheme = () => themeButton.setAttribute("aria-pressed", String(isDark()));
themeButton.addEventListener("click", () => {
  const dark = !isDark();
  const theme = dark === systemDark.matches ? null : dark ? "dark" : "light";
  setTheme(theme);
  try {
    if (theme === null) localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch (error) { /* storage may be off: the page forgets */ }
});
systemDark.addEventListener("change", showTheme);
addEventListener("storage", (event) => event.key === "theme" && setTheme(event.newValue));
showTheme();

// Keys: the same two as in the book's search, and only outside of a control that takes letters.
const help = $("dialog.help");
$(".help-button").addEventListener("click", () => help.showModal());
$(".help-close").addEventListener("click", () => help.close());
help.addEventListener("click", (event) => event.target === help && help.close());
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open || event.target.matches("select, input")) return;
  if (event.key === "?") help.showModal();
  else if (event.key === "/" && $(".filter select")) $(".filter select").focus();
  else return;
  event.preventDefault();
});
addEventListener("beforeprint", () => { tip.hidden = true; });

// Type must be there before it is measured; without it the page shows with what the system has.
const faces = ["400 12px Inter", "500 12px Inter"].map((face) => document.fonts.load(face).catch(() => []));
Promise.race([Promise.all(faces), new Promise((done) => setTimeout(done, 1500))]).then(() => {
  chosen = fromAddress();
  return show(false);
});
