"""One palette in both languages, colours that can be told apart, and a face that is really there."""

import os
import subprocess
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import plotnine as p9
import pytest
from matplotlib import font_manager

from patrons import r, tables, theme

ROOT = Path(__file__).parents[2]


def luminance(colour):
    channels = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_both_languages_read_the_same_palette():
    r.use("theme")
    assert r.call("book_palette")["segments"] == theme.segment_colours()
    assert r.call("book_colour", "accent") == theme.colour("accent")
    assert r.call("tinted", theme.colour("accent"), 0.3).lower() == theme.tinted(theme.colour("accent"), 0.3)


@pytest.mark.parametrize("name", theme.segment_colours())
def test_segments_stand_out_from_the_paper(name):
    assert contrast(theme.colour(name), theme.colour("paper")) >= 3


def test_clusters_have_colours_in_both_languages():
    r.use("theme")
    assert list(theme.cluster_colours(10).values()) == r.call("cluster_colours", 10).tolist()
    assert theme.cluster_colours(12)[12] == theme.colour("soft") == r.call("cluster_colours", 12)[11]
    assert list(theme.cluster_colours(3)) == [1, 2, 3]


@pytest.mark.parametrize("shade", theme.palette()["clusters"])
def test_clusters_stand_out_from_the_paper(shade):
    assert contrast(shade, theme.colour("paper")) >= 3


def lab(linear):
    """CIE L*a*b* of linear sRGB."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = np.clip(to_xyz @ linear / [0.9505, 1.0, 1.089], 0, None)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Viénot, Brettel & Mollon (1999): what readers without red or green cones see, in linear RGB.
COLOUR_BLIND = {
    "protanope": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deuteranope": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}


@pytest.mark.parametrize("kind", COLOUR_BLIND)
def test_segments_stay_apart_for_colour_blind_readers(kind):
    seen = {
        name: lab(np.array(COLOUR_BLIND[kind]) @ (np.array(mpl.colors.to_rgb(colour)) ** 2.2))
        for name, colour in theme.segment_colours().items()
    }
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 10, (one, other)


@pytest.mark.parametrize("kind", [*COLOUR_BLIND, "everybody"])
def test_clusters_stay_apart(kind):
    seen = {
        shade: lab(np.array(COLOUR_BLIND.get(kind, np.eye(3))) @ (np.array(mpl.colors.to_rgb(shade)) ** 2.2))
        for shade in theme.palette()["clusters"]
    }
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 12, (one, other)


def test_text_colours_can_be_read():
    for role in ("ink", "soft", "accent", "good", "bad"):
        assert contrast(theme.colour(role), theme.colour("paper")) >= 4.5


def test_unnamed_segments_take_free_colours():
    colours = theme.segment_colours(["champions", "night_owls"])
    assert colours["champions"] == theme.colour("champions")
    assert colours["night_owls"] not in theme.segment_colours().values()
    with pytest.raises(KeyError, match="nonsense"):
        theme.colour("nonsense")


def test_matplotlib_finds_inter():
    theme.apply()
    path = Path(
        font_manager.findfont(font_manager.FontProperties(family="Inter", weight="semibold"), fallback_to_default=False)
    )
    assert path.parent == ROOT / "assets" / "fonts"
    assert mpl.rcParams["svg.fonttype"] == "none"


def test_the_same_figure_has_the_same_bytes(tmp_path):
    theme.apply()
    data = pd.DataFrame({"x": [1, 2, 3], "y": [3.0, 1.0, 2.0]})
    written = []
    for name in ("one.svg", "two.svg"):
        figure = p9.ggplot(data, p9.aes("x", "y")) + p9.geom_col() + theme.paper()
        figure.save(tmp_path / name, verbose=False, metadata={"Date": None})
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    assert b"Inter" in written[0]


def test_r_figures_are_drawn_in_inter(tmp_path):
    """The same text is drawn with and without the project's fonts: only with them is it Inter."""
    config = ROOT / "assets" / "fontconfig" / "fonts.conf"
    text = config.read_text().replace("{fonts}", str(ROOT / "assets" / "fonts")).replace("{cache}", str(tmp_path))
    (tmp_path / "fonts.conf").write_text(text)
    found = subprocess.run(
        ["fc-match", "Inter:medium", "file"],
        env={**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "assets/fonts/Inter-" in found.stdout


def test_numbers_of_axes():
    assert theme.numbers([0, 1500]) == ["0", "1,500"]
    assert theme.numbers([0, 0.5]) == ["0.0", "0.5"]
    assert theme.percents([0.1, -0.05]) == ["10\u2009%", "−5\u2009%"]
    assert theme.money(-41_250, "GBP") == "−£41.2k"
    assert theme.money(980, "USD") == "$980"
    assert theme.money(980, None) == "980"
    assert theme.money(2e6, "SEK") == "SEK 2m"


def test_tables_are_the_same_each_time_and_hold_what_they_were_given():
    frame = pd.DataFrame({"name": ["a", None], "n": [1, 2], "hidden": [0, 0]})
    one, two = (tables.table(frame, {"name": "Name", "n": "Number"}, "tbl-x").as_raw_html() for _ in range(2))
    assert one == two
    assert "Name" in one
    assert "hidden<" not in one
    assert "–" in one
