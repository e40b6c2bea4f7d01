"""The contract of source.yml: accepted as written there, refused by name, line and nearest spelling."""

# ruff: noqa: E501 - the contract is quoted as it is written

from datetime import date, datetime
from pathlib import Path

import pytest

from patrons.errors import PatronsError
from patrons.source import load, nearest, slug

CONTRACT = """\
name: Corner shop
currency: GBP
reference_date: 2011-12-10
tables:
  transactions:
    file: orders.csv.gz
    read: {sep: ",", header: 0, names: [], encoding: utf-8, decimal: ".", thousands: null, sheet: 0, date_format: "%Y-%m-%d"}
    columns:
      customer_id: CustomerID
      order_id: InvoiceNo
      ordered_at: InvoiceDate
      product: StockCode
      category: Category
      quantity: Quantity
      unit_price: UnitPrice
      amount: Sales
      profit: Profit
      discount: Discount
      channel: Channel
      region: Country
    duplicates: drop
    set_aside:
      - {column: order_id, starts_with: C, reason: cancellation}
      - {column: quantity, at_most: 0, reason: return}
  customers:
    file: customers.csv
    columns: {customer_id: ID, birth_year: Year_Birth, age: Age, gender: Gender, income: Income, education: Education,
              marital_status: Marital_Status, children: Kidhome, teenagers: Teenhome, region: City, joined_at: Dt_Customer,
              recency: Recency, web_visits: NumWebVisitsMonth, tenure_months: Tenure}
    scale: {income: 1000}
    spend: {wine: MntWines, meat: MntMeatProducts}
    orders: {web: NumWebPurchases, store: NumStorePurchases}
    responses: {campaign_1: AcceptedCmp1, last: Response}
    features: {score: "Spending Score (1-100)"}
  campaigns:
    file: campaigns.csv
    columns: {campaign_id: id, channel: channel, segment: segment, started_at: start, impressions: Impressions, clicks: Clicks,
              leads: Leads, conversions: Conversions, cost: Spent, revenue: Revenue}
  experiment:
    file: test.csv
    columns: {customer_id: id, arm: segment, assigned_at: date}
    control: No E-Mail
    allocation: {}
    outcomes: {visit: binary, conversion: binary, spend: money}
    covariates: [history]
    segments: [channel, zip_code]
  engagement:
    file: engagement.csv
    columns: {customer_id: id, month: month, web_visits: visits, emails_sent: sent, emails_opened: opened, emails_clicked: clicked}
analysis:
  seed: 20231231
  churn_after_days: 90
  rfm: {bins: 5}
  segments: {features: auto, transform: log, scale: standard, k: auto}
  lifetime: {time_unit: week, calibration_end: null, horizon: 52, annual_discount_rate: 0.1}
  privacy: {smallest_group: 5}
engine: duckdb://
"""
MINIMAL = """\
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: c, ordered_at: t, amount: a}
"""


def refusal(path: Path) -> str:
    with pytest.raises(PatronsError) as caught:
        load(path)
    return str(caught.value)


def test_whole_contract_is_accepted(write_source):
    settings = load(write_source(CONTRACT)).settings
    assert settings.reference_date == datetime(2011, 12, 10)
    assert list(settings.tables.present()) == ["transactions", "customers", "campaigns", "experiment", "engagement"]
    assert settings.tables.experiment.outcomes == {"visit": "binary", "conversion": "binary", "spend": "money"}
    assert settings.analysis.segments.k == "auto"


def test_defaults_equal_those_that_the_contract_shows(write_source):
    written = load(write_source(CONTRACT)).settings
    bare = load(write_source(MINIMAL)).settings
    assert bare.analysis == written.analysis
    assert bare.engine == written.engine
    assert bare.tables.transactions.duplicates == "drop"
    assert bare.name == "own"  # the folder's
    assert bare.currency is None


