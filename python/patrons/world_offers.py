r"""The randomised test of the simulated shop: what each offer does to whom, and what is expected to come of it.

An offer raises a customer's rate of ordering by the factor :math:`1 + k s_i`, with :math:`s_i` how much this
customer cares for such an offer; :math:`k` is such that sales over all people in the test rise by the planted lift:

.. math:: \sum_i m_i v_i p_i (1 + k s_i)\, b = (1 + \text{lift}) \sum_i m_i v_i (1 - d_i),

with :math:`m_i` the orders expected without an offer, :math:`v_i` the value of an order at list price, :math:`d_i` the
ordinary discount, :math:`p_i` the share of the list price paid under the offer, :math:`b` the larger basket.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from patrons import world

if TYPE_CHECKING:
    from patrons.world_orders import Baskets

TEST_START = np.datetime64("2023-07-01")  # until the end
BEGIN = world.day_of(TEST_START)
ELIGIBLE_DAYS = 365  # in the test are those who ordered so many days before it, or fewer
CONTROL, DISCOUNT = "no discount", "discount 20%"
# What an offer takes off the list price (0: ordinary discounts hold), how much larger it makes a basket, the lift in
# sales per customer over everybody in the test, and what it costs: per delivered order (pounds), per pound of sales.
OFFERS = pd.DataFrame(
    {
        "arm": [CONTROL, DISCOUNT, "free delivery", "bonus points"],
        "discount": [0.0, 0.20, 0.0, 0.0],
        "basket": [1.0, 1.12, 1.0, 1.0],
        "lift": [0.0, 0.15, 0.10, 0.10],
        "per_delivery": [0.0, 0.0, 2.0, 0.0],
        "per_pound": [0.0, 0.0, 0.0, 0.02],
    }
)
AGE_BANDS = ("under 30", "30 to 45", "46 to 60", "over 60")
AGE_BAND_ENDS = (29, 45, 60)
DELIVERY_CARE = np.array([0.3, 0.5, 1.1, 2.2])  # by age band: what the old save is the way to the shop
POINTS_CARE = np.array([0.5, 1.6])  # women, men
OUTCOMES = ("sales", "orders", "profit", "bought")


@dataclass(frozen=True)
class Sums:
    """What the calibration of the offers needs to know of the people in the test; of many blocks, they add up."""

    plain: float
    paid: np.ndarray
    caring: np.ndarray

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.plain + other.plain, self.paid + other.paid, self.caring + other.caring)


def age_band(age: np.ndarray) -> np.ndarray:
    """Return the position in `AGE_BANDS`."""
    return np.searchsorted(AGE_BAND_ENDS, age).astype(np.int8)


def care(people: pd.DataFrame) -> np.ndarray:
    """Return how much each customer cares for each offer: shape (customers, offers)."""
    delivered = people["web"].to_numpy() + people["catalogue"].to_numpy()
    return np.column_stack(
        [
            np.zeros(len(people)),
            people["sensitivity"],
            DELIVERY_CARE[age_band(people["age"].to_numpy())] * delivered,
            POINTS_CARE[people["gender"]],
        ]
    )


def add_up(people: pd.DataFrame, baskets: "Baskets", orders: np.ndarray) -> Sums:
    """Add up over some people in the test, `orders` being what is expected of each without an offer."""
    plain = orders * baskets.value * (1 - baskets.discount)
    paid = (orders * baskets.value)[:, None] * _paid(baskets) * OFFERS["basket"].to_numpy()
    return Sums(float(plain.sum()), paid.sum(axis=0), (paid * care(people)).sum(axis=0))


def strengths(sums: Sums) -> np.ndarray:
    """Return the factor k of each offer."""
    wanted = (1 + OFFERS["lift"].to_numpy()) * sums.plain - sums.paid
    return np.divide(wanted, sums.caring, out=np.zeros(len(OFFERS)), where=sums.caring > 0)


def more_orders(people: pd.DataFrame, strength: np.ndarray) -> np.ndarray:
    """Return by what factor each offer raises each customer's orders: shape (customers, offers)."""
    return 1 + strength * care(people)


def expect_outcomes(
    people: pd.DataFrame, baskets: "Baskets", orders: np.ndarray, strength: np.ndarray
) -> dict[str, np.ndarray]:
    """Return what each customer is expected to do in the test under each offer.

    Returns
    -------
    dict of str to numpy.ndarray
        Of each of `OUTCOMES`, shape (customers, offers).
    """
    placed = orders[:, None] * more_orders(people, strength)
    basket = OFFERS["basket"].to_numpy()
    sales = placed * baskets.value[:, None] * basket * _paid(baskets)
    delivered = (people["web"].to_numpy() + people["catalogue"].to_numpy())[:, None]
    costs = placed * delivered * OFFERS["per_delivery"].to_numpy() + sales * OFFERS["per_pound"].to_numpy()
    return {
        "sales": sales,
        "orders": placed,
        "profit": sales - placed * baskets.cost[:, None] * basket - costs,
        "bought": -np.expm1(-placed),
    }


def _paid(baskets: "Baskets") -> np.ndarray:
    """Return the share of the list price that is paid under each offer: shape (customers, offers)."""
    offered = OFFERS["discount"].to_numpy()
    return np.where(offered > 0, 1 - offered, (1 - baskets.discount)[:, None])


def assign(rng: np.random.Generator, eligible: np.ndarray) -> np.ndarray:
    """Draw the arm of each customer: equal numbers of those who are eligible, control for the rest."""
    arm = np.zeros(len(eligible), np.int8)
    inside = np.flatnonzero(eligible)
    arm[rng.permutation(inside)] = np.arange(len(inside)) % len(OFFERS)
    return arm
