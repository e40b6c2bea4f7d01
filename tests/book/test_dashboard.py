"""The dashboard in a real browser, from the disk: filters, totals, keys, downloads, themes, sizes."""

import copy
import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from patrons import dashboard_page

pytestmark = pytest.mark.browser

FILTERS = ("segment", "region", "channel", "from", "to")


@pytest.fixture(scope="module")
def dashboard(book: Path) -> Path:
    found = book / "dashboard.html"
    assert found.exists(), "the book has no dashboard"
    return found


@pytest.fixture(scope="module")
def data(dashboard: Path) -> dict:
    page = dashboard.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL).group(1))


@pytest.fixture
def shown(dashboard: Path, page: Page) -> Page:
    return opened(page, dashboard.as_uri())


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page


def choose(page: Page, name: str, key: str) -> None:
    before = page.evaluate("document.documentElement.dataset.ready")
    page.locator(f"select[name={name}]").select_option(key)
    page.wait_for_function("before => document.documentElement.dataset.ready !== before", arg=before)


def drawn(page: Page) -> dict[str, str]:
    """What each chart looks like."""
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("figure[data-chart]")].map((figure) => {
        const marks = [...figure.querySelectorAll(".chart svg :is(path, line, text)")]
        .filter((mark) => mark.checkVisibility({ opacityProperty: true }));
        const words = [".chart-title", ".chart-empty"].map((part) => figure.querySelector(part).textContent);
        return [figure.dataset.chart, JSON.stringify([...words, ...marks.map((mark) => mark.outerHTML).sort()])];
        }))"""
    )


def tiles(page: Page) -> dict[str, str]:
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".tile")].map((tile) =>
        [tile.dataset.tile, tile.querySelector(".tile-number").textContent]))"""
    )


def table(page: Page, chart: str) -> list[list[str]]:
    figure = page.locator(f"figure[data-chart={chart}]")
    if not figure.locator("details").evaluate("details => details.open"):
        figure.locator("summary").click()
    figure.locator("tbody tr").first.wait_for()
    return figure.locator("table").evaluate(
        "table => [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent))"
    )


def saved(page: Page, chart: str) -> list[list[str]]:
    with page.expect_download() as download:
        page.locator(f"figure[data-chart={chart}] .download").click()
    text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def number(text: str) -> float:
    return float(re.sub(r"[^\d.\u2212-]", "", text).replace("\u2212", "-"))


def test_it_opens_from_the_disk_and_asks_for_nothing_else(dashboard: Path, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)
    opened(page, dashboard.as_uri())
    for name in ("segment", "from"):
        choose(page, name, page.locator(f"select[name={name}] option").nth(1).get_attribute("value"))
    assert page.troubles == []  # type: ignore[attr-defined]
    folder = dashboard.parent.as_uri()
    assert all(url.startswith((folder, "data:", "blob:")) for url in asked)
    assert page.evaluate("document.fonts.check('500 12px Inter')")
    assert dashboard.stat().st_size < 3_000_000


def test_totals_agree_with_the_facts(book: Path, data: dict, shown: Page) -> None:
    facts = {key: item["value"] for key, item in json.loads((book / "facts.json").read_text()).items()}
    whole = data["slices"]["*/*/*"]
    assert sum(whole["orders"]) == facts["data.orders"]
    assert sum(whole["revenue"]) == pytest.approx(facts["data.revenue"], abs=0.01)
    assert whole["total"]["customers"] == facts["data.customers"]
    numbers = tiles(shown)
    assert number(numbers["orders"]) == facts["data.orders"]
    assert number(numbers["new_customers"]) == facts["data.customers"]
    assert number(numbers["revenue"]) * 1e6 == pytest.approx(facts["data.revenue"], rel=0.005)
    assert number(numbers["campaigns"]) == round(100 * facts["campaigns.roi"])
    assert number(numbers["test"]) == round(facts["experiment.sales.discount_20.lift_pct"], 1)
    rows = saved(shown, "sales")
    place = rows[0].index("Orders")
    assert sum(int(row[place]) for row in rows[1:]) == facts["data.orders"]
    assert sum(float(row[1]) for row in rows[1:]) == pytest.approx(facts["data.revenue"], abs=0.01)
    rows = saved(shown, "segments")
    assert sum(int(row[1]) for row in rows[1:]) == facts["data.customers"]
    assert sum(float(row[2]) for row in rows[1:]) == pytest.approx(facts["data.revenue"], abs=0.05)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_changes_every_chart_that_follows_it(data: dict, shown: Page, name: str) -> None:
    dimension = "dates" if name in ("from", "to") else name
    applies = {**data["applies"], "segments": data["applies"]["sales"]}
    key = shown.locator(f"select[name={name}] option").nth(4 if name == "from" else 2).get_attribute("value")
    before = drawn(shown)
    assert len(before) == 7
    choose(shown, name, key)
    after = drawn(shown)
    for chart in before:
        assert (before[chart] != after[chart]) == (dimension in applies[chart]), chart
        aside = shown.locator(f"figure[data-chart={chart}] .chart-aside").text_content()
        assert (dimension in aside) == (dimension not in applies[chart]), aside
    shown.get_by_role("button", name="Clear").click()
    expect(shown.get_by_role("button", name="Clear")).to_be_hidden()
    shown.wait_for_function("document.documentElement.dataset.ready === '3'")
    assert drawn(shown) == before