def test_settings_cannot_be_changed(write_source):
    settings = load(write_source(MINIMAL)).settings
    with pytest.raises(ValueError, match="frozen"):
        settings.name = "other"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("currency:", "curency:", ["'curency'", "did you mean 'currency'?"]),
        ("  customers:\n", "  costumers:\n", ["'costumers'", "'customers'"]),
        ("ordered_at: Inv", "orderd_at: Inv", ["'orderd_at'", "'ordered_at'"]),
        ("churn_after_days", "churn_days", ["'churn_days'", "'churn_after_days'"]),
        ("sep:", "separator:", ["'separator'", "sep, header, names"]),
        ("at_most: 0", "at_mots: 0", ["'at_mots'", "'at_most'"]),
    ],
)
def test_unknown_key_is_named_with_line_and_nearest(write_source, old, new, words):
    text = CONTRACT.replace(old, new, 1)
    line = text[: text.index(new)].count("\n") + 1
    message = refusal(write_source(text))
    wanted = next(text for text in message.splitlines() if words[0] in text)
    assert f"line {line}:" in wanted
    assert all(word in wanted for word in words)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("duplicates: drop", "duplicates: dropp", ["'drop' or 'keep'", "did you mean 'drop'?"]),
        ("currency: GBP", "currency: pounds", ["three capital letters", "'pounds'"]),
        ("2011-12-10", "soon", ["reference_date", "'soon'"]),
        ("visit: binary", "visit: yes/no", ["outcomes.visit", "'binary', 'money' or 'number'"]),
        ("bins: 5", "bins: 1", ["analysis.rfm.bins", "greater than or equal to 2"]),
        ("k: auto", "k: few", ["analysis.segments.k", "'auto'", "integer"]),
        ("encoding: utf-8", "encoding: utf-9", ["no encoding is called 'utf-9'"]),
        ("thousands: null", 'thousands: "."', ["decimal and thousands are both '.'"]),
        ("at_most: 0, ", "", ["say when: one of starts_with, equals, at_most, at_least"]),
        ("      amount: Sales\n      profit: Profit", "      profit: Profit\n      cost: Cost", ["not both"]),
        ("control: No E-Mail", "control: true", ["put the name in quotes"]),
        ("covariates: [history]", "covariates: [spend]", ["'spend' cannot be an outcome and measured before"]),
        ("scale: {income: 1000}", "scale: {gender: 1000}", ["'gender' is no amount", "income"]),
        ("allocation: {}", "allocation: {a: -1}", ["allocation.a", "greater than 0"]),
    ],
)
def test_wrong_value_is_refused_with_what_is_allowed(write_source, old, new, words):
    assert old in CONTRACT
    message = refusal(write_source(CONTRACT.replace(old, new, 1)))
    assert all(word in message for word in words), message


def test_amount_may_come_from_quantity_and_price_but_not_from_one_of_them(write_source):
    load(write_source(MINIMAL.replace("amount: a", "quantity: q, unit_price: p")))
    assert "map `amount`, or both" in refusal(write_source(MINIMAL.replace("amount: a", "quantity: q")))


def test_all_problems_are_told_at_once_in_order_of_line(write_source):
    text = CONTRACT.replace("GBP", "pounds").replace("bins: 5", "bins: 0").replace("customer_id: CustomerID", "x: y")
    lines = refusal(write_source(text)).splitlines()[1:]
    numbers = [int(line.split("line ")[1].split(":")[0]) for line in lines]
    assert len(lines) == 4
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tables: [", ["not valid YAML", "line"]),
        ("name: a\nname: b\n", ["line 2", "duplicate key"]),
        ("just words", ["expected keys"]),
        ("name: a\n", ["'tables' is missing"]),
        ("tables: {}\n", ["no table is described", "transactions, customers"]),
    ],
)
def test_a_file_that_is_no_source(write_source, text, words):
    message = refusal(write_source(text))
    assert all(word in message for word in words), message


def test_missing_source_and_missing_data_file(write_source, tmp_path):
    assert "there is no source file" in refusal(tmp_path / "nowhere.yml")
    source = load(write_source(MINIMAL, order__csv="c,t,a\n"))
    with pytest.raises(PatronsError, match=r"orders\.csv; did you mean 'order\.csv'\?"):
        source.files("transactions")


def test_files_are_relative_to_the_source_and_may_be_a_glob(write_source):
    text = MINIMAL.replace("orders.csv", "part-*.csv")
    files = load(write_source(text, **{"part-2__csv": "", "part-1__csv": "", "other__csv": ""})).files("transactions")
    assert [file.name for file in files] == ["part-1.csv", "part-2.csv"]


def test_key_is_default_for_the_projects_own_source_and_differs_by_place(write_source, tmp_path):
    path = write_source("name: Ye Olde Shoppe!\n" + MINIMAL)
    assert load(path, default=path).key == "default"
    elsewhere = tmp_path / "elsewhere.yml"
    elsewhere.write_text(path.read_text())
    first, second = load(path).key, load(elsewhere).key
    assert first.startswith("ye_olde_shoppe-")
    assert first != second
    assert load(path).key == first


def test_columns_may_be_named_by_position(write_source):
    text = MINIMAL.replace("customer_id: c", "customer_id: 0").replace("    file", "    read: {header: null}\n    file")
    assert load(write_source(text)).settings.tables.transactions.columns.customer_id == "0"


def test_dates_of_the_analysis_are_dates(write_source):
    text = MINIMAL + "analysis: {lifetime: {calibration_end: 1997-09-30}}\n"
    assert load(write_source(text)).settings.analysis.lifetime.calibration_end == date(1997, 9, 30)


@pytest.mark.parametrize(
    ("name", "wanted"), [("No E-Mail", "no_e_mail"), ("gate_30", "gate_30"), ("Über 20 %", "uber_20"), ("20%", "20")]
)
def test_slug(name, wanted):
    assert slug(name) == wanted


def test_slugs_of_names_without_latin_letters_differ():
    assert slug("東京") != slug("大阪")


def test_nearest_suggests_nothing_far_off():
    assert nearest("amuont", ["amount", "profit"]) == "; did you mean 'amount'?"
    assert nearest("xyz", ["amount", "profit"]) == ""


def test_sources_of_the_reference_data(reference_data):
    tables = {path.parent.name: list(load(path).tables) for path in sorted(reference_data.glob("*/source.yml"))}
    assert tables == {
        "cdnow": ["transactions"],
        "cookie_cats": ["experiment"],
        "customer_personality": ["customers"],
        "mall_customers": ["customers"],
    }
