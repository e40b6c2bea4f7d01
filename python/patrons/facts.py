"""Headline numbers: recorded once at full precision, quoted in prose with no more digits than they deserve.

A chapter adds facts; they end up in the book's `facts.json`. Prose never holds a number of its own.
"""

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patrons import paths
from patrons.errors import PatronsError
from patrons.source import nearest

if TYPE_CHECKING:
    from IPython.display import Markdown

Value = float | int | str | bool | None
ID = re.compile(r"^[a-z0-9_-]+(\.[a-z0-9_-]+)+$")
OWN_AND_NAMED = " (a chapter quotes its own facts, and those of chapters that its front matter names under `depends`)"
NO_BREAK = "\u00a0"
MINUS = "\u2212"
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹", "CNY": "CN¥", "CAD": "CA$", "AUD": "A$"}
CURRENCY = re.compile(r"^[A-Z]{3}$")
#: Units of facts that count people.
PEOPLE = ("customers", "people", "buyers", "people in each arm")
#: How many there are in all is no secret, however few.
EVERYBODY = re.compile(r"^\w+\.customers$")
#: Facts that rest on so many people as `n` says, and those among them whose `n` counts tests, pairs, months or clouds.
ON_PEOPLE = re.compile(
    r"^(rfm|segments|retention|lifetime|demographics|explore|experiment|response|strategy|uplift|suggestions)\."
)
NOT_ON_PEOPLE = re.compile(
    r"\.(standing|apart|pairs_apart|(earlier\.(lowest|highest)))$|^explore\.weekly_orders\.|^segments\.circular\.p$"
)


@dataclass(frozen=True)
class Fact:
    """One number (or date, or word) that the book states.

    Attributes
    ----------
    value
        At full precision; dates in ISO 8601.
    low, high
        Ends of its 95 % interval.
    unit
        ``share`` (of one, shown as %), ``percent`` (already times 100), a currency such as ``GBP``, ``p`` (a
        p-value), ``ratio``, or what is counted: ``days``, ``orders``, ``customers`` ….
    n
        On how many observations it rests.
    method
        How value and interval were found.
    chapter
        Where it is explained.
    """

    value: Value
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    n: int | None = None
    method: str | None = None
    chapter: str | None = None


class Quoted(str):
    """A fact's text. An inline expression shows it as it reads; of a plain string it would show the escapes."""

    def _repr_markdown_(self) -> str:
        return _escaped(self)


