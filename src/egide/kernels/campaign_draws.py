"""What chance decides in a campaign before any rule acts: raids, slips of lots, state of the fleets.

None of it depends on stocks, so it is drawn once a trial and shared by every variant of that trial. Each
draw has an address of its own: taking a lot out of the plan leaves every other draw as it was.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from egide.kernels.raid_jit import bare
from egide.kernels.rng import normal, uniform

DAYS_PER_WEEK = 7
NEVER = 1 << 30
"""Day of arrival of a lot that does not come."""

STREAM_COUNT = 6001
STREAM_DAY = 6002
STREAM_NIGHT = 6003
STREAM_PATTERN = 6004
STREAM_PLACE = 6005
STREAM_KILL = 6006
STREAM_SLIP = 6007
STREAM_SLIP_SHARED = 6008
STREAM_SLIP_STEP = 6009
STREAM_NEVER = 6010
STREAM_SIZE = 6011
STREAM_UNIT = 6012
STREAM_HIT = 6013
STREAM_USE = 6014
"""Streams of this room; the raids room numbers its own elsewhere."""

_MOST_THREATS = 1 << 20
_MOST_WEEKS = 1 << 12


class RaidTables(NamedTuple):
    """Distributions that raids are drawn from; every cumulative row ends at one."""

    count_cdf: NDArray[np.float64]
    """(K + 1,) cumulative probability of 0..K raids in a week."""
    night_cdf: NDArray[np.float64]
    """(N,) cumulative weight of the sampled nights."""
    nights: NDArray[np.int64]
    """(N, C) threats of each class on each night."""
    joint: int
    """1 when all classes come from one night, 0 when each class draws its own."""
    pattern_cdf: NDArray[np.float64]
    """(A,) cumulative weight of the patterns of places."""
    place_cdf: NDArray[np.float64]
    """(A, C, P) cumulative share of the places in a pattern."""
    kill_levels: int
    """E, number of equally likely night effects on kill probability."""


class LotTables(NamedTuple):
    """Lots of rounds and of units, one row a lot."""

    item: NDArray[np.int64]
    """(L,) item, or -1 for a lot of units."""
    fleet: NDArray[np.int64]
    """(L,) fleet of a lot of units, or -1."""
    place: NDArray[np.int64]
    rounds: NDArray[np.int64]
    due_day: NDArray[np.float64]
    slip_median_days: NDArray[np.float64]
    slip_sigma: NDArray[np.float64]
    step_cdf: NDArray[np.float64]
    """(L, Q) cumulative probability of the discrete slips."""
    step_days: NDArray[np.float64]
    """(L, Q) discrete slips, added to the lognormal one."""
    never: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    """(L,) bounds of the share of the rounds that arrives, uniform between."""
    key: NDArray[np.int64]
    """(L,) address of the lot's draws."""
    partner_key: NDArray[np.int64]
    shared: NDArray[np.float64]
    """(L,) share of the variance of the slip's logarithm common to a partner's lots."""


class FleetTables(NamedTuple):
    """Units one by one, and what happens to each kind of them in a week."""

    unit_place: NDArray[np.int64]
    unit_fleet: NDArray[np.int64]
    unit_lot: NDArray[np.int64]
    """(U,) lot that brings the unit, or -1 when it is there from the start."""
    unit_key: NDArray[np.int64]
    loss: NDArray[np.float64]
    failure: NDArray[np.float64]
    repair: NDArray[np.float64]
    """(F,) probability in a week that a ready unit is lost, that it fails, that a crew mends one."""
    crews: NDArray[np.int64]


@bare
def pick(cdf: NDArray[np.float64], u: float) -> int:
    """Index of the first entry of a cumulative row that is above `u`."""
    for k in range(cdf.shape[0] - 1):
        if u < cdf[k]:
            return k
    return int(cdf.shape[0] - 1)


