import copy
import json
import re
from html.parser import HTMLParser

import pytest

from patrons import dashboard_charts, dashboard_page, theme

HOSTILE = [
    '</script><script>alert("x")</script>',
    "<!--<script>",
    "a\u2028b\u2029c",
    "\"quoted\" & 'single'",
    "=cmd|' /C calc'!A1",
    "\u05e9\u05dc\u05d5\u05dd \u202egnirts",
    "🛒 emoji",
]


def example() -> dict:
    """A shop of two years, two segments and one region: as small as a dashboard's data can be."""
    months = [f"{year}-{month:02d}" for year in (2022, 2023) for month in range(1, 13)]
    part = {
        "grain": "month",
        "start": months,
        "orders": [10] * 24,
        "revenue": [100.5] * 24,
        "buyers": [8] * 24,
        "new_customers": [5] * 23 + [None],
        "total": {"orders": 240, "revenue": 2412.0, "customers": 120},
        "frequency": {
            "bins": ["first order", "up to 30 days"],
            "orders": [[60, 60], [60, None]],
            "grain": "year",
            "start": ["2022-01", "2023-01"],
        },
        "retention": [{"cohort": "2022", "size": 60, "active": [60, 20, None]}],
    }
    return {
        "shop": {
            "name": "Corner shop",
            "currency": "GBP",
            "symbol": "£",
            "reference_date": "2024-01-01",
            "smallest_group": 5,
            "first_month": "2022-01",
            "last_month": "2023-12",
            "simulated": False,
        },
        "dimensions": {
            "segment": [
                {"key": "loyal", "label": "Loyal", "colour": "#2f8f6b", "colour_dark": "#449a7a"},
                {"key": "lost", "label": "Lost", "colour": "#7f8893", "colour_dark": "#7f8893"},
            ]
        },
        "months": months,
        "quarters": [f"{year}-Q{quarter}" for year in (2022, 2023) for quarter in range(1, 5)],
        "slices": {"*/*/*": part, "loyal/*/*": part, "lost/*/*": part},
        "campaigns": [
            {"channel": "post", "segment": "all", "quarter": "2022-Q1", "conversions": 3, "cost": 10, "revenue": 30}
        ],
        "test": {"outcome": "sales", "unit": "GBP", "control": "nothing", "assigned": None, "rows": []},
        "predicted": [],
        "applies": {"sales": ["segment", "dates"], "campaigns": ["dates"]},
        "notes": ["A note."],
        "facts": {},
    }


class Reader(HTMLParser):
    """Elements of a page, and what stands in its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.scripts: list[str] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, dict(attributes)))
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data


@pytest.fixture(scope="module")
def page() -> str:
    return dashboard_page.render(example())


def test_the_same_data_give_the_same_page(page: str) -> None:
    assert dashboard_page.render(example()) == page
    assert dashboard_page.library.__wrapped__() == dashboard_page.library()


def test_the_page_stays_small(page: str) -> None:
    assert len(page.encode()) < 1_500_000


def test_nothing_but_fonts_is_asked_for(page: str) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL).group(1)
    assert set(re.findall(r"url\(\"?([^)\"]+)", style)) == {
        f"assets/fonts/{file}.woff2" for *_, file in dashboard_page.FACES
    }
    for tag, attributes in Reader(page).tags:
        assert tag not in ("img", "iframe", "object", "embed")
        assert "src" not in attributes
        assert attributes.get("href", "").startswith(("data:", "#", "index.html")) or "href" not in attributes


def test_fonts_are_those_of_the_book(root) -> None:
    for *_, file in dashboard_page.FACES:
        assert (root / "assets" / "fonts" / f"{file}.woff2").exists()


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_data_is_inert(page: str, text: str) -> None:
    data = copy.deepcopy(example())
    data["shop"]["name"] = text
    data["dimensions"]["segment"][0]["label"] = text
    data["dimensions"]["segment"][0]["key"] = text
    data["campaigns"][0]["channel"] = text
    data["notes"] = [text]
    plain, hostile = Reader(page), Reader(dashboard_page.render(data))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert len(hostile.scripts) == len(plain.scripts)
    inside = next(script for script in hostile.scripts if '"slices"' in script[:5000])
    assert not set(inside) & set("<\u2028\u2029")
    assert json.loads(inside)["campaigns"][0]["channel"] == text
    assert any(attributes.get("value") == text for _, attributes in hostile.tags)


def test_a_colour_that_is_none_is_not_written_into_the_style() -> None:
    data = example()
    data["dimensions"]["segment"][0]["colour"] = "red;}</style><script>alert(1)</script>"
    style = dashboard_page._style(data, 8)
    assert "alert" not in style
    assert f"--segment-1:{theme.palette()['light']['soft']}" in style


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dashboard_page.inert({"a": float("nan")})


def test_what_is_missing_is_said_in_a_sentence(page: str) -> None:
    assert 'data-chart="campaigns"' in page
    assert 'data-chart="test"' not in page
    assert "Add a table “experiment” to source.yml" in page
    assert "Add a table “campaigns”" not in page
    assert 'data-tile="test"' not in page


def test_a_source_without_orders_still_has_a_page() -> None:
    data = example() | {"slices": {}, "dimensions": {}, "months": [], "quarters": [], "campaigns": []}
    data["shop"] |= {"last_month": None, "symbol": None, "currency": None}
    empty = dashboard_page.render(data)
    assert "<figure" not in empty
    assert 'class="tiles"' not in empty
    assert "<select" not in empty
    assert "data to" not in empty
    assert empty.count("Add a") == len(dashboard_page.CHARTS)


@pytest.mark.parametrize("count", range(8))
def test_no_row_of_charts_has_a_hole(count: int) -> None:
    spans = dashboard_page.spans([str(place) for place in range(count)])
    assert len(spans) == count
    filled = 0
    for span in spans:
        filled += span
        assert filled <= 12
        filled %= 12
    assert filled == 0


@pytest.mark.parametrize("name", dashboard_charts.CHARTS)
def test_a_chart_has_no_colour_of_its_own(name: str) -> None:
    text = json.dumps(dashboard_charts.compiled()[name])
    assert '"rows"' in text
    assert re.findall(r"#[0-9a-fA-F]{6}", text) == []
    assert not re.search(r'"(fill|stroke)": \{"value": "(?!var\(|transparent)', text)


def test_colours_are_those_of_the_palette(page: str) -> None:
    palette = theme.palette()
    for name in ("light", "dark"):
        for role, shade in palette[name].items():
            assert f"--{role}:{shade};" in page
    for place in range(dashboard_charts.ARMS):
        assert f"--arm-{place + 1}:{palette['series'][place]};" in page
