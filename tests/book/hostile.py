"""A shop whose every text is written to do harm, with ids and amounts that cannot stand on a page by chance.

A few hundred customers in five tables. Some regions, categories and traits have so few customers that nothing may be
said of them. Whoever reads a page made from it may look for `CUSTOMER`, which all ids match, for `SECRET`, which one
customer alone has paid, and whether `window.pwned` was set.
"""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

CUSTOMERS, SMALLEST = 300, 5
CUSTOMER = re.compile(r"zq\d{4}xk", re.IGNORECASE)
#: What the one customer of a region of their own has paid, as files and as pages write it.
SECRET, SECRET_WRITTEN = 7351.94, re.compile(r"7[.,\u202f\u00a0 ]?351[.,]94|7351\.9|7,352\b")

RUN = "window.pwned=1"
NAMES = [
    f"<script>{RUN};alert(1)</script>",
    f'"><img src=x onerror={RUN}>',
    f"</script><script>{RUN}</script>",
    f"[click](javascript:{RUN})",
    "=cmd|' /C calc'!A0",
    "+1",
    "@SUM(A1:A9)",
    "-2+3",
    "tab\there",
    "two\nlines",
    "a|b | c",
    "$x^2$ costs $5",
    "*bold* _it_ **x** ~~y~~",
    "{{< include /etc/hostname >}}",
    "`{python} 1/0`",
    "`<b>raw</b>`{=html}",
    '#panic("typst") @fig-none \\input{x}',
    "::: {.callout-note}",
    "🛍️ 👩‍👩‍👧 shop",
    "שלום עולם",
    "\u202egnp.exe",
    "Z\u0337\u0321a\u0334l\u0337g\u0335o\u0338",
    "W" + "ö" * 140,
    "__proto__",
    "constructor",
    "NULL",
    "it's \"quoted\" & <b>bold</b> &amp; 100 %",
    "\u1f28c.\u2028line",
]  # fmt: skip
ARMS = ["=1+1 none", f"<script>{RUN}</script>", f'"><img src=x onerror={RUN}> | $5', "🎁 שלום *free*"]
CHANNELS = [f"<svg onload={RUN}>", "+web", "a|b", "🛒 $shop$"]
REGIONS = [f'"><img src=x onerror={RUN}>', "@North", "{{< pagebreak >}}", "שלום", "W" + "o" * 120, "=South|x"]
LONE, FEW = "zqlone <i>region</i>", "`{python} 1/0` few"  # of one and of three customers
GENDERS = ["<b>f</b>", "=m", "*x*"]
SEGMENTS = ["=all", f"<script>{RUN}</script> women", '#panic("men")', "$30 | over", "[u](javascript:1)"]

SOURCE = """name: {name}
currency: EUR
tables:
  transactions:
    file: orders.csv
    columns: {{customer_id: "<b>who</b>", order_id: order, ordered_at: "=when", product: product, category: category,
              quantity: quantity, unit_price: price, amount: amount, profit: profit, discount: discount,
              channel: channel, region: region}}
    set_aside:
      - {{column: quantity, at_most: 0, reason: "<script>window.pwned=1</script> return"}}
  customers:
    file: customers.csv
    columns: {{customer_id: id, age: age, gender: gender, income: income, education: education,
              marital_status: status, children: children, region: region, joined_at: joined, web_visits: visits}}
    responses: {{first: first, last: last}}
  campaigns:
    file: campaigns.csv
    columns: {{campaign_id: id, channel: channel, segment: segment, started_at: start, impressions: impressions,
              clicks: clicks, leads: leads, conversions: conversions, cost: cost, revenue: revenue}}
  experiment:
    file: test.csv
    columns: {{customer_id: id, arm: arm, assigned_at: date}}
    control: {control}
    outcomes: {{sales: money, bought: binary}}
    covariates: [before]
    segments: [gender, region]
  engagement:
    file: engagement.csv
    columns: {{customer_id: id, month: month, web_visits: visits, emails_sent: sent, emails_opened: opened,
              emails_clicked: clicked}}
"""


