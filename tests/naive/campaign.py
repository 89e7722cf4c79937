"""Slow, obvious twin of `egide.kernels.campaign`: one campaign from its first day, everywhere, every time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from egide.kernels.campaign_draws import STREAM_HIT, STREAM_USE
from egide.kernels.rng import uniform


@dataclass
class Story:
    """Everything one campaign leaves behind."""

    account: Any
    leakers: Any
    short: Any
    marks: Any


def story(rules: Any, lots: Any, raids: Any, days: list[int], rounds: list[int], ready: Any,
          seed: int, trial: int) -> Story:  # fmt: skip
    """One campaign, given what chance decided."""
    weeks, places, items = rules.production.shape
    classes = len(rules.class_order)
    told = Story(
        np.zeros((weeks, places, items, 7), dtype=int),
        np.zeros((weeks, places, classes)),
        np.zeros((weeks, places, items), dtype=int),
        np.full((places + 1, items, 2), -1),
    )
    told.marks[:, :, 0] = -2
    stock = np.array(rules.opening)
    road: list[tuple[int, int, int, int]] = []
    for day in range(7 * weeks):
        week = day // 7
        for arrives, p, i, load in [x for x in road if x[0] == day]:
            stock[p, i] += load
            told.account[week, p, i, 5] += load
            road.remove((arrives, p, i, load))
        if day % 7 == 0:
            stock += rules.production[week]
            told.account[week, :, :, 1] += rules.production[week]
        for k, comes in enumerate(days):
            if comes == day and lots.item[k] >= 0:
                stock[lots.place[k], lots.item[k]] += rounds[k]
                told.account[week, lots.place[k], lots.item[k], 0] += rounds[k]
        if day % 7 == 0:
            for p in range(places):
                if uniform(seed, trial, STREAM_HIT, week * places + p) < rules.hit[p]:
                    lost = np.floor(stock[p] * rules.hit_loss[p]).astype(int)
                    stock[p] -= lost
                    told.account[week, p, :, 3] += lost
        for raid in raids[week]:
            if raid["day"] == day % 7:
                for p in range(places):
                    _fight(rules, raid, ready, stock, told, week, p, seed, trial)
        for leg in range(len(rules.leg_from)):
            a, b, left = rules.leg_from[leg], rules.leg_to[leg], rules.leg_capacity[leg]
            for i in range(items):
                coming = sum(load for _, p, item, load in road if (p, item) == (b, i))
                need = rules.target[b, i] - stock[b, i] - coming
                load = max(0, min(need, stock[a, i] - rules.target[a, i], left))
                if load:
                    left -= load
                    stock[a, i] -= load
                    told.account[week, a, i, 4] += load
                    road.append((day + max(1, int(rules.leg_days[leg])), int(b), i, int(load)))
        _mark(rules, stock, road, told, week, day)
        if day % 7 == 6:
            told.account[week, :, :, 6] = stock
    return told


def _fight(rules: Any, raid: Any, ready: Any, stock: Any, told: Story, week: int, p: int, seed: int,
           trial: int) -> None:  # fmt: skip
    places, items = stock.shape
    channels = {f: ready[week, p, f] * n for f, n in enumerate(rules.engagements_per_unit)}
    for c in rules.class_order:
        left = int(raid["threats"][p, c])
        for i in [i for i in rules.preference[p, c] if i >= 0]:
            per, f = rules.rounds[i, c], rules.fleet_of_item[i]
            wanted = left if f < 0 else min(left, channels[f])
            spare = max(0, stock[p, i] - rules.reserve[p, i, c])
            told.short[week, p, i] += max(0, wanted - math.floor(stock[p, i] / per))
            engaged = min(wanted, math.floor(spare / per))
            address = raid["address"](p, places, c, len(rules.class_order), i, items)
            exact = engaged * per
            fired = math.floor(exact)
            if fired < exact:
                fired = min(math.floor(exact + uniform(seed, trial, STREAM_USE, address)), spare)
            stock[p, i] -= fired
            told.account[week, p, i, 2] += fired
            if f >= 0:
                channels[f] -= engaged
            told.leakers[week, p, c] += engaged * (1 - rules.kill[raid["levels"][c], i, c])
            left -= engaged
        told.leakers[week, p, c] += left


def _mark(rules: Any, stock: Any, road: Any, told: Story, week: int, day: int) -> None:
    places, items = stock.shape
    for i in range(items):
        needs = [n for n in rules.least[:, i] if n > 0]
        total = stock[:, i].sum() + sum(load for _, _, item, load in road if item == i)
        watched = [(p, stock[p, i], rules.least[p, i]) for p in range(places) if rules.least[p, i] > 0]
        if needs:
            watched.append((places, total, min(needs)))
        for row, held, least in watched:
            if held >= least and told.marks[row, i, 0] == -2:
                told.marks[row, i, 0] = -1
            elif held < least and told.marks[row, i, 0] == -1:
                told.marks[row, i, 0] = day
        for p in range(places):
            if told.short[week, p, i] > 0:
                for row in (p, places):
                    if told.marks[row, i, 1] < 0:
                        told.marks[row, i, 1] = day