def test_filters_act_together(data: dict, shown: Page) -> None:
    segment, region = (data["dimensions"][name][0]["key"] for name in ("segment", "region"))
    choose(shown, "segment", segment)
    choose(shown, "region", region)
    total = data["slices"][f"{segment}/{region}/*"]["total"]
    assert number(tiles(shown)["orders"]) == total["orders"]
    choose(shown, "from", data["quarters"][-4])
    part = data["slices"][f"{segment}/{region}/*"]
    year = [place for place, start in enumerate(part["start"]) if start >= data["quarters"][-4][:4]]
    assert number(tiles(shown)["orders"]) == sum(part["orders"][place] or 0 for place in year)
    said = shown.locator(".spoken").text_content()
    assert data["dimensions"]["segment"][0]["label"] in said
    assert data["dimensions"]["region"][0]["label"] in said


def test_no_single_group_is_said_to_have_been_moved_by_an_arm(data: dict, shown: Page) -> None:
    """Of many groups one looks moved by chance: titles claim an effect for all, and read an interval for a group."""
    title, claims = shown.locator("figure[data-chart=test] .chart-title"), re.compile(r"\b(raised|lowered)\b")
    everybody = title.inner_text()
    assert claims.search(everybody) or "No arm differs clearly" in everybody
    for row in data["test"]["rows"]:
        assert row["low_pct"] is None or row["low_pct"] < row["lift_pct"] < row["high_pct"]
    for name in ("segment", "region"):
        for item in data["dimensions"][name]:
            choose(shown, name, item["key"])
            said = title.inner_text()
            assert said == everybody or not claims.search(said)  # a group without readings shows those of all
        choose(shown, name, "*")
    assert title.inner_text() == everybody


def test_a_bar_chooses_its_segment_and_lets_it_go(data: dict, shown: Page) -> None:
    bar = shown.locator("figure[data-chart=segments] .mark-rect.role-mark path").nth(1)
    bar.click()
    expect(shown.locator("select[name=segment]")).to_have_value(data["dimensions"]["segment"][1]["key"])
    bar.click()
    expect(shown.locator("select[name=segment]")).to_have_value("*")


def test_the_address_holds_the_filters(data: dict, dashboard: Path, shown: Page) -> None:
    wanted = {
        "segment": data["dimensions"]["segment"][0]["key"],
        "channel": data["dimensions"]["channel"][0]["key"],
        "from": data["quarters"][4],
        "to": data["quarters"][11],
    }
    for name, key in wanted.items():
        choose(shown, name, key)
    seen, address = (tiles(shown), drawn(shown)), shown.url
    assert {name: keys[0] for name, keys in parse_qs(address.split("#")[1]).items()} == wanted
    shown.go_back()
    expect(shown.locator("select[name=to]")).to_have_value(data["quarters"][-1])
    shown.goto("about:blank")
    opened(shown, address)
    assert (tiles(shown), drawn(shown)) == seen
    shown.goto("about:blank")
    opened(shown, f"{dashboard.as_uri()}#segment=nobody&from=1066-Q4&to={data['quarters'][0]}&x=<script>")
    expect(shown.locator("select[name=segment]")).to_have_value("*")
    expect(shown.locator("select[name=from]")).to_have_value(data["quarters"][0])
    assert shown.troubles == []  # type: ignore[attr-defined]


