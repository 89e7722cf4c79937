"""The value of a lot: paired, ranked, and the same as running the plan without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.supply.campaigns import one_store, random_campaign

from egide.errors import InputError
from egide.supply.campaign import run_campaign
from egide.supply.inputs import CampaignLot, Doctrine, ProductionLine
from egide.supply.ranking import (
    compare_campaigns,
    compare_doctrines,
    rank_lots,
    value_of_line,
    value_of_partners,
)

SEEDS = st.integers(0, 10_000)


def _lots() -> tuple[CampaignLot, ...]:
    return (
        CampaignLot("late", "round", "city", 6, 25.0, "north", cost_eur=2e6),
        CampaignLot("early", "round", "city", 8, 0.0, "south", cost_eur=1e6),
        CampaignLot("never", "round", "city", 50, 0.0, "south", never_fraction=1.0),
    )


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_the_value_of_a_lot_is_what_the_plan_without_it_loses(seed: int) -> None:
    campaign = random_campaign(seed)
    assume(campaign.lots)
    ranking = rank_lots(campaign, trials=5, seed=seed, delay_days=3)
    base = run_campaign(campaign, trials=5, seed=seed).totals
    for k in range(len(campaign.lots)):
        rest = replace(campaign, lots=campaign.lots[:k] + campaign.lots[k + 1 :])
        without = run_campaign(rest, trials=5, seed=seed).totals
        np.testing.assert_allclose(ranking.value[k], (without - base).mean(axis=0), rtol=1e-8, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_the_ranking_does_not_depend_on_threads_nor_on_the_order_of_lots(seed: int) -> None:
    campaign = random_campaign(seed)
    assume(len(campaign.lots) >= 2 and not campaign.fleets)
    a = rank_lots(campaign, trials=4, seed=seed, threads=1)
    b = rank_lots(replace(campaign, lots=campaign.lots[::-1]), trials=4, seed=seed, threads=3)
    np.testing.assert_allclose(a.value, b.value[::-1], rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(a.value_per_day_of_delay, b.value_per_day_of_delay[::-1], rtol=1e-9, atol=1e-7)


def test_a_certain_campaign_values_lots_by_hand() -> None:
    """Eight threats a week, kill probability 0.7, empty store: a round that is fired averts 0.7 leakers."""
    ranking = rank_lots(one_store(opening=0, lots=_lots()), trials=40, seed=2)
    late, early, never = ranking.value[:, 0]
    assert early == pytest.approx(8 * 0.7)
    assert 0.0 < late < 6 * 0.7  # due on day 25 of 28: in time only where the last raid comes later
    assert never == 0.0
    assert ranking.rank[:, 0].tolist() == [2, 1, 3]
    np.testing.assert_allclose(ranking.value[:, 1], 1000 * ranking.value[:, 0])
    np.testing.assert_allclose(ranking.value[:, 2], 2 * ranking.value[:, 0])
    assert (ranking.low <= ranking.value + 1e-12).all()
    assert (ranking.value <= ranking.high + 1e-12).all()
    assert ranking.value_per_million_eur()[:2, 0] == pytest.approx([late / 2, early])
    assert np.isnan(ranking.value_per_million_eur()[2, 0])
    assert ranking.by_partner()["south"][0] == pytest.approx(early)
    assert ranking.to_frame()["lot"].tolist() == ["early", "late", "never"]


def test_probabilities_of_ranks_sum_to_one_for_every_lot_and_every_rank() -> None:
    ranking = rank_lots(one_store(opening=0, lots=_lots()), trials=40, seed=2)
    for shares in (ranking.rank_probability, ranking.rank_fraction):
        np.testing.assert_allclose(shares.sum(axis=1), 1.0)
        np.testing.assert_allclose(shares.sum(axis=2), 1.0)
    assert ranking.rank_probability[0, 1, 0] == 1.0


def test_a_day_of_delay_costs_what_the_later_arrival_loses() -> None:
    """A lot due on day 0 and a week late misses the first raid, but its rounds are fired later."""
    campaign = one_store(opening=0, weeks=1, lots=_lots()[1:2])
    ranking = rank_lots(campaign, trials=30, seed=2, delay_days=7)
    assert ranking.value_per_day_of_delay[0, 0] == pytest.approx(8 * 0.7 / 7)
    longer = rank_lots(one_store(opening=0, weeks=2, lots=_lots()[1:2]), trials=30, seed=2, delay_days=7)
    assert longer.value_per_day_of_delay[0, 0] == pytest.approx(0.0)


def test_an_earlier_lot_can_do_harm_under_a_rule_and_the_ranking_says_how_often() -> None:
    """Rounds that come early are spent on decoys; late ones are there for missiles. No law, so it is reported."""
    base = one_store(opening=0, weeks=2, threats=1)
    count = np.array([0.0, 1.0])
    campaign = replace(
        base,
        classes=("decoy", "missile"),
        tempo=replace(
            base.tempo, weekly_count_probability=count, nights=np.array([[4, 0], [0, 4]]),
            place_fraction=np.ones((1, 2, 1)),
        ),
        engagement=replace(
            base.engagement, rounds=np.ones((1, 2)), kill_probability=np.array([[0.1, 0.9]]),
            preference=np.zeros((1, 2, 1), dtype=np.int64),
        ),
        doctrine=Doctrine("spend", np.zeros((1, 1, 2), dtype=np.int64)),
        people_per_leaker=np.ones((1, 2)),
        value_per_leaker=np.array([[0.0, 1.0]]),
        lots=(CampaignLot("a", "round", "city", 4, 0.0),),
    )  # fmt: skip
    ranking = rank_lots(campaign, trials=400, seed=3, delay_days=7)
    late = rank_lots(replace(campaign, lots=(replace(campaign.lots[0], due_day=7.0),)), trials=400, seed=3)
    assert ranking.harmful_fraction[0, 0] == 0.0  # a lot at all is never worse here ...
    assert late.value[0, 2] > 0.0
    # ... but among campaigns that open with decoys and end with missiles, the early one has nothing left.
    early_total = run_campaign(campaign, trials=400, seed=3).totals[:, 2]
    moved = replace(campaign, lots=(replace(campaign.lots[0], due_day=7.0),))
    late_total = run_campaign(moved, trials=400, seed=3).totals[:, 2]
    assert (early_total > late_total + 1e-9).any()
    assert (early_total < late_total - 1e-9).any()


def test_a_line_is_worth_its_rounds() -> None:
    line = ProductionLine("line", "round", "city", 2.0)
    found = value_of_line(one_store(opening=0), line, trials=10, seed=1)
    assert found.mean[0] == pytest.approx(4 * 2 * 0.7)
    assert found.low[0] == pytest.approx(found.high[0])
    assert found.better_fraction[0] == 1.0


def test_partners_are_valued_by_all_their_lots_together() -> None:
    lots = (*_lots(), CampaignLot("spare", "round", "city", 8, 0.0, "south"))
    found = {d.name: d.mean[0] for d in value_of_partners(one_store(opening=0, lots=lots), trials=20, seed=1)}
    assert found["south"] == pytest.approx(16 * 0.7)
    assert list(found) == ["south", "north"]


def test_comparing_a_campaign_with_itself_finds_no_difference() -> None:
    campaign = random_campaign(7)
    found = compare_campaigns(campaign, campaign, name="same", trials=10, seed=1)
    assert (found.mean == 0.0).all()
    assert (found.better_fraction == 0.0).all()


def test_sparing_a_round_that_nobody_needs_costs_leakers() -> None:
    campaign = one_store(opening=12)
    found = compare_doctrines(campaign, Doctrine("spare", np.full((1, 1, 1), 3)), trials=5, seed=1)
    assert found.name == "spare"
    assert found.mean[0] == pytest.approx(-3 * 0.7)
    assert found.worse_fraction[0] == 1.0


def test_a_plan_without_lots_cannot_be_ranked() -> None:
    with pytest.raises(InputError, match="at least one lot"):
        rank_lots(one_store(opening=0), trials=5, seed=1)
