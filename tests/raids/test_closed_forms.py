"""The simulator against closed forms, on inputs drawn afresh: whatever the numbers, not only the published ones.

Each comparison is at four standard errors: with some forty of them a false alarm in about one of four hundred
seeds.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from scipy.stats import poisson
from tests.raids.cases import plain_raid
from tests.raids.test_engine import one_sensor
from tests.validation.test_queue_published import batch_error, queue_of_arrivals

from egide.raids.doctrine import DOCTRINES, expected_shots, leak_probability, poisson_binomial, under_stock
from egide.raids.engine import run_raid
from egide.raids.outcome import OUTCOMES, RaidOutcome
from egide.raids.queueing import erlang_a, erlang_b
from egide.raids.tables import FireUnits, Jammers, SoftWindows

DRAWN = np.random.default_rng(20_250_704)


def assert_close(values: np.ndarray, expected: float) -> None:
    """Mean of independent values within four standard errors of what it must be."""
    error = values.std(ddof=1) / np.sqrt(values.size)
    assert abs(values.mean() - expected) <= 4.0 * error + 1e-12, (values.mean(), expected, error)


def leak_of_each(outcome: RaidOutcome) -> np.ndarray:
    return outcome.leaked().astype(float).ravel()


@pytest.mark.parametrize(
    ("servers", "load", "law"),
    [
        (servers, servers * float(DRAWN.uniform(0.4, 1.5)), law)
        for law, servers in itertools.product(("exponential", "fixed", "lognormal"), (1, 4, 9))
    ],
)
def test_a_saturated_unit_loses_what_erlang_says(servers: int, load: float, law: str) -> None:
    """Erlang's loss for any number of channels and load, whatever the law of the engagement time."""
    lost = queue_of_arrivals(load, servers, law, seed=11)
    assert abs(lost.mean() - erlang_b(servers, load)) <= 4.0 * batch_error(lost)


@pytest.mark.parametrize(
    ("servers", "load", "patience"),
    [
        (int(DRAWN.integers(1, 6)), float(DRAWN.uniform(0.5, 6.0)), float(DRAWN.uniform(0.3, 3.0)))
        for _ in range(4)
    ],
)
def test_who_cannot_wait_leaves_as_often_as_palm_says(servers: int, load: float, patience: float) -> None:
    """Erlang A for any number of channels, load and patience."""
    lost = queue_of_arrivals(load, servers, "exponential", patience, seed=12)
    exact = erlang_a(servers, load, 1.0, patience).abandoned_fraction
    assert abs(lost.mean() - exact) <= 4.0 * batch_error(lost)


@pytest.mark.parametrize(
    ("doctrine", "kill"), [(name, float(DRAWN.uniform(0.1, 0.95))) for name in DOCTRINES]
)
def test_any_doctrine_spends_and_leaks_as_its_tree_says(doctrine: str, kill: float) -> None:
    """Rounds and leak of every doctrine at a drawn kill probability, with rounds and channels enough."""
    units = FireUnits(kind_index=[0], channels=20)
    outcome = run_raid(
        plain_raid(np.zeros(20), 10.0, kill=kill, doctrine=doctrine, units=units), trials=1000, seed=3
    )
    assert_close(leak_of_each(outcome), leak_probability(doctrine, kill))
    assert_close(outcome.shots.sum(axis=1) / 20.0, expected_shots(doctrine, kill))


@pytest.mark.parametrize(
    ("doctrine", "kill", "threats", "rounds"),
    [
        (name, float(DRAWN.uniform(0.2, 0.9)), int(DRAWN.integers(5, 25)), int(DRAWN.integers(3, 40)))
        for name in DOCTRINES
    ],
)
def test_a_finite_magazine_leaks_what_the_exact_programme_says(
    doctrine: str, kill: float, threats: int, rounds: int
) -> None:
    """Threats one after the other, fewer rounds than the doctrine would like: the dynamic programme's means."""
    entry = 10.0 * np.arange(threats)
    units = FireUnits(kind_index=[0], ready_rounds=max(rounds, 2), assess_s=1.0)
    exact = under_stock(doctrine, kill, threats=threats, rounds=max(rounds, 2))
    outcome = run_raid(
        plain_raid(entry, entry + 8.0, kill=kill, doctrine=doctrine, units=units), trials=4000, seed=4
    )
    assert_close(outcome.leakers().astype(float), exact.leakers)


