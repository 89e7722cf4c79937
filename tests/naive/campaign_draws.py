"""Slow, obvious twin of `egide.kernels.campaign_draws`: dictionaries, one unit and one threat at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from egide.kernels import campaign_draws as fast
from egide.kernels.rng import normal, uniform


def pick(cdf: Any, u: float) -> int:
    return min(int(np.searchsorted(np.asarray(cdf), u, side="right")), len(cdf) - 1)


def raids(tables: Any, seed: int, trial: int, weeks: int) -> list[list[dict[str, Any]]]:
    """Raids of each week: its day, night levels and threats as a (P, C) array."""
    classes, most = tables.nights.shape[1], len(tables.count_cdf) - 1
    found = []
    for week in range(weeks):
        number = pick(tables.count_cdf, uniform(seed, trial, fast.STREAM_COUNT, week))
        this_week = []
        for k in range(number):
            raid = week * most + k
            pattern = pick(tables.pattern_cdf, uniform(seed, trial, fast.STREAM_PATTERN, raid))
            threats = np.zeros((tables.place_cdf.shape[2], classes), dtype=int)
            levels = []
            for c in range(classes):
                address = raid * (classes + 1) + 1 + c
                drawn_at = raid * (classes + 1) if tables.joint else address
                night = pick(tables.night_cdf, uniform(seed, trial, fast.STREAM_NIGHT, drawn_at))
                levels.append(int(uniform(seed, trial, fast.STREAM_KILL, address) * tables.kill_levels))
                for n in range(int(tables.nights[night, c])):
                    u = uniform(seed, trial, fast.STREAM_PLACE, address * 2**20 + n)
                    threats[pick(tables.place_cdf[pattern, c], u), c] += 1
            day = int(7 * uniform(seed, trial, fast.STREAM_DAY, raid))
            this_week.append({"day": day, "levels": levels, "threats": threats, "number": k})
        found.append(this_week)
    return found


def lots(tables: Any, seed: int, trial: int) -> tuple[list[int], list[int]]:
    """Days of arrival and rounds that arrive."""
    days, rounds = [], []
    for k in range(len(tables.place)):
        key = int(tables.key[k])
        own = normal(seed, trial, fast.STREAM_SLIP, key)
        common = normal(seed, trial, fast.STREAM_SLIP_SHARED, int(tables.partner_key[k]))
        z = math.sqrt(tables.shared[k]) * common + math.sqrt(1 - tables.shared[k]) * own
        step = pick(tables.step_cdf[k], uniform(seed, trial, fast.STREAM_SLIP_STEP, key))
        slip = tables.slip_median_days[k] * math.exp(tables.slip_sigma[k] * z) + tables.step_days[k, step]
        never = uniform(seed, trial, fast.STREAM_NEVER, key) < tables.never[k]
        days.append(fast.NEVER if never else max(0, math.floor(tables.due_day[k] + slip)))
        u = uniform(seed, trial, fast.STREAM_SIZE, key)
        share = tables.low[k] + (tables.high[k] - tables.low[k]) * u
        rounds.append(math.floor(tables.rounds[k] * share + 0.5))
    return days, rounds


def fleet(tables: Any, seed: int, trial: int, days: list[int], weeks: int, places: int) -> Any:
    """Units ready (W, P, F)."""
    ready = np.zeros((weeks, places, len(tables.crews)), dtype=int)
    states = ["ready" if lot < 0 else "absent" for lot in tables.unit_lot]
    for week in range(weeks):
        in_repair = dict.fromkeys(range(len(tables.crews)), 0)
        for u, state in enumerate(states):
            f = int(tables.unit_fleet[u])
            draw = uniform(seed, trial, fast.STREAM_UNIT, int(tables.unit_key[u]) * 4096 + week)
            if state == "absent":
                if days[int(tables.unit_lot[u])] <= 7 * week:
                    states[u] = "ready"
            elif week == 0:
                continue
            elif state == "repair":
                in_repair[f] += 1
                if in_repair[f] <= tables.crews[f] and draw < tables.repair[f]:
                    states[u] = "ready"
            elif state == "ready" and draw < tables.loss[f]:
                states[u] = "lost"
            elif state == "ready" and draw < tables.loss[f] + tables.failure[f]:
                states[u] = "repair"
        for u, state in enumerate(states):
            if state == "ready":
                ready[week, tables.unit_place[u], tables.unit_fleet[u]] += 1
    return ready
