"""Colours of the terminal: taken out, or turned into HTML as Quarto does."""

from __future__ import annotations

import re

_CODE = re.compile(r"\x1b\[([\d;]*)m")
_ANY = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def has_codes(text: str) -> bool:
    """Whether the text holds colours."""
    return re.search(r"\x1b\[\d+(?:;\d+)*m", text) is not None


def strip(text: str) -> str:
    """The text without colours and other control sequences."""
    return _ANY.sub("", text)


def to_html(text: str) -> str:
    """The text with colours as `<span class="ansi-red-fg">`, and `&`, `<`, `>` escaped."""
    style = _Style()
    parts: list[str] = []
    position = 0
    for match in _CODE.finditer(text):
        parts.append(style.wrap(text[position : match.start()]))
        style.apply([int(code or 0) for code in match[1].split(";")])
        position = match.end()
    parts.append(style.wrap(text[position:]))
    return "".join(parts)


class _Style:
    """What the codes so far have switched on."""

    def __init__(self) -> None:
        self.foreground = self.background = ""
        self.on: set[str] = set()

    def apply(self, codes: list[int]) -> None:
        """Act on the codes of one sequence."""
        while codes:
            code = codes.pop(0)
            bright = "bright-" if code >= 90 else ""
            if code == 0:
                self.foreground = self.background = ""
                self.on.clear()
            elif code in _SWITCHES:
                self.on.add(_SWITCHES[code])
            elif code in _OFF:
                self.on -= _OFF[code]
            elif code in (39, 49):
                self._paint(code == 39, "")
            elif code in (38, 48):
                self._paint(code == 38, _extended(codes))
            elif 30 <= code <= 47 or 90 <= code <= 107:
                self._paint(code % 90 < 10 if code >= 90 else code < 38, bright + _NAMES[code % 10])

    def _paint(self, front: bool, colour: str) -> None:
        if front:
            self.foreground = colour
        else:
            self.background = colour

    def wrap(self, text: str) -> str:
        """The text in a span of the present style, or bare if there is none."""
        text = strip(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        classes, styles = [], [style for name, style in _STYLES.items() if name in self.on]
        for colour, end, rule in ((self.foreground, "fg", "color"), (self.background, "bg", "background-color")):
            if colour.startswith("rgb("):
                styles.append(f"{rule}:{colour}")
            elif colour:
                classes.append(f"ansi-{colour}-{end}")
        if styles == [_STYLES["bold"]]:
            styles = []
            classes.append("ansi-highlight")
        attributes = (f' style="{";".join(styles)}"' if styles else "") + (
            f' class="{" ".join(classes)}"' if classes else ""
        )
        return f"<span{attributes}>{text}</span>" if text and attributes else text


_SWITCHES = {1: "bold", 2: "faint", 3: "italic", 4: "underline"}
_OFF = {21: {"bold"}, 22: {"bold", "faint"}, 23: {"italic"}, 24: {"underline"}}
_STYLES = {
    "bold": "font-weight:bold",
    "faint": "opacity:0.7",
    "italic": "font-style:italic",
    "underline": "text-decoration:underline",
}


def _extended(codes: list[int]) -> str:
    """A colour of the 256-colour palette or a true colour, taken off the codes."""
    kind = codes.pop(0) if codes else 0
    if kind == 2 and len(codes) >= 3:
        red, green, blue = codes.pop(0), codes.pop(0), codes.pop(0)
        return f"rgb({red},{green},{blue})"
    if kind != 5 or not codes:
        return ""
    index = codes.pop(0)
    if index < 16:
        return ("bright-" if index >= 8 else "") + _NAMES[index % 8]
    if index < 232:
        levels = (0, 95, 135, 175, 215, 255)
        index -= 16
        return f"rgb({levels[index // 36]},{levels[index // 6 % 6]},{levels[index % 6]})"
    grey = 8 + (index - 232) * 10
    return f"rgb({grey},{grey},{grey})"
