"""The raid simulator against published and proved cases: queues, doctrines, depth of fire, M of N,
Ishigami."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from scipy.stats import binom
from tests.raids.cases import plain_raid
from tests.raids.test_engine import one_sensor
from tests.reference import acceptance

from egide.raids.doctrine import depth_of_fire, expected_shots, leak_probability
from egide.raids.engine import run_raid
from egide.raids.outcome import OUTCOMES
from egide.raids.queueing import erlang_a, erlang_b, erlang_c
from egide.raids.sensitivity import sobol_indices
from egide.raids.tables import FireUnits, FireWindows, Threats

pytestmark = pytest.mark.reference


def queue_of_arrivals(
    load: float, servers: int, law: str, patience_s: float = 0.0, arrivals: int = 60_000, seed: int = 0
) -> np.ndarray:
    """Simulate one long raid of Poisson arrivals at one unit; gives who was lost, warm-up left out.

    Mean engagement one second; with patience, threats can be waited for as long as an exponential says.
    """
    rng = np.random.default_rng([seed, servers])
    launch = np.cumsum(rng.exponential(1.0 / load, arrivals))
    patience = rng.exponential(patience_s, arrivals) if patience_s else np.zeros(arrivals)
    tables = plain_raid(np.zeros(arrivals), patience, kill=0.0, engagement_law=law, queue="fifo")
    tables = dataclasses.replace(
        tables,
        threats=Threats(
            class_index=np.zeros(arrivals), launch_s=launch, flight_s=float(patience.max()) + 10.0
        ),
        units=FireUnits(kind_index=[0], channels=servers, assess_s=1.0),
    )
    outcome = run_raid(tables, trials=1, seed=seed, bin_s=1e6)
    return outcome.code[0, arrivals // 100 :] == OUTCOMES.index("no channel")


def batch_error(lost: np.ndarray, batches: int = 50) -> float:
    """Standard error of a share from dependent customers, by means of batches."""
    size = lost.size // batches
    means = lost[: size * batches].reshape(batches, size).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(batches))


def queue_cases() -> list[tuple[int, float, float]]:
    cases = []
    for name, loss in acceptance("queue")["ErlangB"].items():
        load, servers = re.fullmatch(r"A(\d+)c(\d+)", name).groups()  # type: ignore[union-attr]
        cases.append((int(servers), float(load), loss))
    return cases


def test_erlang_b_is_the_published_loss() -> None:
    """The formula gives the published losses to six digits."""
    for servers, load, loss in queue_cases():
        assert erlang_b(servers, load) == pytest.approx(loss, abs=1e-6)


@pytest.mark.parametrize("law", ["exponential", "fixed"])
def test_simulated_loss_is_erlang_b_whatever_the_engagement_time(law: str) -> None:
    """Insensitivity: exponential and fixed engagement times lose Erlang's share, within three standard
    errors.

    Four cases a law at three standard errors: a false alarm in about 1 % of seeds.
    """
    for servers, load, loss in queue_cases():
        lost = queue_of_arrivals(load, servers, law)
        assert abs(lost.mean() - loss) <= 3 * batch_error(lost), (servers, load, law, lost.mean())


@pytest.mark.parametrize(("servers", "load", "patience"), [(1, 1.0, 1.0), (3, 4.0, 0.5), (5, 4.0, 2.0)])
def test_simulated_abandonment_is_erlang_a(servers: int, load: float, patience: float) -> None:
    """Exponential patience: the share that leaves the line unserved is Palm's, within three standard
    errors."""
    lost = queue_of_arrivals(load, servers, "exponential", patience)
    exact = erlang_a(servers, load, 1.0, patience).abandoned_fraction
    assert abs(lost.mean() - exact) <= 3 * batch_error(lost), (lost.mean(), exact)


def test_patience_runs_from_erlang_b_to_erlang_c() -> None:
    """No patience loses Erlang B; endless patience makes Erlang C wait and loses nobody."""
    assert erlang_a(3, 2.0, 1.0, 1e-6).abandoned_fraction == pytest.approx(erlang_b(3, 2.0), rel=1e-4)
    patient = erlang_a(3, 2.0, 1.0, 1e6)
    assert patient.waiting_fraction == pytest.approx(erlang_c(3, 2.0), rel=1e-4)
    assert patient.abandoned_fraction == pytest.approx(0.0, abs=1e-5)


def test_shoot_look_shoot_is_the_published_expenditure() -> None:
    """S-L-S at Pk 0.7: 1.3 rounds, leak 0.09."""
    case = acceptance("engagement")
    assert expected_shots("S-L-S", 0.7) == pytest.approx(case["SLS E shots p=.7 n=2"])
    assert leak_probability("S-L-S", 0.7) == pytest.approx(case["leak"])


def depth_cases() -> list[tuple[list[float], int]]:
    cases = []
    for name, depth in acceptance("engagement")["depth_of_fire"].items():
        numbers = [float(n) for n in re.findall(r"(?<![a-z])[\d.]+(?=\s*km|\s*s|,|$)", name)]
        detect, speed, delay, fast, near, far, assess = numbers
        cases.append(([1e3 * detect, speed, delay, fast, 1e3 * near, 1e3 * far, assess], depth))
    return cases


def test_depth_of_fire_is_the_published_count() -> None:
    """Both published engagements, by the closed form."""
    cases = depth_cases()
    assert len(cases) == 2
    for arguments, depth in cases:
        assert depth_of_fire(*arguments) == depth


def test_the_simulator_fires_as_deep_as_the_closed_form() -> None:
    """A threat that nothing stops is shot at as many times as the depth of fire says, on a straight
    approach."""
    for (detect, speed, delay, fast, near, far, assess), depth in depth_cases():
        closing = fast / (speed + fast)
        # First order: after the delay, and not so early that the round would meet it beyond the reach.
        first = max(delay, (detect - far / closing) / speed)
        last = (detect - near) / speed
        ranges = detect - speed * np.array([first, last])
        tables = plain_raid([0.0], [1.0], kill=0.0, doctrine="-L-".join(["S"] * 40))
        tables = dataclasses.replace(
            tables,
            threats=Threats(class_index=[0], flight_s=detect / speed),
            units=FireUnits(kind_index=[0], assess_s=assess),
            fire_windows=FireWindows(
                threat=[0], unit=[0], entry_s=first, exit_s=last * (1 + 1e-12),
                flyout_entry_s=ranges[0] / (speed + fast), flyout_exit_s=ranges[1] / (speed + fast),
            ),
        )  # fmt: skip
        assert run_raid(tables, trials=1, seed=1).shots[0, 0] == depth


def test_m_of_n_inside_the_simulator_is_the_published_share() -> None:
    """N looks, M needed: the share tracked is the published one, within three standard errors."""
    for rule, shares in acceptance("mofn").items():
        m, n = (int(part) for part in rule.split("/"))
        for pd, expected in shares.items():
            assert binom.sf(m - 1, n, float(pd)) == pytest.approx(expected, abs=1e-5)
            tables = one_sensor(pd_fraction=float(pd), scans=n, m=m, n=n, count=100)
            outcome = run_raid(tables, trials=200, seed=1)
            tracked = np.isfinite(outcome.warning_s).mean()
            assert abs(tracked - expected) <= 3 * np.sqrt(expected * (1 - expected) / 20_000)


def test_sobol_indices_of_ishigami() -> None:
    """The published first-order and total indices of the Ishigami function, a = 7 and b = 0.1, to 0.01."""
    case = acceptance("scoring")["Ishigami a7 b.1"]

    def ishigami(x: np.ndarray) -> np.ndarray:
        return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    found = sobol_indices(ishigami, [-np.pi] * 3, [np.pi] * 3, seed=7, log2_samples=15)
    np.testing.assert_allclose(found.first, case["S"], atol=0.01)
    np.testing.assert_allclose(found.total, case["ST"], atol=0.01)