def test_dates_never_run_backwards(data: dict, shown: Page) -> None:
    choose(shown, "to", data["quarters"][3])
    choose(shown, "from", data["quarters"][8])
    expect(shown.locator("select[name=to]")).to_have_value(data["quarters"][8])


def test_everything_by_keyboard(data: dict, shown: Page) -> None:
    shown.keyboard.press("Tab")
    expect(shown.locator(".skip-link")).to_be_focused()
    expect(shown.locator(".skip-link")).to_be_in_viewport()
    shown.keyboard.press("?")
    expect(shown.get_by_role("dialog", name="Keyboard help")).to_be_visible()
    shown.keyboard.press("Escape")
    expect(shown.get_by_role("dialog")).to_be_hidden()
    shown.keyboard.press("/")
    expect(shown.locator("select[name=segment]")).to_be_focused()
    assert shown.evaluate("getComputedStyle(document.activeElement.closest('.filter')).outlineStyle") == "solid"
    shown.keyboard.type(data["dimensions"]["segment"][0]["label"][:4])
    expect(shown.locator("select[name=segment]")).to_have_value(data["dimensions"]["segment"][0]["key"])
    shown.keyboard.press("Enter")
    seen = []
    for _ in range(60):
        shown.keyboard.press("Tab")
        seen.append(shown.evaluate("document.activeElement.className || document.activeElement.tagName"))
        if shown.evaluate("document.activeElement.matches('[data-chart=frequency] .download')"):
            break
    else:
        pytest.fail(f"the last download is out of reach: {seen}")
    assert seen.count("download") == 7
    assert seen.count("SUMMARY") == 7
    with shown.expect_download():
        shown.keyboard.press("Enter")
    shown.keyboard.press("Shift+Tab")
    shown.keyboard.press("Enter")
    expect(shown.locator("[data-chart=frequency] tbody tr").first).to_be_visible()


def test_downloads_hold_the_numbers_that_are_shown(shown: Page) -> None:
    for chart in ("sales", "segments", "retention", "campaigns", "test", "predicted", "frequency"):
        on_page, in_file = table(shown, chart), saved(shown, chart)
        assert in_file[0] == [*on_page[0], "Filters"]
        assert len(in_file) == len(on_page) > 2
        for seen, kept in zip(on_page[1:], in_file[1:], strict=True):
            assert kept[0] == seen[0]
            assert kept[-1] == "all segments, all regions, all channels, all dates"
            for text, value in zip(seen[1:], kept[1:-1], strict=True):
                if not re.search(r"\d", text) or re.search(r"[a-z]{2}", text):
                    assert text == value
                    continue
                scale = 100 if "%" in text else 1e3 if text.endswith("k") else 1e6 if text.endswith("m") else 1
                near = float(value) * (100 if "%" in text else 1)
                assert number(text) * (1 if "%" in text else scale) == pytest.approx(near, rel=0.006, abs=0.51)


def test_masked_numbers_are_said_to_be_masked(data: dict, shown: Page) -> None:
    few = f"fewer than {data['shop']['smallest_group']}"
    place, part = next(
        (key, part)
        for key, part in data["slices"].items()
        if part["grain"] == "month" and None in part["orders"][3:] and any(part["orders"][3:])
    )
    for name, key in zip(("segment", "region", "channel"), place.split("/"), strict=True):
        if key != "*":
            choose(shown, name, key)
    rows = table(shown, "sales")[1:]
    assert [row[3] == few for row in rows] == [value is None for value in part["orders"]]
    assert [row[3] for row in saved(shown, "sales")[1:]] == [few if v is None else str(v) for v in part["orders"]]
    choose(shown, "from", data["quarters"][1])
    assert shown.locator("[data-tile=orders] .tile-bound").text_content() == "at least"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(dashboard: Path, page: Page, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, dashboard.as_uri())
    table(page, "sales")
    choose(page, "from", page.locator("select[name=from] option").nth(3).get_attribute("value"))
    found = [(item["id"], item["nodes"][0]["target"]) for item in Axe().run(page).response["violations"]]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    edge = page.evaluate(
        """Math.max(...[...document.querySelectorAll(".chart svg text")].map((text) =>
        text.getBoundingClientRect().right - text.closest(".card").getBoundingClientRect().right))"""
    )
    assert edge <= 0