class Facts(Mapping[str, Fact]):
    """The facts of a chapter, or of several.

    Parameters
    ----------
    currency
        What the unit ``money`` means.
    chapter
        The chapter that adds facts here.
    file
        Where they are written after each addition; nowhere if None.
    smallest
        Facts about fewer people than this do not tell their value (`without_few`).
    """

    def __init__(
        self, currency: str | None = None, chapter: str | None = None, file: Path | None = None, smallest: int = 1
    ):
        self.currency, self.chapter, self.file, self.smallest = currency, chapter, file, smallest
        self._facts: dict[str, Fact] = {}

    def __getitem__(self, fact: str) -> Fact:
        if fact not in self._facts:
            where = OWN_AND_NAMED if "CHAPTER_NEEDS" in os.environ else ""
            raise PatronsError(f"there is no fact {fact!r}{nearest(fact, self._facts)}{where}")
        return self._facts[fact]

    def __contains__(self, fact: object) -> bool:
        return fact in self._facts

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def add(
        self,
        fact: str,
        value: Any,
        low: Any = None,
        high: Any = None,
        unit: str | None = None,
        n: Any = None,
        method: str | None = None,
    ) -> Fact:
        """Record a fact and return it.

        Numbers that are not finite become null. The unit ``money`` becomes the source's currency.

        Raises
        ------
        PatronsError
            If the id is not lower case and dot-separated, or is taken by another value.
        """
        if not ID.match(fact):
            raise PatronsError(f"{fact!r} is no id of a fact: lower case, dot-separated, names slugged")
        entry = Fact(
            _plain(value),
            _plain(low),  # type: ignore[arg-type]
            _plain(high),  # type: ignore[arg-type]
            (self.currency or "money") if unit == "money" else unit,
            None if n is None else int(n),
            method,
            self.chapter,
        )
        entry = without_few(fact, entry, self.smallest)
        known = self._facts.get(fact)
        if known is not None and known.value != entry.value:
            raise PatronsError(f"the fact {fact!r} is already {known.value!r}; it cannot also be {entry.value!r}")
        self._facts[fact] = entry
        self.write()
        return entry

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write once, at the end, what is added within: a file for each of a thousand facts takes its time."""
        file, self.file = self.file, None
        try:
            yield
        finally:
            self.file = file
            self.write()

    def write(self) -> None:
        """Write the facts to their file, in the order in which they were recorded: that of arms and outcomes, say."""
        if self.file is not None:
            paths.write_text(self.file, self.to_json())

    def to_json(self) -> str:
        """Return the facts as they stand in `facts.json`."""
        content = {fact: asdict(entry) for fact, entry in self._facts.items()}
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"

    def text(self, fact: str, signed: bool = False) -> str:
        """Return a fact's value for prose, e.g. ``£1,234``, ``12.3 %``, ``43 days``."""
        entry = self[fact]
        return Quoted(show(entry.value, entry.unit, digits_of(entry), signed))

    def interval(self, fact: str, signed: bool = False) -> str:
        """Return a fact's 95 % interval for prose, e.g. ``6.4 to 24.0 %``.

        Raises
        ------
        PatronsError
            If the fact has no interval.
        """
        entry = self[fact]
        if entry.low is None or entry.high is None:
            raise PatronsError(f"the fact {fact!r} has no interval")
        digits = digits_of(entry)
        low = show(entry.low, entry.unit, digits, signed, bare=True)
        return Quoted(f"{low} to {show(entry.high, entry.unit, digits, signed)}")

    def answer(self, fact: str, label: str, signed: bool = False) -> "Markdown":
        """Return the first line of an answer box: the number large, what it is and its interval beside it."""
        from IPython.display import Markdown

        entry = self[fact]
        interval = f", 95{NO_BREAK}% CI {self.interval(fact)}" if entry.low is not None else ""
        number = _escaped(self.text(fact, signed))
        return Markdown(f"[{number}]{{.answer-number}} [{_escaped(label + interval)}]{{.answer-label}}")

    def verdict(self, fact: str, higher: str, lower: str, unclear: str, null: float = 0.0) -> str:
        """Choose words by whether a fact's interval lies above, below or across a null value.

        Raises
        ------
        PatronsError
            If the fact has no interval to judge by.
        """
        entry = self[fact]
        if entry.low is None or entry.high is None:
            raise PatronsError(f"the fact {fact!r} has no interval to judge by")
        if entry.low > null:
            return higher
        return lower if entry.high < null else unclear

    def gather(self) -> "Facts":
        """Return the facts of the chapters that this one depends on, with this chapter's own."""
        found = gather(currency=self.currency)
        found._facts.update(self._facts)
        return found


def gather(freeze: Path | None = None, currency: str | None = None) -> Facts:
    """Read what other chapters have recorded, from `$BOOK_FREEZE` or a folder like it.

    Of the chapters named in `$CHAPTER_NEEDS` only, where it is set: which others there are already is chance.
    """
    named, needs = os.environ.get("BOOK_FREEZE"), os.environ.get("CHAPTER_NEEDS")
    folder = freeze or (Path(named) if named else paths.home() / "_freeze")
    wanted = None if needs is None else {folder / Path(path).with_suffix("") / "files" for path in needs.splitlines()}
    found = Facts(currency)
    for file in sorted(folder.glob("**/files/facts.json")):
        if wanted is not None and file.parent not in wanted:
            continue
        for fact, entry in json.loads(file.read_text(encoding="utf-8")).items():
            found._facts[fact] = Fact(**entry)
    return found


def of_chapter(currency: str | None = None, smallest: int = 1) -> Facts:
    """Return the facts of the chapter that is being executed, or facts that are kept nowhere."""
    chapter, files = os.environ.get("CHAPTER_PATH"), os.environ.get("CHAPTER_FILES")
    file = Path(files) / "facts.json" if files else None
    return Facts(currency, Path(chapter).stem if chapter else None, file, smallest)


