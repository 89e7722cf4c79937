"""One engagement: may it be ordered, how many rounds, how long, does it hit; windows, bins and log."""

from __future__ import annotations

import math

import numpy as np

from egide.kernels.raid_arrays import (
    BIN_BUSY,
    EV_HIT,
    EV_MISS,
    EV_SHOT,
    REACH_BIT,
    SHOT_BIT,
    ST_KILL,
    ST_TIME,
    TIME_EXPONENTIAL,
    TIME_FIXED,
    Detection,
    Fight,
)
from egide.kernels.raid_detect import pair_index
from egide.kernels.raid_heap import heap_push
from egide.kernels.raid_jit import bare
from egide.kernels.rng import exponential, normal, uniform


@bare
def flyout(fire: np.void, since_launch: float) -> float:
    """Fly-out time of an order given now: linear from entry to the closest point, and from there to exit."""
    entry = fire["entry"]
    closest = fire["closest"]
    if since_launch < closest:
        if since_launch <= entry:
            return float(fire["fly_entry"])
        share = (since_launch - entry) / (closest - entry)
        return float(fire["fly_entry"] + share * (fire["fly_closest"] - fire["fly_entry"]))
    leave = fire["exit"]
    if since_launch >= leave:
        return float(fire["fly_exit"])
    share = (since_launch - closest) / (leave - closest)
    return float(fire["fly_closest"] + share * (fire["fly_exit"] - fire["fly_closest"]))


@bare
def in_time(fire: np.void, reaction: float, since_launch: float) -> bool:
    """Whether an order given now still meets the threat before it leaves the window."""
    return bool(since_launch + reaction + flyout(fire, since_launch) <= fire["exit"])


@bare
def log_event(fight: Fight, t: float, kind: int, threat: int, actor: int, value: float) -> None:
    """Write one line of the log of a replayed trial, while there is room."""
    log = fight.log
    at = fight.clock[0]["logged"]
    if at < log.size:
        log[at]["t_s"] = t
        log[at]["kind"] = kind
        log[at]["threat"] = threat
        log[at]["actor"] = actor
        log[at]["value"] = value
        fight.clock[0]["logged"] = at + 1


@bare
def add_interval(fight: Fight, what: int, u: int, start: float, stop: float) -> None:
    """Add the interval to the seconds of each bin of a unit; what lies outside the bins is left out."""
    bins = fight.bins
    width = fight.clock[0]["bin_s"]
    at = int(start / width)
    while at < bins.shape[2] and at * width < stop:
        bins[what, u, at] += min(stop, (at + 1) * width) - max(start, at * width)
        at += 1


@bare
def prepare_cases(fight: Fight, detection: Detection) -> None:
    """Set when each window opens in this trial, and sort each case's windows by that time."""
    fires = fight.fires
    for c in range(fight.cases.size):
        case = fight.cases[c]
        j = case["threat"]
        lo = case["lo"]
        threat = fight.threats[j]
        count = 0
        flags = 0
        for e in range(lo, case["hi"]):
            fire = fires[e]
            unit = fight.units[fire["unit"]]
            fire["looks"] = 0
            fire["queued"] = 0
            if unit["up"] == 0 or unit["linked"] == fire["fallback"]:
                continue
            picture = unit["picture"] if fire["fallback"] == 0 else unit["fallback"]
            if picture < 0 or detection.ready[j, picture] == math.inf:
                continue
            flags |= REACH_BIT
            start = max(detection.ready[j, picture], threat["spawn"] + fire["entry"])
            if unit["must_see"] >= 0:
                start = max(start, detection.track[j, unit["must_see"]])
            if start >= threat["end"] or not in_time(fire, unit["reaction"], start - threat["spawn"]):
                continue
            fire["open"] = start
            at = lo + count
            while at > lo and fires[fires[at - 1]["order"]]["open"] > start:
                fires[at]["order"] = fires[at - 1]["order"]
                at -= 1
            fires[at]["order"] = e
            count += 1
        threat["flags"] |= flags
        case["count"] = count
        case["opened"] = 0
        case["engaged"] = -1
        case["pending"] = 0


@bare
def salvo_size(fight: Fight, e: int) -> int:
    """Rounds of the next salvo in this window: 0 when ready rounds or the reserve allow none, -1 when the
    doctrine is at its end."""
    fire = fight.fires[e]
    look = fire["looks"]
    if look >= fight.salvos.shape[1]:
        return -1
    order = fight.orders[fire["unit"], fight.threats[fire["threat"]]["cls"]]
    asked = fight.salvos[order["doctrine"], look]
    if asked == 0:
        return -1
    rounds = fight.units[fire["unit"]]["rounds"]
    held = rounds + fight.units[fire["unit"]]["store"] - order["reserve"]
    return int(max(0, min(asked, min(rounds, held))))


@bare
def time_factor(clock: np.void, index: int) -> float:
    """Random factor of mean one on the engagement time, so that the stated times stay the means."""
    if clock["time_law"] == TIME_FIXED:
        return 1.0
    if clock["time_law"] == TIME_EXPONENTIAL:
        return exponential(clock["seed"], clock["trial"], ST_TIME, index)
    spread = clock["time_spread"]
    return math.exp(spread * normal(clock["seed"], clock["trial"], ST_TIME, index) - 0.5 * spread * spread)


@bare
def push(fight: Fight, time: float, item: int) -> None:
    """Put an event into the queue of the trial."""
    fight.clock[0]["events"] = heap_push(fight.heap, fight.clock[0]["events"], time, item)


@bare
def start_engagement(fight: Fight, t: float, e: int, shots: int) -> None:
    """Fire a salvo in window `e` at time `t`, draw whether it hits, and put its end into the queue."""
    clock = fight.clock[0]
    fire = fight.fires[e]
    u = fire["unit"]
    j = fire["threat"]
    unit = fight.units[u]
    threat = fight.threats[j]
    first = threat["shots"]
    factor = time_factor(clock, pair_index(threat["key"], first))
    meet = t + (unit["reaction"] + flyout(fire, t - threat["spawn"])) * factor
    done = meet + unit["assess"] * factor
    chance = fight.orders[u, threat["cls"]]["kill"]
    hit = False
    for shot in range(first, first + shots):
        if uniform(clock["seed"], clock["trial"], ST_KILL, pair_index(threat["key"], shot)) < chance:
            hit = True
    # A threat that arrived, was suppressed or fell before the round meets it is no kill of this unit.
    if hit and meet <= threat["end"] and meet < threat["kill"]:
        threat["kill"] = meet
        threat["killer"] = u
    threat["shots"] = first + shots
    threat["flags"] |= SHOT_BIT
    fire["looks"] += 1
    fight.cases[fire["case"]]["engaged"] = e
    unit["rounds"] -= shots
    unit["shots"] += shots
    fight.orders[u, threat["cls"]]["shots"] += shots
    unit["busy"] += 1
    if unit["busy"] == unit["channels"]:
        unit["full_since"] = t
    add_interval(fight, BIN_BUSY, u, t, done + unit["turnaround"])
    if fight.log.size > 0:
        log_event(fight, t, EV_SHOT, j, u, float(shots))
        log_event(fight, meet, EV_HIT if hit else EV_MISS, j, u, float(shots))
    push(fight, done, fire["case"])
    if unit["rounds"] == 0 and unit["store"] > 0 and unit["reloading"] == 0:
        unit["reloading"] = 1
        push(fight, t + unit["reload"], 2 * fight.cases.size + u)