def test_the_theme_is_the_book_s(dashboard: Path, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    opened(page, dashboard.as_uri())
    line = "getComputedStyle(document.querySelector('[data-chart=sales] .mark-line path')).stroke"
    light = page.evaluate(line), page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate(line), page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light[0] != dark[0]
    assert light[1] != dark[1]
    assert page.evaluate("localStorage.getItem('theme')") == "dark"
    page.goto((dashboard.parent / "index.html").as_uri())
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_hostile_names_stay_text(data: dict, page: Page, tmp_path: Path) -> None:
    hostile = '</script><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    changed = copy.deepcopy(data)
    changed["shop"]["name"] = hostile
    changed["dimensions"]["segment"][0]["label"] = hostile
    changed["dimensions"]["segment"][1]["label"] = "=1+1"
    for row in changed["test"]["rows"]:
        row["label"] = f"{hostile} {row['label']}"
    for row in changed["campaigns"]:
        row["channel"] = f"=cmd|' /C calc'!{row['channel']}"
    target = tmp_path / "dashboard.html"
    target.write_text(dashboard_page.render(changed), encoding="utf-8")
    opened(page, target.as_uri())
    choose(page, "segment", data["dimensions"]["segment"][0]["key"])
    table(page, "segments")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert hostile in page.locator("[data-chart=segments] .chart-title").text_content()
    assert saved(page, "segments")[2][0] == "'=1+1"
    assert all(row[0].startswith("'=") or row[0].startswith("=") is False for row in saved(page, "campaigns"))


def test_what_a_source_lacks_is_said_and_leaves_no_hole(data: dict, page: Page, tmp_path: Path) -> None:
    changed = copy.deepcopy(data)
    for name in ("campaigns", "test", "predicted"):
        changed.pop(name)
    changed["dimensions"] = {"segment": changed["dimensions"]["segment"]}
    changed["slices"] = {key: part for key, part in changed["slices"].items() if key.endswith("/*/*")}
    target = tmp_path / "dashboard.html"
    target.write_text(dashboard_page.render(changed), encoding="utf-8")
    opened(page, target.as_uri())
    assert page.locator("figure").count() == 4
    assert page.locator(".missing p").count() == 3
    assert page.locator("select").count() == 3
    choose(page, "segment", data["dimensions"]["segment"][0]["key"])
    assert [trouble for trouble in page.troubles if "fonts/" not in trouble and "ERR_FILE" not in trouble] == []  # type: ignore[attr-defined]


def test_segments_of_a_source_without_orders(data: dict, page: Page, tmp_path: Path) -> None:
    keys = [item["key"] for item in data["dimensions"]["segment"]]
    sums: list[dict] = [{"segment": key, "customers": 10, "orders": 100, "revenue": 1000.0} for key in keys]
    sums[1] |= dict.fromkeys(("customers", "orders", "revenue"))
    changed = {"shop": {name: value for name, value in data["shop"].items() if not name.endswith("_month")}}
    changed |= {"dimensions": {"segment": data["dimensions"]["segment"]}, "months": [], "quarters": [], "slices": {}}
    changed |= {"sums": sums, "applies": {"segments": []}, "notes": [], "facts": {}}
    target = tmp_path / "dashboard.html"
    target.write_text(dashboard_page.render(changed), encoding="utf-8")
    opened(page, target.as_uri())
    customers = [row[1] for row in table(page, "segments")[1:]]
    assert customers == ["10", "fewer than 5", *["10"] * (len(keys) - 2)]
    before = drawn(page)["segments"]
    choose(page, "segment", keys[-1])
    assert drawn(page)["segments"] != before
    assert "Not filtered" not in page.locator("figure[data-chart=segments]").inner_text()
    assert page.locator(".spoken").text_content() == data["dimensions"]["segment"][-1]["label"] + "."
    assert [trouble for trouble in page.troubles if "fonts/" not in trouble and "ERR_FILE" not in trouble] == []  # type: ignore[attr-defined]


def test_it_prints_on_light_paper(dashboard: Path, page: Page) -> None:
    page.emulate_media(color_scheme="dark", media="print")
    opened(page, dashboard.as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(20, 24, 28)"
    expect(page.locator(".download").first).to_be_hidden()
