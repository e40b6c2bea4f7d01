"""What a built book gives away: ids, counts of too few people, and what subtraction from a total would tell.

Each function returns findings in words, none if all is well. What counts people is told by the names of columns and the
units and ids of facts; a column of whole numbers whose name is not known here is a finding, too, so that nobody adds a
count without saying what it counts.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import lxml.html
import pandas as pd
from pypdf import PdfReader

TEXTS = {".html", ".json", ".csv", ".js", ".svg", ".css", ".txt", ".xml", ".md"}
EMBEDDED = re.compile(
    r"data:(?:text|application|image)/(?:plain|csv|json|html|svg\+xml|javascript)[^,\"']*;base64,([\w+/=]+)"
)

#: Columns of CSV files that count people.
PEOPLE = {
    "customers", "n", "n_control", "n_rest", "people", "buyers", "size", "churned", "base", "total", "smallest",
    "events", "not_positive", "both", "classic_only", "robust_only", "recency_customers", "frequency_customers",
    "monetary_customers", "Customers", "Left out", "People", "matched", "at_risk", "strangers",
    "current", "reference", "stayed", "turned",
}  # fmt: skip
#: Columns whose name says people, in files where it says something else.
NOT_PEOPLE = {
    ("fig-explore-gaps", "n"), ("fig-seasonality-forecast-errors", "n"), ("fig-response-gains", "n"),
    ("tbl-strategy-effects", "cost"), ("fig-lifetime-value", "total"), ("fig-lifetime-alive", "total"),
    ("tbl-lifetime-value", "total"), ("fig-explore-categories", "total"), ("fig-explore-channels", "total"),
    ("tbl-seasonality-forecast-r", "total"), ("fig-explore-lorenz", "customers"),
    ("tbl-demographics-added", "both"),
}  # fmt: skip
#: Columns of whole numbers that count or name something else than people. Counts of orders and of rows of transactions
#: are here: one person may have made them all, but they are not asked how many people are in a group.
OTHERS = {
    # scales, places in a list, keys, settings, degrees of freedom
    *("segment", "group", "one", "other", "r", "f", "m", "score", "k", "merge", "rank", "raw_rank", "step", "month"),
    *("weekday", "start", "end", "days", "x", "T", "left", "right", "low", "high", "median", "value", "mean", "level"),
    *("df", "df1", "df2", "df_within", "h_df", "classic_df1", "classic_df2", "name", "row", "cohort", "label"),
    *("parameters", "levels", "groups", "tests", "columns", "months", "years", "cohorts", "origins", "forecasts"),
    *("campaigns", "coverage_80", "coverage_95", "coverage_95_low", "coverage_95_high", "coverage_80_high", "limit"),
    *("coverage_80_low", "corrected_80", "corrected_95", "corrected_80_low", "corrected_80_high", "corrected_95_low"),
    *("corrected_95_high", "part", "center", "depth", "q05", "q25", "q75", "q95", "margin", "weight", "k_by_rule"),
    # money, rates and what is expected
    *("cost", "revenue", "recency", "frequency", "monetary", "actual", "needed", "share", "share_low", "share_high"),
    *("rate", "survival", "auc", "gain", "found", "false_alarms", "precision", "treated", "fill", "before", "after"),
    # orders, lines, rows, e-mails, impressions; rows in which a value is missing tell of the file, not of a group
    "missing",
    *("orders", "orders_a", "orders_b", "orders_all", "observed", "gaps", "rows", "known", "unknown", "sent", "clicks"),
    *("leads", "conversions", "impressions", "count", "of", "robust", "classic", "expected", "difference", "planned"),
    *("bin", "alarms", "least", "most", "top", "bottom", "spread", "facts", "intervals", "spent", "compared"),
    *("comparisons", "failed"),
    # simulated worlds; choices of filters and numbers in the dashboard
    *("worlds", "holds", "slices", "numbers", "hidden"),
}  # fmt: skip
HEADINGS = {"customers", "people", "buyers", "n", "left out", "who bought", "customers left out", "in the group"}
#: Units of facts that count people; how many customers there are in all is no secret.
UNITS = {"customers", "people", "buyers", "people in each arm"}
EVERYBODY = re.compile(r"^\w+\.customers$")
#: Facts whose `n` counts no people: campaigns, months, rows, orders, worlds, numbers compared, tests, pairs ….
N_OF_OTHERS = re.compile(
    r"^(campaigns|forecast|seasonality|data|cleaning|agreement|methods|truth|monitoring|dashboard)\."
    r"|^explore\.weekly_orders\.|\.(standing|apart|pairs_apart|earlier\.(lowest|highest))$|^segments\.circular\.p$"
)


def texts(book: Path) -> Iterator[tuple[str, str]]:
    """Read everything in a book that holds words: files, what is embedded in them, and the pages of PDFs."""
    for file in sorted(book.rglob("*")):
        name = str(file.relative_to(book))
        if file.suffix in TEXTS:
            text = file.read_text(encoding="utf-8")
            yield name, text
            if "&" in text:
                yield f"{name}, unescaped", html.unescape(text)
            for number, found in enumerate(EMBEDDED.finditer(text)):
                yield f"{name}, embedded {number}", base64.b64decode(found[1]).decode("utf-8", "replace")
        elif file.suffix == ".pdf":
            for number, page in enumerate(PdfReader(file).pages, 1):
                yield f"{name}, page {number}", page.extract_text()


def named(found: Iterable[tuple[str, str]], ids: set[str]) -> list[str]:
    """Find ids that stand as words of their own."""
    told = []
    for name, text in found:
        told += [f"{name}: {token}" for token in sorted(set(re.findall(r"[\w-]+", text)) & ids)]
    return told


def matching(found: Iterable[tuple[str, str]], pattern: re.Pattern[str]) -> list[str]:
    """Find what a pattern matches, within words too."""
    return [f"{name}: {hit[0]}" for name, text in found for hit in pattern.finditer(text)]


def few_in_facts(facts: dict[str, dict], smallest: int) -> list[str]:
    """Find facts that count, or rest on, fewer people than may be shown."""
    told = []
    for name, fact in facts.items():
        if fact["unit"] in UNITS and _few(fact["value"], smallest) and not EVERYBODY.match(name):
            told.append(f"{name} = {fact['value']} {fact['unit']}")
        if _few(fact["n"], smallest) and not N_OF_OTHERS.search(name):
            told.append(f"{name}: n = {fact['n']}")
    return told


def few_in_tables(files: Iterable[Path], smallest: int) -> list[str]:
    """Find cells of CSV files that count too few people, and columns of whole numbers that nobody has spoken of."""
    told = []
    for file in files:
        if not file.read_text(encoding="utf-8").strip():
            continue
        table = pd.read_csv(file)
        for column in table:
            if table[column].dtype == bool or not pd.api.types.is_numeric_dtype(table[column]):
                continue
            numbers = table[column].dropna()
            if counts_people(file.stem, str(column)):
                told += [f"{file.name}: {column} = {value:g}" for value in numbers if _few(value, smallest)]
            elif str(column) not in OTHERS and (file.stem, column) not in NOT_PEOPLE and _whole(numbers):
                told.append(f"{file.name}: what does {column!r} count? Say so in {Path(__file__).name}")
    return told


def counts_people(label: str, column: str) -> bool:
    """Tell whether a column of a file counts people."""
    return column in PEOPLE and (label, column) not in NOT_PEOPLE


def few_on_pages(pages: Iterable[Path], smallest: int) -> list[str]:
    """Find cells of the tables on pages that count too few people, by the headings of their columns."""
    told = []
    for page in pages:
        for number, table in enumerate(lxml.html.fromstring(page.read_bytes()).iter("table"), 1):
            told += [f"{page.name}, table {number}: {words}" for words in _few_in_rows(table, smallest)]
    return told


def _few_in_rows(table: lxml.html.HtmlElement, smallest: int) -> Iterator[str]:
    headings: list[str] = []
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("th", "td")]
        wide = [cell for cell in cells for _ in range(int(cell.get("colspan", 1)))]
        said = [cell.text_content().strip().lower() for cell in wide]
        if all(cell.tag == "th" for cell in cells) and len(cells) > 1:
            headings = said
        # A heading above two rows of headings stands first, so the cells are told from the right.
        for heading, text in zip(reversed(headings), reversed(said), strict=False):
            if heading in HEADINGS and text.replace(",", "").isdigit() and _few(int(text.replace(",", "")), smallest):
                yield f"{heading} = {text}"


def subtracted(table: pd.DataFrame, column: str, by: list[str], totals: pd.Series | int, smallest: int) -> list[str]:
    """Find groups that were left out of a count, and follow from its total.

    Parameters
    ----------
    table
        With ``column`` that counts people, missing where it is masked, and the columns ``by`` within whose values
        the rows add up to a total.
    totals
        One for all, or by the value of the columns ``by``.
    """
    told = []
    for key, part in table.groupby(by) if by else [("all", table)]:
        known = totals if isinstance(totals, int) else totals.to_dict()[key if len(by) > 1 else key[0]]
        rest = known - part[column].sum()
        if _few(rest, smallest) or rest < 0:
            told.append(f"{column} of {key}: {known:g} less what is shown is {rest:g}")
    return told


def _few(value: object, smallest: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < smallest


def _whole(numbers: pd.Series) -> bool:
    """Tell whether numbers may be counts; where all are 0 or 1 they may be anything."""
    return bool(((numbers >= 0) & (numbers == numbers.round())).all() and (numbers > 1).any())


def read_facts(book: Path) -> dict[str, dict]:
    """Read the facts of a book."""
    return json.loads((book / "facts.json").read_text(encoding="utf-8"))
