"""Ranks from ordinal scores: exact ranges against every order there is."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.assessment.ranking import random_weights, ranking
from egide.model.place import Asset


def asset(number: int, scores: tuple[int, int, int, int], tier: int = 1) -> Asset:
    c, v, r, t = scores
    return Asset(
        id=f"a{number}", name="x", kind="power", lon_deg=0, lat_deg=0, criticality=c, vulnerability=v,
        recuperability=r, threat=t, tier=tier,
    )  # fmt: skip


def twins(one: Asset, other: Asset) -> bool:
    """Whether no scoring can tell one from the other."""
    return one.model_dump(exclude={"id"}) == other.model_dump(exclude={"id"})


score = st.tuples(*[st.integers(1, 5)] * 4)
lists = st.lists(st.tuples(score, st.integers(1, 2)), min_size=1, max_size=5)


def above(one: Asset, other: Asset) -> bool:
    """Whether every scoring that rises with each score must put one above the other."""
    if one.tier != other.tier:
        return one.tier < other.tier
    fields = ("criticality", "vulnerability", "recuperability", "threat")
    pairs = [(getattr(one, f), getattr(other, f)) for f in fields]
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


@settings(max_examples=60, deadline=None)
@given(lists)
def test_the_range_of_a_rank_is_that_over_every_order_that_respects_the_scores(drawn) -> None:
    assets = [asset(n, scores, tier) for n, (scores, tier) in enumerate(drawn)]
    found = ranking(assets)
    places: list[set[int]] = [set() for _ in assets]
    for order in itertools.permutations(range(len(assets))):
        position = {n: rank for rank, n in enumerate(order, start=1)}
        pairs = itertools.permutations(range(len(assets)), 2)
        if all(position[a] < position[b] for a, b in pairs if above(assets[a], assets[b])):
            for n in position:
                # Equals share a rank: those before it do not push it back.
                places[n].add(
                    1 + sum(position[m] < position[n] and not twins(assets[m], assets[n]) for m in position)
                )
    assert found.low.tolist() == [min(one) for one in places]
    assert found.high.tolist() == [max(one) for one in places]


@settings(max_examples=60, deadline=None)
@given(lists, st.randoms(use_true_random=False))
def test_ranks_belong_to_assets_and_not_to_their_order(drawn, random) -> None:
    assets = [asset(n, scores, tier) for n, (scores, tier) in enumerate(drawn)]
    mixed = random.sample(assets, len(assets))
    one, two = ranking(assets), ranking(mixed)
    back = [mixed.index(each) for each in assets]
    for field in ("rank", "low", "high", "weights_low", "weights_high"):
        assert getattr(one, field).tolist() == getattr(two, field)[back].tolist()


@settings(max_examples=60, deadline=None)
@given(lists)
def test_every_rank_lies_in_its_ranges(drawn) -> None:
    found = ranking([asset(n, scores, tier) for n, (scores, tier) in enumerate(drawn)])
    assert np.all(found.low <= found.rank)
    assert np.all(found.rank <= found.high)
    assert np.all(found.low <= found.weights_low)
    assert np.all(found.weights_low <= found.weights_high)
    # Under equal weights of two rivals a tie may give both the better rank.
    assert np.all(found.weights_high <= found.high)


def test_strict_tiers_never_mix() -> None:
    found = ranking([asset(0, (1, 1, 1, 1), tier=1), asset(1, (5, 5, 5, 5), tier=2)])
    assert found.rank.tolist() == found.low.tolist() == found.high.tolist() == [1, 2]


def test_a_rank_that_is_a_choice_of_weights_shows_as_one() -> None:
    found = ranking([asset(0, (5, 1, 3, 3)), asset(1, (1, 5, 3, 3)), asset(2, (1, 1, 1, 1))])
    assert found.rank.tolist() == [1, 1, 3]
    assert found.weights_low[:2].tolist() == [1, 1]
    assert found.weights_high[:2].tolist() == [2, 2]
    assert (found.low[2], found.high[2]) == (3, 3)


def test_random_weights_are_uniform_on_those_that_sum_to_one() -> None:
    """Means within 4 standard errors: fails once in 4,000 seeds; the seed is fixed."""
    weights = random_weights()
    assert weights.sum(axis=1) == pytest.approx(np.ones(len(weights)))
    spread = np.sqrt(3.0 / 80.0 / len(weights))  # variance of one of four: 1/4 * 3/4 / 5
    assert np.all(np.abs(weights.mean(axis=0) - 0.25) < 4 * spread)


def test_no_asset_has_no_rank() -> None:
    assert ranking([]).rank.size == 0


def test_assets_of_equal_scores_have_one_rank_under_every_scoring() -> None:
    found = ranking([asset(0, (3, 3, 3, 3)), asset(1, (3, 3, 3, 3)), asset(2, (1, 1, 1, 1))])
    assert found.rank.tolist() == found.low.tolist() == found.high.tolist() == [1, 1, 3]