def write(folder: Path, customers: int = CUSTOMERS) -> Path:
    """Write the shop into a folder, with so many customers; return its source.yml."""
    draw = np.random.default_rng(7)
    ids = [f"zq{number:04d}xk" for number in range(customers)]
    regions = [REGIONS[number] for number in draw.integers(len(REGIONS), size=customers)]
    regions[:4] = [LONE, FEW, FEW, FEW][:customers]
    genders = [GENDERS[number] for number in draw.choice(3, p=[0.5, 0.492, 0.008], size=customers)]
    _table(folder / "orders.csv", "<b>who</b>,order,=when,product,category,quantity,price,amount,profit,discount,"
           "channel,region", _orders(draw, ids, regions))  # fmt: skip
    _table(folder / "customers.csv", "id,age,gender,income,education,status,children,region,joined,visits,first,last",
           _people(draw, ids, regions, genders))  # fmt: skip
    _table(folder / "campaigns.csv", "id,channel,segment,start,impressions,clicks,leads,conversions,cost,revenue",
           _campaigns(draw))  # fmt: skip
    _table(folder / "test.csv", "id,arm,date,gender,region,before,sales,bought", _test(draw, ids, regions, genders))
    _table(folder / "engagement.csv", "id,month,visits,sent,opened,clicked", _mails(draw, ids))
    source = folder / "source.yml"
    name = f"'<script>{RUN}</script> \"><img src=x onerror={RUN}> $a$ *b* שלום 🛍️'"
    source.write_text(SOURCE.format(name=name, control=f"'{ARMS[0]}'"), encoding="utf-8")
    return source


def _table(file: Path, heading: str, rows: Iterable[list[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(heading.split(","))
        writer.writerows(rows)


def _orders(draw: np.random.Generator, ids: list[str], regions: list[str]) -> Iterable[list[object]]:
    first = np.datetime64("2021-01-01T09:00")
    likely = np.geomspace(1, 0.002, len(NAMES))  # the last names have a handful of buyers
    likely /= likely.sum()
    number = 0
    for who, (customer, region) in enumerate(zip(ids, regions, strict=True)):
        start = draw.integers(0, 900)
        again = draw.integers(start, 1095, draw.poisson(draw.gamma(1, 3)))
        for day in np.unique([start, *again]) if who else [start]:
            number += 1
            when = first + np.timedelta64(int(day), "D") + np.timedelta64(int(draw.integers(600)), "m")
            for kind in np.unique(draw.choice(len(NAMES), size=1 + draw.poisson(0.6), p=likely)) if who else [0]:
                quantity, price = int(draw.integers(1, 4)), round(float(draw.gamma(4, 10)) + 1, 2)
                amount = SECRET if who == 0 else round(quantity * price, 2)
                yield [
                    customer, f"zqorder{number}", str(when).replace("T", " "), f"{NAMES[kind]} {number % 2}",
                    NAMES[kind], quantity, price, amount, round(amount * 0.4, 2), 0, CHANNELS[number % 9 % 4], region,
                ]  # fmt: skip
    yield [ids[1], "zqback", "2022-01-01 10:00", NAMES[0], NAMES[0], -1, 5, -5, -2, 0, CHANNELS[0], regions[1]]


def _people(
    draw: np.random.Generator, ids: list[str], regions: list[str], genders: list[str]
) -> Iterable[list[object]]:
    for number, (customer, region, gender) in enumerate(zip(ids, regions, genders, strict=True)):
        yield [
            customer, draw.integers(18, 80), gender, draw.integers(12, 90) * 1000 if number > 1 else "",
            NAMES[number % 3],
            NAMES[4] if number < 2 else NAMES[4 + number % 3], number % 3, region, f"2020-0{1 + number % 9}-11",
            draw.poisson(5), int(draw.random() < 0.2), int(draw.random() < 0.3),
        ]  # fmt: skip


def _campaigns(draw: np.random.Generator) -> Iterable[list[object]]:
    for number, name in enumerate(NAMES):
        shown = int(draw.integers(5_000, 20_000))
        clicks = int(draw.binomial(shown, 0.05))
        won = int(draw.binomial(clicks, 0.05))
        month = f"{2021 + number % 3}-{1 + number % 12:02d}-03"
        yield [name, CHANNELS[number % 4], SEGMENTS[number % 5], month, shown, clicks, won * 3, won, clicks, won * 60]


def _test(draw: np.random.Generator, ids: list[str], regions: list[str], genders: list[str]) -> Iterable[list[object]]:
    for number, (customer, region, gender) in enumerate(zip(ids, regions, genders, strict=True)):
        bought = int(draw.random() < 0.4 + 0.05 * (number % 4))
        before = SECRET if number == 0 else round(float(draw.gamma(2, 50)), 2)
        sales = round(float(draw.gamma(2, 40)) * bought, 2)
        yield [customer, ARMS[number % 4], "2023-01-01", gender, region, before, sales, bought]


def _mails(draw: np.random.Generator, ids: list[str]) -> Iterable[list[object]]:
    for customer in ids:
        for month in range(1, 13):
            sent = int(draw.integers(0, 6))
            opened = int(draw.binomial(sent, 0.4))
            yield [customer, f"2023-{month:02d}-01", draw.poisson(3), sent, opened, draw.binomial(opened, 0.3)]
