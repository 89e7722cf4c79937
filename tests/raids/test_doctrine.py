"""Closed forms of shot doctrines, depth of fire and layers, and the simulator against them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.raids.cases import plain_raid

from egide.errors import InputError
from egide.raids.doctrine import (
    DOCTRINES,
    depth_of_fire,
    expected_shots,
    layered_binomial,
    leak_probability,
    parse_doctrine,
    poisson_binomial,
    under_stock,
)
from egide.raids.engine import run_raid
from egide.raids.tables import FireUnits


def test_doctrines_are_read_as_salvos() -> None:
    """A look parts salvos, a dash joins shots."""
    assert [parse_doctrine(name) for name in DOCTRINES] == [(1,), (2,), (1, 1), (2, 1)]
    assert parse_doctrine("S-S-S-L-S-L-S-S") == (3, 1, 2)


@pytest.mark.parametrize("name", ["", "L", "S-L", "SS", "S-S-L-L-S", "s"])
def test_what_is_no_doctrine_is_refused(name: str) -> None:
    """Anything but shots and looks between them is an input error that says how to write it."""
    with pytest.raises(InputError, match="S-L-S"):
        parse_doctrine(name)


@given(st.sampled_from(DOCTRINES), st.floats(0.0, 1.0))
def test_shots_and_leak_agree_with_a_tree(name: str, p: float) -> None:
    """Mean shots and leak are those of walking through the salvos one by one."""
    shots, alive = 0.0, 1.0
    for salvo in parse_doctrine(name):
        shots += alive * salvo
        alive *= (1.0 - p) ** salvo
    assert expected_shots(name, p) == pytest.approx(shots)
    assert leak_probability(name, p) == pytest.approx(alive)


@given(
    st.floats(5e3, 2e5), st.floats(50, 2000), st.floats(0, 60), st.floats(200, 2000),
    st.floats(500, 5e3), st.floats(6e3, 1e5), st.floats(0.5, 30),
)  # fmt: skip
def test_more_delay_never_deepens_the_fire(
    detect: float, speed: float, delay: float, fast: float, near: float, far: float, assess: float
) -> None:
    """Depth of fire falls, or stays, with delay and threat speed."""
    depth = depth_of_fire(detect, speed, delay, fast, near, far, assess)
    assert depth_of_fire(detect, speed, delay + 5.0, fast, near, far, assess) <= depth
    assert depth_of_fire(detect, 1.1 * speed, delay, fast, near, far, assess) <= depth


def test_depth_of_fire_refuses_standing_threats_and_negative_times() -> None:
    """Speeds of zero and negative delays are reported together or alone, in words."""
    with pytest.raises(InputError, match="threat_speed_mps"):
        depth_of_fire(6e4, 0.0, 20.0, 900.0, 2e3, 4e4, 10.0)
    with pytest.raises(InputError, match="0 or more"):
        depth_of_fire(6e4, 250.0, -1.0, 900.0, 2e3, 4e4, 10.0)


def test_poisson_binomial_equals_binomial_when_all_are_alike() -> None:
    """Equal chances give the binomial distribution."""
    pmf = poisson_binomial(np.full(12, 0.3))
    expected = [math.comb(12, k) * 0.3**k * 0.7 ** (12 - k) for k in range(13)]
    np.testing.assert_allclose(pmf, expected)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12))
def test_poisson_binomial_is_a_distribution_with_the_right_mean_and_variance(chances: list[float]) -> None:
    """Sums to one; mean sum p, variance sum p (1 - p), which is below the binomial's of equal mean."""
    pmf = poisson_binomial(chances)
    counts = np.arange(pmf.size)
    p = np.asarray(chances)
    assert pmf.sum() == pytest.approx(1.0)
    assert pmf @ counts == pytest.approx(p.sum())
    assert pmf @ counts**2 - (pmf @ counts) ** 2 == pytest.approx((p * (1 - p)).sum(), abs=1e-9)
    assert (p * (1 - p)).sum() <= p.size * p.mean() * (1 - p.mean()) + 1e-9


def test_under_stock_without_limit_is_the_doctrine_itself() -> None:
    """With rounds for everybody the leak and the shots are those of the doctrine, threat by threat."""
    for name in DOCTRINES:
        outcome = under_stock(name, 0.6, 5, 50)
        np.testing.assert_allclose(outcome.leak_by_threat, leak_probability(name, 0.6))
        assert outcome.shots == pytest.approx(5 * expected_shots(name, 0.6))


