"""The kernels of the laydown search and of its bound do what their slow twins do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import laydown as naive
from tests.naive import laydown_bound as naive_bound
from tests.siting.theatres import made, naive_value

from egide.kernels import laydown as kernel
from egide.kernels import laydown_bound as bound_kernel
from egide.siting.laydown_bound import LaydownBound
from egide.siting.laydown_search import Search
from egide.siting.theatre import Instance

seeds = st.integers(0, 10**6)


def search_of(instance: Instance, *, guarded: bool) -> tuple[Search, naive.Twin]:
    """The search and its twin, with the first tier guarded if asked."""
    inside = (instance.tier == 1)[:, None]
    worth = np.where(inside, 0.0, instance.worth) if guarded else instance.worth
    guards = np.where(inside, instance.worth, 0.0)[None] if guarded else np.zeros((0, *worth.shape))
    search = Search(instance, 5, worth, guards)
    return search, naive.Twin(
        instance.board, instance.rows, instance.base, worth, guards, instance.fixed_sites
    )


@settings(max_examples=60)
@given(seed=seeds, data=st.data())
def test_gains_of_options_and_pairs_are_differences_of_values(seed: int, data: st.DataObject) -> None:
    instance = made(seed, kept=data.draw(st.booleans()))
    options = st.integers(0, instance.option_kind.size - 1)
    chosen = data.draw(st.lists(options, max_size=4))
    one, two = data.draw(options), data.draw(options)
    counts = Search(instance, 0).counts(chosen)
    before = counts.copy()
    held = naive_value(instance, chosen)
    gain = kernel.gain(one, *instance.rows, instance.worth, counts)
    assert gain == pytest.approx(naive_value(instance, [*chosen, one]) - held, abs=1e-12)
    pair = kernel.pair_gain(one, two, instance.rows, instance.worth, counts)
    assert pair == pytest.approx(naive_value(instance, [*chosen, one, two]) - held, abs=1e-12)
    assert (counts == before).all()


@settings(max_examples=40)
@given(seed=seeds, guarded=st.booleans(), apart=st.sampled_from([0.0, 0.4]), kept=st.booleans())
def test_moves_exchanges_and_annealing_go_where_the_twin_goes(
    seed: int, guarded: bool, apart: float, kept: bool
) -> None:
    instance = made(seed, apart=apart, kept=kept)
    search, twin = search_of(instance, guarded=guarded)
    start = search.greedy([], instance.counts)
    if not start:
        return
    now, holder = np.array(start), search._holder(np.array(start))
    rules = (instance.board, instance.rows, search.worth, search.guards)
    counts = search.counts(now)
    kernel.exchange(now, holder, *rules, counts)
    assert now.tolist() == twin.exchange(start)
    assert (counts == search.counts(now)).all()
    moved = now.copy()
    kernel.improve(moved, holder, *rules, counts)
    assert moved.tolist() == twin.improve(now.tolist())
    assert (counts == search.counts(moved)).all()
    assert (holder == search._holder(moved)).all()
    wanted = np.arange(instance.option_kind.size, dtype=np.int64)[seed % 2 :]
    pointer = np.searchsorted(instance.option_kind[wanted], np.arange(len(instance.kinds) + 1))
    best = now.copy()
    added = kernel.anneal(
        5,
        1,
        60,
        0.2,
        0.01,
        wanted,
        pointer,
        now.copy(),
        search._holder(now),
        *rules,
        search.counts(now),
        best,
    )
    assert best.tolist() == twin.anneal(5, 1, 60, 0.2, 0.01, wanted.tolist(), now.tolist())
    assert added == pytest.approx(search.value(best) - search.value(now), abs=1e-9)


@settings(max_examples=40)
@given(seed=seeds, lost=st.integers(1, 2))
def test_the_worst_loss_is_the_greatest_of_all(seed: int, lost: int) -> None:
    instance = made(seed)
    search = Search(instance, 0)
    chosen = search.greedy([], instance.counts)
    counts = search.counts(chosen)
    loss, *which = kernel.worst_loss(np.array(chosen), lost, instance.rows, instance.worth, counts)
    whole = naive_value(instance, chosen)

    def without(gone: tuple[int, ...]) -> float:
        return whole - naive_value(instance, [o for n, o in enumerate(chosen) if n not in gone])

    every = [
        without(gone) for size in range(lost + 1) for gone in itertools.combinations(range(len(chosen)), size)
    ]
    assert loss == pytest.approx(max(every), abs=1e-12)
    assert without(tuple(n for n in which if n >= 0)) == pytest.approx(loss, abs=1e-12)
    assert (counts == search.counts(chosen)).all()


@settings(max_examples=30)
@given(seed=seeds, kept=st.booleans())
def test_primal_dual_steps_are_those_of_dense_matrices(seed: int, kept: bool) -> None:
    instance = made(seed, kept=kept)
    bound = LaydownBound(instance)
    options = instance.option_kind.size
    twin = bound.now._replace(**{name: part.copy() for name, part in bound.now._asdict().items()})
    bound_kernel.primal_dual_steps(25, 0.3, bound.relaxed, instance.rows, bound.paces, bound.now)
    for _ in range(25):
        twin = naive_bound.step(bound.relaxed, instance.rows, bound.paces, twin, 0.3)
    for name, part in twin._asdict().items():
        assert getattr(bound.now, name) == pytest.approx(part, abs=1e-9), name
    price = np.random.default_rng(seed).random(bound.now.price.shape)
    out, load = np.empty(options), np.empty(price.shape)
    bound_kernel.profits(instance.rows, price, out)
    assert out == pytest.approx(naive_bound.profits(instance.rows, price, options))
    bound_kernel.loads(instance.rows, out, load)
    assert load == pytest.approx(naive_bound.loads(instance.rows, out, len(price)))
