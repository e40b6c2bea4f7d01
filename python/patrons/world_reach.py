"""How the simulated shop reaches people: campaigns and what they bring, answers to six of them, e-mails and visits."""

import numpy as np
import pandas as pd
from scipy.special import expit

from patrons import world

# Of each channel: price of one impression, share that click, share of clicks that leave an address, and what the
# channel returns against the average one. Budgets do not depend on the channel, so that these average to 1.
REACH = pd.DataFrame(
    {
        "channel": ["email", "search", "social", "display", "catalogue"],
        "price": [0.02, 0.05, 0.008, 0.004, 0.80],
        "ctr": [0.030, 0.050, 0.010, 0.003, 0.12],
        "lead_rate": [0.30, 0.40, 0.20, 0.15, 0.70],
        "returns": [1.45, 1.15, 0.90, 0.65, 0.85],
    }
)
AUDIENCES = ("everybody", "women", "men", "under 30", "over 60")
AUDIENCE_RETURNS = np.array([1.0, 1.2, 0.8, 0.9, 1.1])
CAMPAIGNS_PER_CHANNEL = 8
ROI = 0.77  # mean over campaigns
BUDGET, BUDGET_SPREAD = 2_500.0, 1.1  # mean; standard deviation of its logarithm: some campaigns are small
LUCK = 0.35  # standard deviation of the logarithm of how good a campaign's idea was
ORDER_VALUE = 85.0

# The answers of customers to six e-mails: when each was sent, and how well its message drew.
ANSWERED = pd.DataFrame(
    {
        "name": ["campaign_1", "campaign_2", "campaign_3", "campaign_4", "campaign_5", "response"],
        "sent": ["2022-03-14", "2022-06-13", "2022-09-12", "2022-11-21", "2023-03-13", "2023-11-13"],
        "draws": [-2.5, -3.0, -2.6, -2.2, -2.5, -1.9],
    }
)
WOMEN_ANSWER = 0.7  # more log odds
OPENNESS_ANSWER = 0.8
GONE_ANSWER = -2.5
FIRST_MONTH = np.datetime64("2022-01")  # since when visits and e-mails are counted


def draw_campaigns(rng: np.random.Generator) -> pd.DataFrame:
    """Draw the campaigns of the four years: what they cost, whom they reached, and what came of it.

    Returns
    -------
    pandas.DataFrame
        A row per campaign in order of time; ``expected_roi`` is what the shop cannot see.
    """
    count = CAMPAIGNS_PER_CHANNEL * len(REACH)
    channel = rng.permutation(np.repeat(np.arange(len(REACH)), CAMPAIGNS_PER_CHANNEL))
    audience = rng.integers(0, len(AUDIENCES), count)
    started = np.sort(rng.choice(world.DAYS - 30, count, replace=False))
    reach = REACH.iloc[channel].reset_index(drop=True)
    budget = BUDGET * np.exp(rng.normal(-(BUDGET_SPREAD**2) / 2, BUDGET_SPREAD, count))
    impressions = rng.poisson(budget / reach["price"])
    cost = impressions * reach["price"].to_numpy()
    # Each campaign's return is the average times factors of mean 1: channel, audience, luck with the idea.
    idea = np.exp(rng.normal(-(LUCK**2) / 2, LUCK, count))
    returns = (1 + ROI) * reach["returns"].to_numpy() * AUDIENCE_RETURNS[audience] * idea
    per_lead = reach["price"] * returns / (reach["ctr"] * reach["lead_rate"] * ORDER_VALUE)
    clicks = rng.binomial(impressions, reach["ctr"])
    leads = rng.binomial(clicks, reach["lead_rate"])
    conversions = rng.binomial(leads, np.minimum(per_lead, 1.0))
    revenue = np.where(conversions > 0, rng.gamma(np.maximum(conversions, 1) * 4.0, ORDER_VALUE / 4), 0.0)
    return pd.DataFrame(
        {
            "campaign_id": [f"K{number:03d}" for number in range(1, count + 1)],
            "channel": reach["channel"],
            "segment": np.array(AUDIENCES)[audience],
            "started_at": (world.START + started).astype("datetime64[s]"),
            "impressions": impressions,
            "clicks": clicks,
            "leads": leads,
            "conversions": conversions,
            "cost": np.round(cost, 2),
            "revenue": np.round(revenue, 2),
            "expected_roi": returns - 1,
        }
    )


def answer_chances(people: pd.DataFrame) -> np.ndarray:
    """Return how likely each customer answers each of the six e-mails: shape (customers, e-mails)."""
    joined, gone = people["joined"].to_numpy()[:, None], people["gone"].to_numpy()[:, None]
    sent = np.array([world.day_of(np.datetime64(day)) for day in ANSWERED["sent"]])
    own = (
        world.KINDS["answers"].to_numpy()[people["kind"]]
        + WOMEN_ANSWER * (people["gender"] == 0)
        + OPENNESS_ANSWER * people["openness"]
    )
    odds = own.to_numpy()[:, None] + ANSWERED["draws"].to_numpy() + GONE_ANSWER * (gone < sent)
    return np.where(joined < sent, expit(odds), 0.0)


def draw_answers(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Draw who answered which of the six e-mails, as 0 and 1."""
    chances = answer_chances(people)
    return pd.DataFrame((rng.random(chances.shape) < chances).astype(np.int8), columns=ANSWERED["name"])


def draw_engagement(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Draw visits and e-mails, month by month from the later of `FIRST_MONTH` and the month of joining.

    Returns
    -------
    pandas.DataFrame
        ``who`` (position), ``month`` (datetime64), ``web_visits``, ``emails_sent``, ``emails_opened``,
        ``emails_clicked``.
    """
    months = np.arange(FIRST_MONTH, world.END.astype("datetime64[M]"))
    joined = (world.START + people["joined"].to_numpy().astype(int)).astype("datetime64[M]")
    who, month = np.nonzero(joined[:, None] <= months)
    calendar = months.astype(int) % 12
    begins = (months.astype("datetime64[D]") - world.START).astype(float)
    gone = people["gone"].to_numpy()[who] < begins[month]
    women, openness = (people["gender"] == 0).to_numpy(), people["openness"].to_numpy()
    visits = world.KINDS["visits"].to_numpy()[people["kind"]] * (0.5 + 4 * people["web"].to_numpy() ** 2)
    visits = (visits * np.exp(0.35 * openness - 0.06))[who] * world.MONTHS[calendar][month] * np.where(gone, 0.15, 1.0)
    sent = np.where(calendar >= 10, 4, np.where(np.isin(calendar + 1, world.OFF_PEAK_MONTHS), 3, 2))[month]
    opens = expit((-0.9 + 0.7 * openness + 0.2 * women)[who] - 1.3 * gone)
    clicks = expit(-1.5 + 0.5 * openness + 0.3 * women)[who]
    opened = rng.binomial(sent, opens)
    return pd.DataFrame(
        {
            "who": who,
            "month": months[month],
            "web_visits": rng.poisson(visits),
            "emails_sent": sent,
            "emails_opened": opened,
            "emails_clicked": rng.binomial(opened, clicks),
        }
    )
