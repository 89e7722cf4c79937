"""Exact programmes: expected leakers under a rule, and the best use of rounds."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.errors import InputError
from egide.supply.programme import expected_leakers, optimal_spending


@given(
    st.integers(0, 20), st.integers(0, 5), st.integers(0, 6), st.floats(0, 1), st.integers(0, 5), st.floats(0, 1)
)  # fmt: skip
def test_expected_leakers_equal_the_sum_over_every_sequence_of_resupply(
    stock: int, raids: int, threats: int, pk: float, resupply: int, chance: float
) -> None:
    twin = np.zeros(raids)
    for comes in product((False, True), repeat=raids):
        probability, held = 1.0, stock
        for t, arrives in enumerate(comes):
            fired = min(held, threats)
            probability_so_far = probability
            twin_here = threats - pk * fired
            probability *= chance if arrives else 1.0 - chance
            rest = 2.0 ** (raids - t)  # sequences that share the past up to here are counted once
            twin[t] += probability_so_far * twin_here / rest
            held += resupply * arrives - fired
    np.testing.assert_allclose(expected_leakers(stock, raids, threats, pk, resupply, chance), twin, atol=1e-9)


def test_raids_may_differ_in_threats_and_resupply() -> None:
    assert expected_leakers(3, 3, [2, 4, 1], 1.0, [0, 5, 0]).tolist() == [0.0, 3.0, 0.0]


@given(st.integers(0, 15), st.integers(1, 6), st.integers(0, 5), st.floats(0, 1))
def test_a_certain_lot_never_adds_leakers(stock: int, raids: int, threats: int, pk: float) -> None:
    without, with_lot = (expected_leakers(stock, raids, threats, pk, q, 1.0).sum() for q in (0, 3))
    assert with_lot <= without + 1e-9


@pytest.mark.parametrize(
    "figures", [(-1, 2, 3, 0.5), (1, 2, 2.5, 0.5), (1, 2, 3, 1.5), (1, 2, [1, 2, 3], 0.5), (1.5, 2, 3, 0.5)]
)
def test_impossible_campaigns_are_refused(figures: tuple) -> None:
    with pytest.raises(InputError):
        expected_leakers(*figures)


LOTS = st.lists(st.integers(0, 4), min_size=2, max_size=5)
FEW_LOTS = st.lists(st.integers(0, 2), min_size=1, max_size=2)
NIGHTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=3)


def _brute(stock: int, nights: list, chance: list, pk: list, weight: list, lots: list) -> float:
    """Least loss by trying every way to spend, recursively."""
    if not lots:
        return 0.0
    held, total = stock + lots[0], 0.0
    for night, p in zip(nights, chance, strict=True):
        options = [
            sum(w * (n - k * u) for w, n, k, u in zip(weight, night, pk, spent, strict=True))
            + _brute(held - sum(spent), nights, chance, pk, weight, lots[1:])
            for spent in product(*(range(n + 1) for n in night))
            if sum(spent) <= held
        ]
        total += p * min(options)
    return total


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 4),
    NIGHTS,
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 9),
    st.lists(st.integers(0, 2), min_size=1, max_size=2),
)
def test_the_programme_finds_the_least_loss_of_all_ways_to_spend(
    stock: int, nights: list, pk_1: float, pk_2: float, weight: float, lots: list[int]
) -> None:
    chance = [1.0 / len(nights)] * len(nights)
    found = optimal_spending(stock, np.array(nights), chance, [pk_1, pk_2], [1.0, weight], lots)
    assert found.loss == pytest.approx(
        _brute(stock, nights, chance, [pk_1, pk_2], [1.0, weight], lots), abs=1e-9
    )
    assert found.spend_loss >= found.loss - 1e-9


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 8),
    NIGHTS,
    st.floats(0, 1),
    st.floats(0, 9),
    st.lists(st.integers(0, 4), min_size=2, max_size=5),
    st.data(),
)
def test_a_lot_delivered_earlier_never_hurts_under_an_optimal_policy(
    stock: int, nights: list, pk: float, weight: float, lots: list[int], data: st.DataObject
) -> None:
    """Under rules it may (see the ranking's tests); under the best policy rounds can simply be kept."""
    day = data.draw(st.integers(1, len(lots) - 1))
    earlier = list(lots)
    earlier[day], earlier[day - 1] = 0, lots[day - 1] + lots[day]
    chance = [1.0 / len(nights)] * len(nights)
    losses = [
        optimal_spending(stock, np.array(nights), chance, [pk, 0.9], [1.0, weight], plan).loss
        for plan in (lots, earlier)
    ]
    assert losses[1] <= losses[0] + 1e-9


def test_rounds_are_kept_from_decoys_for_the_missiles_that_may_come() -> None:
    plan = optimal_spending(4, np.array([[4, 0], [0, 4]]), [0.5, 0.5], [0.1, 0.9], [0.1, 10.0], [0, 0])
    assert plan.rounds_kept[0, 0, 4] == 4
    assert plan.loss < plan.spend_loss


def test_nights_and_chances_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="pk, weight"):
        optimal_spending(1, np.array([[1, 2]]), [0.5, 0.5], [0.5], [1.0], [0])
    with pytest.raises(InputError, match="probabilities"):
        optimal_spending(1, np.array([[1]]), [0.9], [0.5], [1.0], [0])


def test_rounds_that_can_never_be_fired_change_nothing_and_take_no_memory() -> None:
    plenty = expected_leakers(10**12, 4, 8, 0.7, 10**9, 0.5)
    assert plenty == pytest.approx(expected_leakers(32, 4, 8, 0.7))
    assert plenty == pytest.approx([2.4] * 4)


@pytest.mark.parametrize("place", ["chance", "pk", "weight"])
def test_spending_refuses_figures_that_are_not_numbers(place: str) -> None:
    figures = {"chance": [1.0], "pk": [0.5], "weight": [1.0]}
    figures[place] = [np.nan]
    with pytest.raises(InputError):
        optimal_spending(3, np.array([[1]]), figures["chance"], figures["pk"], figures["weight"], [0])