@pytest.mark.parametrize("layers", [1, 2, 3, 5])
def test_layers_leak_the_product_of_what_each_lets_through(layers: int) -> None:
    """Layers of unlike kill probability, one shot each: the product of their misses, and a binomial's spread."""
    kill = np.random.default_rng(layers).uniform(0.1, 0.8, layers)
    threats = 30
    units = FireUnits(kind_index=np.arange(layers), channels=threats)
    entry = np.repeat(100.0 * np.arange(layers), threats)
    tables = plain_raid(
        entry, entry + 5.0, kill=kill[:, None], units=units, unit=np.repeat(np.arange(layers), threats),
        threat=np.tile(np.arange(threats), layers),
    )  # fmt: skip
    leaked = run_raid(tables, trials=1500, seed=5).leakers().astype(float)
    share = float(np.prod(1.0 - kill))
    assert_close(leaked, threats * share)
    variance = threats * share * (1.0 - share)
    assert abs(leaked.var() - variance) <= 4.0 * 1.2 * variance * np.sqrt(2.0 / leaked.size)


def test_unlike_threats_leak_like_a_poisson_binomial() -> None:
    """Every count's probability, for kill probabilities drawn for each class, within four standard errors."""
    kill = np.random.default_rng(8).uniform(0.05, 0.95, 8)
    units = FireUnits(kind_index=[0], channels=8)
    tables = plain_raid(np.zeros(8), 10.0, kill=kill[None, :], classes=np.arange(8), units=units)
    leaked = run_raid(tables, trials=6000, seed=6).leakers()
    exact = poisson_binomial(1.0 - kill)
    found = np.bincount(leaked, minlength=9) / leaked.size
    assert np.all(np.abs(found - exact) <= 4.0 * np.sqrt(exact * (1.0 - exact) / leaked.size) + 1e-12)


def confirmed_by(m: int, n: int, pd: float, scans: int) -> float:
    """Chance of M detections within some N consecutive ones of so many scans, over the states of the window."""
    states = {(0,) * n: 1.0}
    done = 0.0
    for _ in range(scans):
        following: dict[tuple[int, ...], float] = {}
        for window, weight in states.items():
            for hit, chance in ((1, pd), (0, 1.0 - pd)):
                after = (*window[1:], hit)
                if hit and sum(after) >= m:
                    done += weight * chance
                else:
                    following[after] = following.get(after, 0.0) + weight * chance
        states = following
    return done


@pytest.mark.parametrize(
    ("m", "n", "pd", "scans"),
    [(2, 3, 0.3, 8), (3, 5, 0.45, 9), (2, 2, 0.6, 5), (4, 6, 0.5, 12), (1, 1, 0.2, 4), (3, 4, 0.25, 20)],
)
def test_m_of_n_over_many_scans_is_the_chain_of_its_window(m: int, n: int, pd: float, scans: int) -> None:
    """The sliding window as a Markov chain: the exact chance of a track within so many scans."""
    outcome = run_raid(one_sensor(pd_fraction=pd, scans=scans, m=m, n=n, count=100), trials=150, seed=7)
    tracked = np.isfinite(outcome.warning_s).astype(float).ravel()
    assert_close(tracked, confirmed_by(m, n, pd, scans))


@pytest.mark.parametrize("channels", [1, 3, 7])
def test_a_volley_at_once_leaves_all_but_the_channels(channels: int) -> None:
    """Threats that come and go at once: as many are engaged as there are channels, killed with the kill chance."""
    units = FireUnits(kind_index=[0], channels=channels, assess_s=60.0)
    outcome = run_raid(plain_raid(np.zeros(12), 5.0, kill=0.6, units=units), trials=3000, seed=8)
    assert set(outcome.shots.sum(axis=1).tolist()) == {channels}
    assert_close(outcome.leakers().astype(float), 12 - 0.6 * channels)


