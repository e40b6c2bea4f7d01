"""How long the dashboard of the built book takes to follow a filter, in processor time of the page.

The measure beside it is what it would take to make every chart anew: the time to the first drawing after the page's
scripts are read. Beside the seconds of the clock, which other work on the machine lengthens, stand those of the
processor.
"""

import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

WANTED = 100
ROUNDS = 12
CHOOSE = """async ([name, round]) => {
  const select = document.querySelector(`select[name=${name}]`);
  select.selectedIndex = (select.selectedIndex + 1 + round) % select.options.length;
  const before = document.documentElement.dataset.ready;
  const start = performance.now();
  select.dispatchEvent(new Event("change"));
  while (document.documentElement.dataset.ready === before) await new Promise((done) => setTimeout(done, 0));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  return performance.now() - start;
}"""


def run() -> Iterator[str]:
    """Yield the time of the first drawing, then of each filter, then the whole and its ratio."""
    built = Path("_book/dashboard.html").resolve()
    chromium = shutil.which("chromium")
    if not built.exists() or chromium is None:
        yield "needs the built book (make book) and chromium (make test)"
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        processor = page.context.new_cdp_session(page)
        processor.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(built.as_uri())
        page.wait_for_selector("html[data-ready]")
        first = page.evaluate("performance.getEntriesByName('filter')[0].duration")
        yield f"{'first drawing':22} {first:6.0f} ms"
        clock, busy = [], []
        for name in page.evaluate("[...document.querySelectorAll('select')].map((select) => select.name)"):
            taken = [_filter(page, processor, name, turn) for turn in range(ROUNDS)]
            seconds, ticks = ([item[place] for item in taken] for place in (0, 1))
            yield (
                f"{name:22} {statistics.median(seconds):6.0f} ms, worst {max(seconds):.0f}; "
                f"{statistics.median(ticks):.0f} ms of processor, worst {max(ticks):.0f}"
            )
            clock += seconds
            busy += ticks
        browser.close()
    median = statistics.median(clock)
    yield (
        f"{'a filter':22} {median:6.0f} ms, worst {max(clock):.0f}; {statistics.median(busy):.0f} ms of processor, "
        f"worst {max(busy):.0f}; {median / first:.2f} × the first drawing "
        f"(wanted: below {WANTED} ms): {'yes' if median < WANTED else 'NO'}"
    )


def _filter(page: Page, processor: CDPSession, name: str, turn: int) -> tuple[float, float]:
    before = _busy(processor)
    clock = page.evaluate(CHOOSE, [name, turn % 3])
    return clock, 1000 * (_busy(processor) - before)


def _busy(processor: CDPSession) -> float:
    metrics = processor.send("Performance.getMetrics")["metrics"]
    return next(item["value"] for item in metrics if item["name"] == "TaskDuration")
