// Everything on a page that moves: theme, sidebar, contents, code, tabs, enlarged figures.
(() => {
  "use strict";
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Storage may be switched off or full: the page then forgets, and works.
  const remember = (key, value) => {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch (error) { /* forgets */ }
  };
  const recall = (key) => {
    try {
      return localStorage.getItem(key);
    } catch (error) {
      return null;
    }
  };

  // Theme: follows the system until the reader chooses; choosing what the system has follows it again.
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
  const showTheme = () => $$(".theme-button").forEach((button) => button.setAttribute("aria-pressed", String(isDark())));
  $$(".theme-button").forEach((button) =>
    button.addEventListener("click", () => {
      const dark = !isDark();
      const theme = dark === systemDark.matches ? null : dark ? "dark" : "light";
      if (theme) root.dataset.theme = theme;
      else delete root.dataset.theme;
      remember("theme", theme);
      showTheme();
    }),
  );
  systemDark.addEventListener("change", showTheme);
  addEventListener("storage", (event) => {
    if (event.key !== "theme") return;
    if (event.newValue) root.dataset.theme = event.newValue;
    else delete root.dataset.theme;
    showTheme();
  });
  showTheme();

  // Sidebar on small screens
  const sidebar = $("#site-sidebar");
  const menu = $(".menu-button");
  const shade = $(".shade");
  const openSidebar = (open) => {
    sidebar.classList.toggle("is-open", open);
    menu.setAttribute("aria-expanded", String(open));
    shade.hidden = !open;
    if (open) ($("[aria-current]", sidebar) || $("a", sidebar)).focus({ preventScroll: true });
  };
  const sidebarIsOpen = () => sidebar.classList.contains("is-open");
  menu.addEventListener("click", () => openSidebar(!sidebarIsOpen()));
  shade.addEventListener("click", () => openSidebar(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && sidebarIsOpen() && !event.defaultPrevented) {
      openSidebar(false);
      menu.focus();
    }
  });
  sidebar.addEventListener("focusout", (event) => {
    const next = event.relatedTarget;
    if (sidebarIsOpen() && next && !sidebar.contains(next) && next !== menu) openSidebar(false);
  });
  // the way to the current chapter must not scroll the page
  const current = $("[aria-current]", sidebar);
  if (current && current.offsetTop > sidebar.clientHeight - 80) sidebar.scrollTop = current.offsetTop - sidebar.clientHeight / 2;

  // Contents: mark the section being read; step aside for what stands in the margin
  const contents = $(".contents");
  if (contents) {
    const links = new Map($$("a", contents).map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    const guests = $$(".margin-note, .float.wide");
    let here = null;
    const update = () => {
      const line = Math.min(innerHeight * 0.3, 240);
      let found = headings.filter((heading) => heading.getBoundingClientRect().top <= line).pop();
      const end = scrollY + innerHeight >= root.scrollHeight - 4;
      if (end && scrollY > 0) found = headings[headings.length - 1];
      const link = found ? links.get(found.id) : null;
      if (link !== here) {
        if (here) {
          here.classList.remove("is-here");
          here.removeAttribute("aria-current");
        }
        if (link) {
          link.classList.add("is-here");
          link.setAttribute("aria-current", "true");
        }
        here = link;
      }
      const box = contents.getBoundingClientRect();
      const covered = guests.some((guest) => {
        const other = guest.getBoundingClientRect();
        return other.right > box.left && other.top < box.bottom + 12 && other.bottom > box.top - 12;
      });
      contents.classList.toggle("is-covered", covered);
    };
    let waiting = false;
    const schedule = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        update();
      });
    };
    addEventListener("scroll", schedule, { passive: true });
    addEventListener("resize", schedule);
    addEventListener("load", schedule);
    update();
  }

  // Code: one switch for all of it, remembered; a button to copy each block
  const folds = $$("details.code");
  const codeSwitch = $(".code-switch");
  const showCode = (open) => {
    folds.forEach((fold) => {
      fold.open = open;
    });
    codeSwitch.setAttribute("aria-pressed", String(open));
    codeSwitch.textContent = open ? "Fold all code" : "Show all code";
  };
  codeSwitch.addEventListener("click", () => {
    const open = codeSwitch.getAttribute("aria-pressed") !== "true";
    showCode(open);
    remember("code", open ? "open" : null);
  });
  if (recall("code") === "open") showCode(true);
  $$("div.sourceCode").forEach((block) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const text = $("code", block).innerText;
      try {
        await navigator.clipboard.writeText(text);
      } catch (error) {
        // pages opened from the disk may not use the clipboard: select the text instead
        getSelection().selectAllChildren($("code", block));
        document.execCommand("copy");
      }
      button.textContent = "Copied";
      setTimeout(() => {
        button.textContent = "Copy";
      }, 1600);
    });
    block.append(button);
  });

  // What scrolls sideways can be reached by keyboard
  const makeReachable = () =>
    $$(".table-scroll, .figure-scroll, .content pre, .equation-body").forEach((box) => {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        const caption = box.closest("figure")?.querySelector("figcaption");
        if (box.matches(".table-scroll")) {
          box.setAttribute("role", "region");
          if (caption?.id) box.setAttribute("aria-labelledby", caption.id);
          else box.setAttribute("aria-label", "Table");
        }
      } else {
        box.removeAttribute("tabindex");
        box.removeAttribute("role");
      }
    });
  // … and fades at the right edge for as long as there is more of it
  const showMore = (box) => box.classList.toggle("has-more", box.scrollLeft + box.clientWidth < box.scrollWidth - 4);
  $$(".table-scroll, .figure-scroll, .equation-body").forEach((box) => {
    box.addEventListener("scroll", () => showMore(box), { passive: true });
    new ResizeObserver(() => showMore(box)).observe(box);
  });
  makeReachable();
  addEventListener("resize", makeReachable);
  document.addEventListener("toggle", makeReachable, true);

  // Tabs: the choice holds for all tabs of that name, on every page
  const select = (tab, focus) => {
    const list = tab.parentElement;
    $$("[role=tab]", list).forEach((other) => {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).classList.toggle("is-active", chosen);
    });
    if (focus) tab.focus();
    makeReachable();
  };
  const group = (tab) => `tab-${tab.closest(".tabset").dataset.group || "all"}`;
  const choose = (tab, focus) => {
    const name = tab.textContent.trim();
    const before = tab.getBoundingClientRect().top;
    $$("[role=tab]").forEach((other) => {
      if (other !== tab && other.textContent.trim() === name && group(other) === group(tab)) select(other, false);
    });
    select(tab, focus);
    // tabs above this one may have changed their height: what the reader looks at stays where it is
    scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
    remember(group(tab), name);
  };
  $$(".tab-list").forEach((list) => {
    const tabs = $$("[role=tab]", list);
    tabs.forEach((tab, i) => {
      tab.addEventListener("click", () => choose(tab, false));
      tab.addEventListener("keydown", (event) => {
        const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        choose(tabs[(to + tabs.length) % tabs.length], true);
      });
    });
    const wanted = tabs.find((tab) => tab.textContent.trim() === recall(group(tab)));
    if (wanted) select(wanted, false);
  });
  // a link into a hidden tab or a closed note opens it
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const panel = target.closest(".tab-panel:not(.is-active)");
    if (panel) select(document.getElementById(panel.getAttribute("aria-labelledby")), false);
    const fold = target.closest("details:not([open])");
    if (fold) fold.open = true;
    if (panel || fold) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Enlarged figures
  const dialog = $("dialog.enlarged");
  $$(".enlarge").forEach((button) =>
    button.addEventListener("click", () => {
      const figure = button.closest("figure");
      $(".enlarged-caption").innerHTML = $(".caption-text", figure).innerHTML;
      const body = $(".enlarged-body");
      body.replaceChildren(
        ...$$("img", figure).map((image) => {
          const copy = image.cloneNode();
          copy.removeAttribute("width");
          copy.removeAttribute("height");
          return copy;
        }),
      );
      dialog.showModal();
    }),
  );
  $(".enlarged-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.matches(".enlarged-body")) dialog.close();
  });
})();