def test_a_unit_twice_as_quick_is_a_unit_half_as_loaded() -> None:
    """Time has no scale of its own: all times doubled give the same trials, threat by threat."""
    entry = np.sort(np.random.default_rng(3).uniform(0.0, 200.0, 40))
    units = FireUnits(kind_index=[0], channels=2, assess_s=9.0, reaction_s=2.0)
    slow = plain_raid(entry, entry + 15.0, kill=0.5, units=units, doctrine="S-L-S")
    double = plain_raid(
        2.0 * entry, 2.0 * entry + 30.0, kill=0.5, doctrine="S-L-S",
        units=dataclasses.replace(units, assess_s=np.array([18.0]), reaction_s=np.array([4.0])),
    )  # fmt: skip
    first, second = (run_raid(tables, trials=50, seed=9) for tables in (slow, double))
    np.testing.assert_array_equal(first.code, second.code)


@pytest.mark.parametrize(("servers", "load"), [(1_000, 1_000.0), (300, 900.0), (1, 5.0), (7, 6.5)])
def test_abandonment_balances_arrivals_at_any_load(servers: int, load: float) -> None:
    """Who arrives is served or leaves, at loads whose weights no double holds and for any patience."""
    for patience_s in (1e-3, 1.0, 1e3, 1e6):
        found = erlang_a(servers, load, 1.0, patience_s)
        assert 0.0 <= found.abandoned_fraction <= 1.0
        assert found.waiting_fraction <= 1.0
        assert found.abandoned_fraction * load * patience_s == pytest.approx(found.mean_waiting)
        assert found.abandoned_fraction >= 1.0 - servers / load - 1e-9
    # As patient as service is long, the number in the system is Poisson whatever the channels.
    same = erlang_a(servers, load, 1.0, 1.0)
    assert same.waiting_fraction == pytest.approx(poisson.sf(servers - 1, load), rel=1e-9)


def test_soft_kill_and_loss_compete_as_their_hazards_say() -> None:
    """Two windows of one jammer, one of another that works every second night, and loss on the way: exact shares."""
    count, weak, strong, loss = 50, 0.002, 0.004, 0.3
    row = np.arange(count)
    tables = plain_raid(np.zeros(count), 1.0, kill=0.0)
    tables = dataclasses.replace(
        tables,
        threats=dataclasses.replace(tables.threats, flight_s=np.full(count, 1000.0)),
        classes=dataclasses.replace(tables.classes, lost_fraction=np.full(len(tables.classes.labels), loss)),
        jammers=Jammers(availability_fraction=[1.0, 0.5]),
        soft_windows=SoftWindows(
            threat=np.tile(row, 3), jammer=np.repeat([0, 0, 1], count),
            entry_s=np.repeat([100.0, 600.0, 300.0], count), exit_s=np.repeat([300.0, 900.0, 700.0], count),
            hazard_per_s=np.repeat([weak, weak, strong], count),
        ),
    )  # fmt: skip
    outcome = run_raid(tables, trials=4000, seed=11)
    step = 0.05
    time = np.arange(0.5 * step, 1000.0, step)
    shares = []
    for up in (0.0, 1.0):
        hazard = weak * ((time > 100) & (time < 300) | (time > 600) & (time < 900))
        hazard = hazard + up * strong * ((time > 300) & (time < 700))
        flying = np.exp(-(np.cumsum(hazard) - 0.5 * hazard) * step)
        shares.append(
            [(hazard * flying * (1.0 - loss * time / 1000.0)).sum(), (flying * loss / 1000.0).sum()]
        )
    soft, lost = step * np.mean(shares, axis=0)
    assert_close((outcome.code == OUTCOMES.index("soft kill")).mean(axis=1), soft)
    assert_close((outcome.code == OUTCOMES.index("lost")).mean(axis=1), lost)
