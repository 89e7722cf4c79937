"""Campaign kernels against their slow twins, on random campaigns."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import campaign_draws as slow_draws
from tests.naive import campaign_trials as slow
from tests.naive import resampling as slow_resampling
from tests.supply.campaigns import random_campaign

from egide.kernels.campaign_draws import NEVER
from egide.kernels.resampling import bootstrap_means, rank_shares
from egide.supply.campaign import execute
from egide.supply.checks import check_campaign
from egide.supply.tables import build_tables

SEEDS = st.integers(0, 10_000)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_a_campaign_equals_its_slow_twin_in_every_account(seed: int) -> None:
    campaign = random_campaign(seed)
    check_campaign(campaign)
    tables = build_tables(campaign)
    record = execute(tables, 3, seed, 1, keep=True)
    for trial in range(3):
        story, ready, days = slow.trial(tables, seed, trial)
        np.testing.assert_array_equal(record.lot_day[trial], days)
        np.testing.assert_array_equal(record.ready[trial], ready)
        np.testing.assert_array_equal(record.account[trial], story.account)
        np.testing.assert_array_equal(record.short[trial], story.short)
        np.testing.assert_array_equal(record.marks[trial], story.marks)
        np.testing.assert_allclose(record.leakers[trial], story.leakers, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(record.total[trial], slow.totals(tables, story), rtol=1e-12, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from([NEVER, 1, 7, 20, -3, -30]))
def test_a_variant_restarted_halfway_equals_a_whole_campaign_with_the_lot_moved(
    seed: int, shift: int
) -> None:
    tables = build_tables(random_campaign(seed))
    lots = np.arange(tables.lots.place.size)
    record = execute(tables, 2, seed, 1, keep=False, shift_days=shift * np.eye(lots.size, dtype=np.int64))
    for trial in range(2):
        base = slow.totals(tables, slow.trial(tables, seed, trial)[0])
        for lot in lots:
            moved = slow.totals(tables, slow.trial(tables, seed, trial, int(lot), shift)[0])
            np.testing.assert_allclose(record.change[trial, lot], moved - base, rtol=1e-9, atol=1e-7)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.data())
def test_a_variant_that_moves_several_lots_equals_a_whole_campaign_with_them_moved(
    seed: int, data: st.DataObject
) -> None:
    tables = build_tables(random_campaign(seed))
    shift = st.sampled_from([0, 0, NEVER, 1, 9, -4])
    row = data.draw(st.lists(shift, min_size=tables.lots.place.size, max_size=tables.lots.place.size))
    shifts = np.array([row, [0] * len(row), row[::-1]], dtype=np.int64)
    record = execute(tables, 2, seed, 1, keep=True, shift_days=shifts)
    for trial in range(2):
        story = slow.trial(tables, seed, trial)[0]
        np.testing.assert_array_equal(record.account[trial], story.account)  # variants leave no trace
        base = slow.totals(tables, story)
        for number, moves in enumerate(shifts.tolist()):
            moved = slow.totals(tables, slow.moved(tables, seed, trial, moves)[0])
            np.testing.assert_allclose(record.change[trial, number], moved - base, rtol=1e-9, atol=1e-7)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_raids_equal_their_slow_twin(seed: int) -> None:
    from egide.kernels.campaign_draws import draw_raids
    from egide.supply.campaign import _scratch

    tables = build_tables(random_campaign(seed))
    drawn = _scratch(tables).drawn
    draw_raids(tables.raids, seed, 5, drawn.raid_count, drawn.day, drawn.level, drawn.threats)
    twin = slow_draws.raids(tables.raids, seed, 5, drawn.raid_count.size)
    assert [len(week) for week in twin] == drawn.raid_count.tolist()
    for week, raids in enumerate(twin):
        for k, raid in enumerate(raids):
            assert raid["day"] == drawn.day[week, k]
            assert raid["levels"] == drawn.level[week, k].tolist()
            np.testing.assert_array_equal(raid["threats"], drawn.threats[week, k])


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(1, 9), st.integers(1, 6))
def test_resampled_means_and_rank_shares_equal_their_slow_twins(seed: int, rows: int, columns: int) -> None:
    values = np.random.default_rng(seed).integers(0, 4, size=(rows, columns)).astype(float)
    means = np.zeros((7, columns))
    bootstrap_means(values, seed, 0, 7, means)
    np.testing.assert_allclose(means, slow_resampling.bootstrap_means(values, seed, 7), rtol=1e-12)
    shares = np.zeros((columns, columns))
    rank_shares(values, shares)
    np.testing.assert_allclose(shares, slow_resampling.rank_shares(values), atol=1e-12)
    np.testing.assert_allclose(shares.sum(axis=0), 1.0)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
