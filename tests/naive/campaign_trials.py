"""Slow, obvious twin of `egide.kernels.campaign_trials`: every variant is a whole campaign run afresh."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.naive import campaign, campaign_draws

from egide.kernels.campaign_draws import NEVER


def trial(tables: Any, seed: int, number: int, lot: int = -1, shift_days: int = 0) -> Any:
    """One campaign with one lot moved: its story, units ready and days of arrival."""
    return moved(tables, seed, number, [shift_days if k == lot else 0 for k in range(len(tables.lots.place))])


def moved(tables: Any, seed: int, number: int, shifts: list[int]) -> Any:
    """One campaign with lots moved by so many days each: its story, units ready and days of arrival."""
    weeks, places, _ = tables.rules.production.shape
    raids = campaign_draws.raids(tables.raids, seed, number, weeks)
    most = len(tables.raids.count_cdf) - 1
    for week, this_week in enumerate(raids):
        for raid in this_week:
            raid["address"] = _address(week, raid["number"], most)
    days, rounds = campaign_draws.lots(tables.lots, seed, number)
    for k, shift in enumerate(shifts):
        if days[k] < NEVER:
            days[k] = min(max(days[k] + shift, 0), NEVER)
    ready = campaign_draws.fleet(tables.fleets, seed, number, days, weeks, places)
    return campaign.story(tables.rules, tables.lots, raids, days, rounds, ready, seed, number), ready, days


def _address(week: int, number: int, most: int) -> Any:
    def address(p: int, places: int, c: int, classes: int, i: int, items: int) -> int:
        return (((week * most + number) * places + p) * classes + int(c)) * items + int(i)

    return address


def totals(tables: Any, story: Any) -> Any:
    """Leakers in each measure (M,)."""
    return np.einsum("wpc,pcm->m", story.leakers, tables.rules.exposure)
