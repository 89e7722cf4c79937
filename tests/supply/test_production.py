"""Makers' lines, and the balance from D-day to P-day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.errors import InputError
from egide.supply.inputs import ProductionLine
from egide.supply.production import balance_d_to_p, production_schedule

RATES = st.floats(0, 50)


@given(RATES, st.floats(0, 10), st.floats(0, 10))
def test_a_line_turns_out_the_integral_of_its_rate_to_the_round(
    rate: float, start: float, ramp: float
) -> None:
    weeks = 20
    made = production_schedule([ProductionLine("a", "i", "p", rate, start, ramp)], weeks)[0]
    t = weeks - start
    exact = rate * (t - ramp / 2) if t >= ramp else rate * t * t / (2 * ramp)
    assert abs(made.sum() - exact) <= 1.0 + 1e-6
    assert (made >= 0).all()
    assert (made[: int(start)] == 0).all()


@given(st.lists(RATES, min_size=1, max_size=4), st.floats(0.5, 60))
def test_lines_that_share_a_bottleneck_never_ask_more_than_it_gives(
    rates: list[float], capacity: float
) -> None:
    lines = [
        ProductionLine(str(k), "i", "p", rate, bottleneck="b", bottleneck_use=2.0)
        for k, rate in enumerate(rates)
    ]
    made = production_schedule(lines, 10, {"b": capacity})
    assert (2.0 * made.cumsum(axis=1).sum(axis=0) <= capacity * np.arange(1, 11) + 1e-6).all()
    if 2.0 * sum(rates) <= capacity:
        np.testing.assert_array_equal(made, production_schedule(lines, 10))


def test_fractions_of_a_round_are_carried_to_later_weeks() -> None:
    made = production_schedule([ProductionLine("a", "i", "p", 0.1)], 20)[0]
    assert made.sum() == 2
    assert made[9] == 1


@pytest.mark.parametrize(("rise", "spent"), [(2.0, 20.0), (1.0, 8.0), (0.5, 5.0)])
def test_a_ramp_against_even_expenditure_has_the_closed_form(rise: float, spent: float) -> None:
    """Production rise x t against spent: P-day at spent / rise, stock needed spent^2 / (2 rise)."""
    fine = 1000
    t = (np.arange(60 * fine) + 0.5) / fine
    balance = balance_d_to_p(0.0, rise * t / fine, np.full(t.size, spent / fine))
    assert balance.p_week == pytest.approx(spent / rise * fine, abs=1)
    assert balance.needed_opening_rounds == pytest.approx(spent**2 / (2 * rise), rel=1e-4)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20), st.integers(0, 60))
def test_the_stock_needed_on_d_day_is_just_enough(weeks: list[tuple[int, int]], opening: int) -> None:
    made, spent = (np.array(row, dtype=float) for row in zip(*weeks, strict=True))
    balance = balance_d_to_p(opening, made, spent)
    enough = balance_d_to_p(balance.needed_opening_rounds, made, spent)
    assert enough.first_deficit_week is None
    assert enough.missing_rounds == 0.0
    if balance.needed_opening_rounds > 0:
        assert balance_d_to_p(balance.needed_opening_rounds - 1, made, spent).first_deficit_week is not None
    assert (balance.first_deficit_week is None) == (opening >= balance.needed_opening_rounds)
    if balance.p_week is not None:
        assert (made[balance.p_week :] >= spent[balance.p_week :]).all()
        assert balance.p_week == 0 or made[balance.p_week - 1] < spent[balance.p_week - 1]
    else:
        assert made[-1] < spent[-1]


@pytest.mark.parametrize(
    ("opening", "made", "spent"),
    [(-1.0, [1.0], [1.0]), (0.0, [np.nan], [1.0]), (0.0, [1.0], [1.0, 2.0]), (0.0, [1.0], [-1.0])],
)
def test_negative_missing_or_unequal_rows_are_refused(
    opening: float, made: list[float], spent: list[float]
) -> None:
    with pytest.raises(InputError):
        balance_d_to_p(opening, np.array(made), np.array(spent))
