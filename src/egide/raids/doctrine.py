"""Shot doctrines and their closed forms: shots, leaks, depth of fire, layers.

The same quantities come out of the simulator; here they are exact, and the tests hold one against the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import InputError, Problem

DOCTRINES = ("S", "S-S", "S-L-S", "S-S-L-S")
"""The usual shot doctrines: S is a shot, L a look at its outcome."""

_FORM = re.compile(r"S(-S)*(-L-S(-S)*)*")


def parse_doctrine(name: str) -> tuple[int, ...]:
    """Rounds of each salvo of a shot doctrine.

    Parameters
    ----------
    name : str
        Shots and looks such as `S`, `S-S`, `S-L-S`, `S-S-L-S`, of any length.

    Returns
    -------
    tuple of int
        One number for each salvo: `S-S-L-S` is (2, 1).

    Raises
    ------
    InputError
        When the name is not of that form.
    """
    if not _FORM.fullmatch(name):
        raise InputError.one(
            "doctrine", "name", name, "write shots and looks such as S, S-S, S-L-S or S-S-L-S"
        )
    return tuple(part.count("S") for part in name.split("-L-"))


def expected_shots(name: str, kill_probability: float) -> float:
    """Mean rounds spent on one threat that stays in reach for the whole doctrine.

    Parameters
    ----------
    name : str
        Shot doctrine.
    kill_probability : float
        Of one round [1].

    Returns
    -------
    float
        For S-L-S at 0.7: 1.3.
    """
    total, survive = 0.0, 1.0
    for salvo in parse_doctrine(name):
        total += survive * salvo
        survive *= (1.0 - _chance(kill_probability)) ** salvo
    return total


def leak_probability(name: str, kill_probability: float) -> float:
    """Chance that a threat survives the whole doctrine: (1 - p) to the number of rounds [1]."""
    return float((1.0 - _chance(kill_probability)) ** sum(parse_doctrine(name)))


def _chance(value: float) -> float:
    if not 0.0 <= value <= 1.0:
        raise InputError.one("doctrine", "kill_probability", value, "give a probability between 0 and 1")
    return float(value)


def depth_of_fire(
    detection_range_m: float,
    threat_speed_mps: float,
    delay_s: float,
    interceptor_speed_mps: float,
    min_range_m: float,
    max_range_m: float,
    assess_s: float,
) -> int:
    """Count the successive engagements of a threat that flies straight at the unit.

    The threat is seen at `detection_range_m`; after `delay_s` the first round may go. A round launched with
    the threat at range R meets it at R Vi / (V + Vi), not beyond `max_range_m` (the launch waits for that)
    and not inside `min_range_m`. The next round goes `assess_s` after the meeting.

    Parameters
    ----------
    detection_range_m, min_range_m, max_range_m : float
        Ranges from the unit [m].
    threat_speed_mps, interceptor_speed_mps : float
        Speeds [m/s].
    delay_s, assess_s : float
        From detection to the first launch, and from meeting to the next launch [s].

    Returns
    -------
    int
        Depth of fire.
    """
    _positive(
        detection_range_m=detection_range_m,
        threat_speed_mps=threat_speed_mps,
        interceptor_speed_mps=interceptor_speed_mps,
        max_range_m=max_range_m,
    )
    # Without a time between engagements and without an inner edge there would be no last one.
    if not (0.0 <= assess_s < np.inf and 0.0 <= delay_s < np.inf):
        remedy = "give finite times of 0 or more"
        raise InputError.one("depth_of_fire", "delay_s, assess_s", (delay_s, assess_s), remedy)
    if not (0.0 <= min_range_m < np.inf and (min_range_m > 0.0 or assess_s > 0.0)):
        remedy = "give a finite range of 0 or more; above 0 when assess_s is 0"
        raise InputError.one("depth_of_fire", "min_range_m", min_range_m, remedy)
    closing = interceptor_speed_mps / (threat_speed_mps + interceptor_speed_mps)
    threat_at = detection_range_m - threat_speed_mps * delay_s
    count = 0
    while True:
        meet = min(max_range_m, threat_at * closing)
        # A relative billionth, so that a meeting exactly on the inner edge is not lost to rounding.
        if meet < min_range_m * (1.0 - 1e-9):
            return count
        count += 1
        threat_at = meet - threat_speed_mps * assess_s


def _positive(**values: float) -> None:
    problems = [
        Problem("depth_of_fire", name, value, "give a finite number above 0")
        for name, value in values.items()
        if not (np.isfinite(value) and value > 0.0)
    ]
    if problems:
        raise InputError(problems)


def _whole(who: str, **counts: int) -> None:
    problems = [
        Problem(who, name, count, "give a whole number of 0 or more")
        for name, count in counts.items()
        if not (isinstance(count, (int, np.integer)) and count >= 0)
    ]
    if problems:
        raise InputError(problems)


def poisson_binomial(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Distribution of the number of leakers among unlike threats.

    Parameters
    ----------
    probabilities : array_like, shape (n,)
        Chance of each threat to get through, independent of the others [1].

    Returns
    -------
    numpy.ndarray, shape (n + 1,)
        Probability of 0, 1, ..., n leakers, by convolution.
    """
    chances = np.atleast_1d(np.asarray(probabilities, dtype=np.float64))
    if np.any(~((chances >= 0.0) & (chances <= 1.0))):
        raise InputError.one("poisson_binomial", "probabilities", None, "give probabilities between 0 and 1")
    pmf = np.ones(1)
    for chance in chances:
        pmf = np.append(pmf * (1.0 - chance), 0.0) + np.append(0.0, pmf * chance)
    return pmf


