// Search: the index is a script, fetched when the box is first used, so that it also loads from the disk.
(() => {
  "use strict";
  const base = document.body.dataset.root;
  const box = document.getElementById("site-search");
  const panel = box.closest(".search").querySelector(".search-panel");
  const list = document.getElementById("site-results");
  const status = panel.querySelector(".search-status");
  const LIMIT = 12;
  let index = null;
  let loading = null;
  let chosen = -1;

  const fetchScript = (name) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${base}assets/${name}`;
      script.onload = resolve;
      script.onerror = () => reject(new Error(name));
      document.head.append(script);
    });

  // Words are compared without accents, so that "cafe" finds "café".
  const fold = (term) => term.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

  const load = () => {
    loading ??= Promise.all([fetchScript("minisearch.js"), fetchScript("search.js")]).then(() => {
      index = new MiniSearch({
        fields: ["title", "chapter", "text"],
        storeFields: ["url", "title", "chapter", "text"],
        processTerm: fold,
        searchOptions: { boost: { title: 3, chapter: 1.5 }, prefix: (term) => term.length > 1, fuzzy: (term) => (term.length > 4 ? 0.2 : false), combineWith: "AND" },
      });
      index.addAll(window.bookSearch);
    });
    return loading;
  };

  const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

  // Positions of the found words in a text, as pairs of start and end.
  const occurrences = (text, terms) => {
    const found = [];
    for (const match of text.matchAll(/[\p{L}\p{N}]+/gu)) {
      if (terms.has(fold(match[0]))) found.push([match.index, match.index + match[0].length]);
    }
    return found;
  };
  const highlight = (text, terms) => {
    let out = "";
    let at = 0;
    for (const [start, end] of occurrences(text, terms)) {
      out += `${escape(text.slice(at, start))}<mark>${escape(text.slice(start, end))}</mark>`;
      at = end;
    }
    return out + escape(text.slice(at));
  };
  const excerpt = (text, terms) => {
    const first = occurrences(text, terms)[0];
    if (!first) return escape(text.slice(0, 130)) + (text.length > 130 ? "…" : "");
    let start = Math.max(0, first[0] - 50);
    if (start > 0) start = text.indexOf(" ", start) + 1;
    let end = Math.min(text.length, start + 150);
    if (end < text.length) end = Math.max(first[1], text.lastIndexOf(" ", end));
    return (start > 0 ? "…" : "") + highlight(text.slice(start, end), terms) + (end < text.length ? "…" : "");
  };

  const place = () => {
    const at = box.getBoundingClientRect();
    panel.style.top = `${at.bottom}px`;
    if (innerWidth > 900) panel.style.left = `${at.left}px`;
    else panel.style.left = "";
  };
  const open = (shown) => {
    panel.hidden = !shown;
    box.setAttribute("aria-expanded", String(shown));
    if (shown) place();
  };
  const mark = (position) => {
    const items = [...list.children];
    chosen = items.length ? (position + items.length) % items.length : -1;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === chosen)));
    if (chosen >= 0) {
      box.setAttribute("aria-activedescendant", items[chosen].id);
      items[chosen].scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  };

  const search = async () => {
    const query = box.value.trim();
    if (!query) {
      open(false);
      return;
    }
    try {
      await load();
    } catch (error) {
      status.textContent = "The search index could not be read.";
      open(true);
      return;
    }
    if (query !== box.value.trim()) return; // the reader typed on while the index was loading
    let results = index.search(query);
    if (!results.length) results = index.search(query, { combineWith: "OR" });
    status.textContent = results.length ? `${results.length} ${results.length === 1 ? "section" : "sections"}` : "Nothing found";
    list.innerHTML = results
      .slice(0, LIMIT)
      .map((result, i) => {
        const terms = new Set(result.terms);
        const [page, anchor] = result.url.split("#");
        const href = `${base}${page}?q=${encodeURIComponent(query)}${anchor ? `#${anchor}` : ""}`;
        const chapter = result.chapter === result.title ? "" : ` <span class="search-chapter">· ${escape(result.chapter)}</span>`;
        return (
          `<li role="option" id="site-result-${i}" aria-selected="false"><a href="${escape(href)}" tabindex="-1">` +
          `<span class="search-title">${highlight(result.title, terms)}${chapter}</span>` +
          `<span class="search-excerpt">${excerpt(result.text, terms)}</span></a></li>`
        );
      })
      .join("");
    open(true);
    mark(results.length ? 0 : -1);
    panel.scrollTop = 0;
  };

  box.addEventListener("focus", () => {
    load().catch(() => {});
    if (box.value.trim()) search();
  });
  box.addEventListener("input", search);
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      list.children[chosen].querySelector("a").click();
    } else if (event.key === "Escape" && (box.value || !panel.hidden)) {
      event.preventDefault();
      box.value = "";
      open(false);
    }
  });
  list.addEventListener("mousemove", (event) => {
    const item = event.target.closest("li");
    if (item && item.getAttribute("aria-selected") !== "true") mark([...list.children].indexOf(item));
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".search")) open(false);
  });
  addEventListener("resize", () => open(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    const menu = document.querySelector(".menu-button");
    if (menu.offsetParent && menu.getAttribute("aria-expanded") === "false") menu.click();
    box.focus();
    box.select();
  });

  // On arrival from a result, the words that were looked for are marked.
  const query = new URLSearchParams(location.search).get("q");
  if (query) {
    const words = query.match(/[\p{L}\p{N}]+/gu)?.map(fold) ?? [];
    const main = document.getElementById("site-content");
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT, {
      acceptNode: (node) => (node.parentElement.closest("script, style, math, code, button, nav") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT),
    });
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    for (const node of nodes) {
      const text = node.textContent;
      const terms = new Set((text.match(/[\p{L}\p{N}]+/gu) ?? []).map(fold).filter((term) => words.some((word) => term.startsWith(word))));
      if (!terms.size) continue;
      const holder = document.createElement("span");
      holder.innerHTML = highlight(text, terms);
      node.replaceWith(...holder.childNodes);
    }
    const address = new URL(location.href);
    address.searchParams.delete("q");
    history.replaceState(null, "", address);
  }
})();