@bare
def draw_raids(
    tables: RaidTables,
    seed: int,
    trial: int,
    count: NDArray[np.int64],
    day: NDArray[np.int64],
    level: NDArray[np.int64],
    threats: NDArray[np.int64],
) -> None:
    """Draw the raids of one trial.

    Fills `count` (W,), `day` (W, K) within the week, `level` (W, K, C) of the night effect, and
    `threats` (W, K, P, C).
    """
    classes = tables.nights.shape[1]
    most = tables.count_cdf.shape[0] - 1
    for week in range(count.shape[0]):
        count[week] = pick(tables.count_cdf, uniform(seed, trial, STREAM_COUNT, week))
        for k in range(count[week]):
            raid = week * most + k
            for p in range(threats.shape[2]):
                for c in range(classes):
                    threats[week, k, p, c] = 0
            day[week, k] = int(uniform(seed, trial, STREAM_DAY, raid) * DAYS_PER_WEEK)
            pattern = pick(tables.pattern_cdf, uniform(seed, trial, STREAM_PATTERN, raid))
            night = pick(tables.night_cdf, uniform(seed, trial, STREAM_NIGHT, raid * (classes + 1)))
            for c in range(classes):
                address = raid * (classes + 1) + 1 + c
                level[week, k, c] = int(uniform(seed, trial, STREAM_KILL, address) * tables.kill_levels)
                row = night
                if tables.joint == 0:
                    row = pick(tables.night_cdf, uniform(seed, trial, STREAM_NIGHT, address))
                for n in range(tables.nights[row, c]):
                    u = uniform(seed, trial, STREAM_PLACE, address * _MOST_THREATS + n)
                    threats[week, k, pick(tables.place_cdf[pattern, c], u), c] += 1


@bare
def draw_lots(
    lots: LotTables, seed: int, trial: int, arrival_day: NDArray[np.int64], rounds: NDArray[np.int64]
) -> None:
    """Draw day of arrival (`NEVER` when it does not come) and rounds of every lot in one trial."""
    for k in range(lots.place.shape[0]):
        key = lots.key[k]
        own = normal(seed, trial, STREAM_SLIP, key)
        common = normal(seed, trial, STREAM_SLIP_SHARED, lots.partner_key[k])
        z = math.sqrt(lots.shared[k]) * common + math.sqrt(1.0 - lots.shared[k]) * own
        slip = lots.slip_median_days[k] * math.exp(lots.slip_sigma[k] * z)
        step = pick(lots.step_cdf[k], uniform(seed, trial, STREAM_SLIP_STEP, key))
        arrival = math.floor(lots.due_day[k] + slip + lots.step_days[k, step])
        arrival_day[k] = int(min(max(arrival, 0.0), float(NEVER)))
        if uniform(seed, trial, STREAM_NEVER, key) < lots.never[k]:
            arrival_day[k] = NEVER
        share = lots.low[k] + (lots.high[k] - lots.low[k]) * uniform(seed, trial, STREAM_SIZE, key)
        rounds[k] = math.floor(lots.rounds[k] * share + 0.5)


@bare
def draw_fleet(
    fleets: FleetTables,
    seed: int,
    trial: int,
    arrival_day: NDArray[np.int64],
    state: NDArray[np.int64],
    ready: NDArray[np.int64],
) -> None:
    """Follow every unit of one trial week by week: absent 0, ready 1, in repair 2, lost 3.

    Fills `ready` (W, P, F), units ready at each place through each week, from the days lots arrive (L,);
    `state` (U,) is scratch.
    """
    units = fleets.unit_place.shape[0]
    for u in range(units):
        state[u] = 1 if fleets.unit_lot[u] < 0 else 0
    for week in range(ready.shape[0]):
        for fleet in range(fleets.crews.shape[0]):
            crews = fleets.crews[fleet]
            for p in range(ready.shape[1]):
                ready[week, p, fleet] = 0
            for u in range(units):
                if fleets.unit_fleet[u] != fleet:
                    continue
                if state[u] == 0:
                    if arrival_day[fleets.unit_lot[u]] <= week * DAYS_PER_WEEK:
                        state[u] = 1
                elif week > 0:
                    draw = uniform(seed, trial, STREAM_UNIT, fleets.unit_key[u] * _MOST_WEEKS + week)
                    if state[u] == 2:
                        if crews > 0 and draw < fleets.repair[fleet]:
                            state[u] = 1
                        crews -= 1
                    elif state[u] == 1:
                        if draw < fleets.loss[fleet]:
                            state[u] = 3
                        elif draw < fleets.loss[fleet] + fleets.failure[fleet]:
                            state[u] = 2
                if state[u] == 1:
                    ready[week, fleets.unit_place[u], fleet] += 1