def layered_binomial(threats: int, kill_by_layer: Sequence[float]) -> NDArray[np.float64]:
    """Distribution of leakers through layers that each engage every survivor once.

    Parameters
    ----------
    threats : int
        Number that comes.
    kill_by_layer : sequence of float
        Kill probability of each layer [1].

    Returns
    -------
    numpy.ndarray, shape (threats + 1,)
        Binomial with the product of the layers' survival probabilities.
    """
    _whole("layered_binomial", threats=threats)
    survive = 1.0
    for chance in kill_by_layer:
        survive *= 1.0 - _chance(chance)
    return poisson_binomial(np.full(threats, survive))


@dataclass(frozen=True)
class StockOutcome:
    """What a doctrine does with a finite stock."""

    leakers: float
    """Mean threats that get through"""
    shots: float
    """Mean rounds spent"""
    leak_by_threat: NDArray[np.float64]
    """(threats,) chance of each to get through, in the order of arrival [1]"""


def under_stock(name: str, kill_probability: float, threats: int, rounds: int) -> StockOutcome:
    """Exact outcome of a doctrine against threats that come one after the other, with finite rounds.

    Each threat is served by the full doctrine as far as rounds last; a salvo is cut to what is left. More
    rounds for each threat buy a lower leak early and leave nothing for the last: the comparison of doctrines
    under stock limits.

    Parameters
    ----------
    name : str
        Shot doctrine.
    kill_probability : float
        Of one round [1].
    threats, rounds : int
        Number that comes, and rounds at the start.

    Returns
    -------
    StockOutcome
    """
    _whole("under_stock", threats=threats, rounds=rounds)
    chance = _chance(kill_probability)
    salvos = parse_doctrine(name)
    left = np.zeros(rounds + 1)
    left[rounds] = 1.0
    leak_by_threat = np.zeros(threats)
    for threat in range(threats):
        after = np.zeros(rounds + 1)
        flying = left
        for salvo in salvos:
            still = np.zeros(rounds + 1)
            for stock in np.flatnonzero(flying):
                fired = min(salvo, int(stock))
                survive = (1.0 - chance) ** fired
                after[stock - fired] += flying[stock] * (1.0 - survive)
                still[stock - fired] += flying[stock] * survive
            flying = still
        leak_by_threat[threat] = flying.sum()
        left = after + flying
    shots = rounds - float(left @ np.arange(rounds + 1))
    return StockOutcome(float(leak_by_threat.sum()), shots, leak_by_threat)