@pytest.mark.parametrize("name", DOCTRINES)
def test_the_simulator_agrees_under_finite_stock(name: str) -> None:
    """Leak of each threat and rounds spent are the exact ones, each within three standard errors.

    Thirteen comparisons a doctrine at three standard errors: a false alarm in about 3 % of seeds.
    """
    threats, rounds, p, trials = 12, 9, 0.6, 20_000
    entry = 100.0 * np.arange(threats)
    units = FireUnits(kind_index=[0], ready_rounds=rounds)
    tables = plain_raid(entry, entry + 50.0, kill=p, units=units, doctrine=name)
    outcome = run_raid(tables, trials=trials, seed=7)
    exact = under_stock(name, p, threats, rounds)
    leak = outcome.leaked().mean(axis=0)
    error = np.sqrt(np.clip(exact.leak_by_threat * (1 - exact.leak_by_threat), 0.0, None) / trials)
    assert np.all(np.abs(leak - exact.leak_by_threat) <= 3 * error + 1e-12)
    shots = outcome.shots.sum(axis=1)
    assert abs(shots.mean() - exact.shots) <= 3 * shots.std() / np.sqrt(trials) + 1e-12


def test_the_simulator_spends_what_shoot_look_shoot_spends() -> None:
    """S-L-S at Pk 0.7: 1.3 rounds and 0.09 leak a threat, within three standard errors."""
    trials, count = 1000, 20
    tables = plain_raid(100.0 * np.arange(count), 100.0 * np.arange(count) + 50.0, doctrine="S-L-S")
    outcome = run_raid(tables, trials=trials, seed=3)
    n = trials * count
    assert abs(outcome.shots.sum() / n - expected_shots("S-L-S", 0.7)) <= 3 * np.sqrt(0.21 / n)
    assert abs(outcome.leaked().mean() - 0.09) <= 3 * np.sqrt(0.09 * 0.91 / n)


def test_the_simulator_leaks_through_layers_as_the_binomial_does() -> None:
    """Three layers in depth: the distribution of leakers is layered_binomial, by chi-square at 0.1 %."""
    count, layers, trials = 10, (0.5, 0.4, 0.3), 5000
    entry = np.tile([0.0, 100.0, 200.0], count)
    units = FireUnits(kind_index=[0, 1, 2], channels=count)
    tables = plain_raid(
        entry, entry + 50.0, kill=np.asarray(layers)[:, np.newaxis], units=units,
        unit=np.tile([0, 1, 2], count), threat=np.repeat(np.arange(count), 3),
    )  # fmt: skip
    leakers = run_raid(tables, trials=trials, seed=5).leakers()
    expected = trials * layered_binomial(count, layers)
    keep = expected >= 5
    seen = np.bincount(leakers, minlength=count + 1)
    chi = ((seen[keep] - expected[keep]) ** 2 / expected[keep]).sum()
    assert keep.sum() == 8
    assert chi < 26.1  # 99.9 % point of chi-square with eight degrees of freedom


def test_unlike_leakers_follow_the_poisson_binomial() -> None:
    """Threats of four classes: mean and variance of the leakers are the Poisson-binomial's."""
    kills, trials = np.array([0.2, 0.5, 0.8, 0.95]), 8000
    classes = np.repeat(np.arange(4), 5)
    units = FireUnits(kind_index=[0], channels=20)
    tables = plain_raid(np.zeros(20), 10.0, kill=kills[np.newaxis], classes=classes, units=units)
    leakers = run_raid(tables, trials=trials, seed=2).leakers()
    pmf = poisson_binomial(1.0 - kills[classes])
    counts = np.arange(21)
    mean = pmf @ counts
    variance = pmf @ (counts - mean) ** 2
    assert abs(leakers.mean() - mean) <= 3 * np.sqrt(variance / trials)
    assert abs(leakers.var() - variance) <= 3 * variance * np.sqrt(2 / trials)


@pytest.mark.parametrize("when", [float("nan"), float("inf"), -1.0])
def test_times_that_are_none_are_refused_by_the_depth_of_fire(when: float) -> None:
    """A time that is no finite number of 0 or more is an error, never an endless count."""
    for delay_s, assess_s in ((when, 10.0), (10.0, when)):
        with pytest.raises(InputError, match="finite times"):
            depth_of_fire(60e3, 250.0, delay_s, 900.0, 2e3, 40e3, assess_s)


def test_depth_of_fire_without_an_inner_edge_ends_when_the_threat_arrives() -> None:
    """An inner edge of 0 counts what an edge of a millimetre does; without assessment too it has no end."""
    least = depth_of_fire(60e3, 250.0, 20.0, 900.0, 1e-3, 40e3, 10.0)
    assert depth_of_fire(60e3, 250.0, 20.0, 900.0, 0.0, 40e3, 10.0) == least
    with pytest.raises(InputError, match="above 0 when assess_s is 0"):
        depth_of_fire(60e3, 250.0, 20.0, 900.0, 0.0, 40e3, 0.0)


@pytest.mark.parametrize("count", [-1, 2.5])
def test_counts_that_are_none_are_refused(count: float) -> None:
    """Threats and rounds are whole numbers of 0 or more."""
    with pytest.raises(InputError, match="threats"):
        under_stock("S", 0.5, count, 3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="rounds"):
        under_stock("S", 0.5, 3, count)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="threats"):
        layered_binomial(count, [0.5])  # type: ignore[arg-type]