def without_few(fact: str, entry: Fact, smallest: int) -> Fact:
    """Leave out what a fact tells about fewer people than may be shown: how many they are, and what rests on them.

    Examples
    --------
    >>> without_few("rfm.segment.new.recency", Fact(12, unit="days", n=3), 5).method
    'not shown: about fewer than 5 people'
    """
    counts = entry.unit in PEOPLE and not isinstance(entry.value, str | bool)
    counted = counts and 0 < (entry.value or 0) < smallest and not EVERYBODY.match(fact)  # type: ignore[operator]
    rests = 0 < (entry.n or 0) < smallest and ON_PEOPLE.match(fact) and not NOT_ON_PEOPLE.search(fact)
    if not (counted or rests):
        return entry
    n = None if rests else entry.n
    return replace(entry, value=None, low=None, high=None, n=n, method=f"not shown: about fewer than {smallest} people")


def claim(condition: bool, if_true: str, if_false: str) -> str:
    """Choose the words that the data bear out."""
    return if_true if condition else if_false


def digits_of(entry: Fact) -> int | None:
    """Return how many decimals a fact deserves: two significant digits of half its interval's width.

    None without an interval; negative where even whole numbers are too precise.
    """
    if entry.low is None or entry.high is None or not entry.high > entry.low:
        return None
    half = (entry.high - entry.low) / 2 * (100 if entry.unit == "share" else 1)
    digits = 1 - math.floor(math.log10(half))
    # Nobody writes £15.2: money has pence or it has not.
    return 2 if digits == 1 and entry.unit and CURRENCY.match(entry.unit) else digits


def show(
    value: Any, unit: str | None = None, digits: int | None = None, signed: bool = False, bare: bool = False
) -> str:
    """Write a value for people.

    Parameters
    ----------
    value
        A number, a date in ISO 8601, or words.
    unit
        As in `Fact`.
    digits
        Decimals; by default what suits the unit and the size.
    signed
        Whether a positive number carries a plus sign.
    bare
        Leave out a unit that stands behind the number.

    Examples
    --------
    >>> show(-1234.5, "GBP")
    '−£1,234'
    >>> show(0.1234, "share", bare=True)
    '12.3'
    """
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _date(value)
    if unit == "p":
        return _p_value(value)
    number = value * 100 if unit == "share" else value
    digits = _usual_digits(number, unit) if digits is None else min(digits, 6)
    rounded = round(number, digits)
    plain = f"{abs(rounded):,.{max(digits, 0)}f}"
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    if unit and CURRENCY.match(unit):
        return f"{sign}{SIGNS.get(unit, unit + NO_BREAK)}{plain}"
    behind = {"share": f"{NO_BREAK}%", "percent": f"{NO_BREAK}%", "ratio": "", "money": "", None: ""}
    ending = "" if bare else behind.get(unit, f"{NO_BREAK}{_one(unit, plain) if unit else ''}")
    return f"{sign}{plain}{ending}"


def _usual_digits(number: float, unit: str | None) -> int:
    if isinstance(number, int):
        return 0
    size = abs(number)
    if unit and (CURRENCY.match(unit) or unit == "money"):
        return 2 if size < 1000 else 0
    if unit in ("share", "percent"):
        return 1
    if float(number).is_integer() and size >= 1:
        return 0
    return 0 if size >= 100 else 1 if size >= 10 else 2


def _one(unit: str, plain: str) -> str:
    """Speak of one day, not of one days."""
    return unit[:-1] if plain == "1" and unit.endswith("s") else unit


def _p_value(value: float) -> str:
    if value < 0.001:
        return f"<{NO_BREAK}0.001"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _date(text: str) -> str:
    """Write an ISO date as 9 December 2011; leave other words alone."""
    if not re.match(r"^\d{4}-\d{2}-\d{2}", text):
        return text
    day = datetime.fromisoformat(text)
    return f"{day.day}{NO_BREAK}{day:%B %Y}"


def _plain(value: Any) -> Value:
    """Turn numpy's, pandas' and Python's values into those of JSON."""
    if hasattr(value, "dtype"):  # numpy's; its times are cut to microseconds, which Python's can hold
        value = value.astype("datetime64[us]").item() if value.dtype.kind == "M" else value.item()
    if value is None or value != value:  # NaN and NaT differ from themselves
        return None
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if midnight else value.strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | int | str):
        return value
    number = float(value)
    return number if math.isfinite(number) else None


def _escaped(text: str) -> str:
    """Keep signs of money from opening mathematics, brackets from closing the span, and so on."""
    return re.sub(r"([$\[\]{}*_`~^@<>#|\\])", r"\\\1", text)
