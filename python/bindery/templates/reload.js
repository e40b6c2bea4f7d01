// Added to pages by the preview, never to files: reloads the page after a build, shows why one failed.
(() => {
  const shown = Number(document.currentScript.dataset.build);
  const events = new EventSource("/.bindery/events");
  events.onmessage = (event) => {
    const { build, error } = JSON.parse(event.data);
    if (build > shown) {
      events.close();
      location.reload();
      return;
    }
    document.getElementById("bindery-error")?.remove();
    if (error) {
      const box = document.createElement("pre");
      box.id = "bindery-error";
      box.setAttribute("role", "alert");
      box.textContent = error;
      box.style.cssText =
        "position:fixed;inset:auto 0 0 0;z-index:9999;max-height:60vh;overflow:auto;margin:0;padding:1rem 1.5rem;" +
        "background:#2a1512;color:#ffe9e3;border-top:3px solid #cf5c36;font:13px/1.5 monospace;white-space:pre-wrap";
      document.body.append(box);
    }
  };
})();
