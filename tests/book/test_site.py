"""The site in a real browser, from a server and from the disk."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def addresses(book: Path, pages: list[Path], server: str) -> list[str]:
    return [f"{server}/{page.relative_to(book)}" for page in pages]


def test_nothing_fails_to_load(book: Path, pages: list[Path], server: str, page: Page) -> None:
    for address in [*addresses(book, pages, server), *(p.as_uri() for p in pages)]:
        page.goto(address)
        page.wait_for_load_state("networkidle")
    assert page.troubles == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("from_disk", [False, True], ids=["server", "disk"])
def test_search_finds_a_word_and_leads_there(book: Path, server: str, page: Page, from_disk: bool) -> None:
    page.goto((book / "index.html").as_uri() if from_disk else f"{server}/index.html")
    page.keyboard.press("/")
    box = page.get_by_role("searchbox").or_(page.get_by_role("combobox"))
    expect(box).to_be_focused()
    page.keyboard.type("Wansbeek")
    page.locator("[role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"chapters/rfm\.html"))
    assert "Wansbeek" in page.locator("main").inner_text()


def test_cross_reference_leads_to_its_figure(server: str, page: Page) -> None:
    page.goto(f"{server}/chapters/rfm.html")
    link = page.locator("main a[href*='#fig-']").first
    target = link.get_attribute("href").split("#")[1]
    assert re.match(r"Figure\s\d+\.\d+", link.inner_text())
    link.click()
    expect(page.locator(f"#{target}")).to_be_in_viewport()


def test_theme_switch_holds_on_the_next_page(server: str, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{server}/index.html")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name=re.compile("dark|theme", re.IGNORECASE)).first.click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.goto(f"{server}/chapters/data.html")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_the_system_theme_is_followed(server: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{server}/index.html")
    red, green, blue = json.loads(
        page.evaluate("JSON.stringify(getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number))")
    )[:3]
    assert max(red, green, blue) < 80


@pytest.mark.parametrize("width", [1280, 390])
def test_in_the_dark_figures_stand_on_the_page(server: str, page: Page, width: int) -> None:
    """Nearly all of a figure's edge is ground, and the ground is the page's."""
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server}/chapters/truth.html")
    behind = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ground = [int(part) for part in re.findall(r"\d+", behind)]
    figures = page.locator(".float.fig .figure-scroll")
    assert figures.count() > 3
    for figure in figures.all():
        drawn = np.asarray(Image.open(io.BytesIO(figure.screenshot())).convert("RGB")).astype(int)
        edge = np.concatenate([drawn[2], drawn[-3], drawn[:, 2]])
        assert (np.abs(edge - ground).max(axis=1) <= 6).mean() > 0.9


def test_nothing_scrolls_sideways_on_a_phone(book: Path, pages: list[Path], server: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for address in addresses(book, pages, server):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_code_is_folded_until_asked_for(server: str, page: Page) -> None:
    page.goto(f"{server}/chapters/rfm.html")
    blocks = page.locator("main details:has(pre)")
    assert blocks.count() > 2
    assert page.locator("main details[open]:has(pre)").count() == 0
    blocks.first.locator("summary").click()
    expect(blocks.first.locator("pre").first).to_be_visible()


def test_figures_can_be_enlarged_and_closed_by_key(server: str, page: Page) -> None:
    page.goto(f"{server}/chapters/rfm.html")
    page.get_by_role("button", name=re.compile("enlarge", re.IGNORECASE)).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(
    book: Path, pages: list[Path], server: str, page: Page, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    found = []
    for address in addresses(book, pages, server):
        page.goto(address)
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                nodes = [node["target"] for node in violation["nodes"]][:3]
                found.append((address.rsplit("/", 1)[-1], violation["id"], nodes))
    assert not found
