"""Trials of a raid: readiness, hazards, detection, fight and tally of each."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from egide.kernels.raid_arrays import (
    BUSY_BIT,
    EMPTY_BIT,
    EV_ARRIVAL,
    EV_IGNORED,
    EV_LAUNCH,
    EV_LOST,
    EV_READY,
    EV_SOFT_KILL,
    EV_TRACK,
    HARD_KILL,
    IDENTIFIED_BIT,
    LOST,
    MISSED,
    NO_CHANNEL,
    NO_ROUND,
    NO_TRACK,
    NONE,
    NOT_SEEN,
    OPEN_BIT,
    OUT_OF_REACH,
    REACH_BIT,
    SEEN_BIT,
    SHOT_BIT,
    SOFT_KILL,
    ST_BAD_NIGHT,
    ST_LINK,
    ST_LOST,
    ST_LOST_TIME,
    ST_READY,
    ST_SOFT,
    ST_SPAWN,
    TOO_LATE,
    TRACK_BIT,
    WRONG_IDENTITY,
    Detection,
    Fight,
)
from egide.kernels.raid_detect import order_times, threat_tracks
from egide.kernels.raid_fight import fight_trial
from egide.kernels.raid_fire import log_event
from egide.kernels.raid_jit import bare
from egide.kernels.rng import exponential, uniform


class Hazards(NamedTuple):
    """What ends a threat without a shot, what takes sensors and jammers down, and what the night changes."""

    softs: np.ndarray
    jammers: np.ndarray
    ignored: np.ndarray
    """(classes,) chance of being taken for harmless"""
    night_kill: np.ndarray
    """(trials, unit kinds, classes) kill probability"""
    night_soft: np.ndarray
    """(trials, classes) factor on soft-kill hazards"""
    night_lost: np.ndarray
    """(trials, classes) chance of being lost"""
    bad_night: float
    """Chance of a night that takes every sensor down together"""


class Tally(NamedTuple):
    """Where the trials of one call write: rows of shared arrays, and sums of their own."""

    code: np.ndarray
    """(trials, threats) outcome code"""
    warning: np.ndarray
    """(trials, threats) seconds from first track to arrival, NaN without a track"""
    shots: np.ndarray
    """(trials, units) rounds fired"""
    kills: np.ndarray
    """(trials, units) threats destroyed"""
    spent_sum: np.ndarray
    """(units, classes) rounds fired at each class, summed over trials"""
    busy_sum_ms: np.ndarray
    """(units, bins) channel milliseconds, summed as integers so that no order of trials matters"""
    busy_max_ms: np.ndarray
    full_sum_ms: np.ndarray


@bare
def up(seed: int, trial: int, stream: int, key: int, share: float) -> int:
    """1 when a thing that works this share of the nights works on this one."""
    return 1 if share >= 1.0 or uniform(seed, trial, stream, key) < share else 0


@bare
def set_readiness(fight: Fight, detection: Detection, hazards: Hazards, trial: int, row: int) -> None:
    """Draw who is ready and linked tonight, and set the units to full launchers."""
    seed = fight.clock[0]["seed"]
    bad = hazards.bad_night > 0.0 and uniform(seed, trial, ST_BAD_NIGHT, 0) < hazards.bad_night
    for s in range(detection.sensors.size):
        sensor = detection.sensors[s]
        sensor["up"] = up(seed, trial, ST_READY, sensor["ready_key"], sensor["availability"])
        sensor["linked"] = up(seed, trial, ST_LINK, sensor["link_key"], sensor["link"])
        sensor["pd_scale"] = sensor["bad_night"] if bad else 1.0
    for u in range(fight.units.size):
        unit = fight.units[u]
        unit["up"] = up(seed, trial, ST_READY, unit["ready_key"], unit["availability"])
        unit["linked"] = up(seed, trial, ST_LINK, unit["link_key"], unit["link"])
        unit["full_since"] = 0.0
        unit["busy"] = 0
        unit["rounds"] = unit["magazine"]
        unit["store"] = unit["stock"]
        unit["reloading"] = 0
        unit["head"] = -1
        unit["tail"] = -1
        unit["shots"] = 0
        unit["kills"] = 0
        for c in range(fight.orders.shape[1]):
            fight.orders[u, c]["kill"] = hazards.night_kill[row, unit["kind"], c]
            fight.orders[u, c]["shots"] = 0
    for k in range(hazards.jammers.size):
        jammer = hazards.jammers[k]
        jammer["up"] = up(seed, trial, ST_READY, jammer["ready_key"], jammer["availability"])


@bare
def soft_kill_time(fight: Fight, hazards: Hazards, trial: int, j: int, factor: float) -> float:
    """Seconds after launch at which a jammer suppresses the threat, or infinity: the first of its hazards."""
    best = math.inf
    key = fight.threats[j]["key"]
    for row in range(fight.threats[j]["soft_lo"], fight.threats[j]["soft_hi"]):
        soft = hazards.softs[row]
        hazard = soft["hazard"] * factor
        if hazards.jammers[soft["jammer"]]["up"] == 0 or hazard <= 0.0:
            continue
        address = (((key << 16) | hazards.jammers[soft["jammer"]]["key"]) << 8) | soft["ordinal"]
        t = soft["entry"] + exponential(fight.clock[0]["seed"], trial, ST_SOFT, address) / hazard
        if t < soft["exit"] and t < best:
            best = t
    return best


@bare
def launch_threats(fight: Fight, hazards: Hazards, trial: int, row: int) -> None:
    """Draw each threat's launch and the natural end of its flight: arrival, soft kill or loss."""
    seed = fight.clock[0]["seed"]
    for j in range(fight.threats.size):
        threat = fight.threats[j]
        key = threat["key"]
        spawn = threat["launch"]
        if threat["spread"] > 0.0:
            spawn += threat["spread"] * uniform(seed, trial, ST_SPAWN, key)
        end = threat["flight"]
        ended_by = MISSED
        t = soft_kill_time(fight, hazards, trial, j, hazards.night_soft[row, threat["cls"]])
        if t < end:
            end = t
            ended_by = SOFT_KILL
        chance = hazards.night_lost[row, threat["cls"]]
        if chance > 0.0 and uniform(seed, trial, ST_LOST, key) < chance:
            t = threat["flight"] * uniform(seed, trial, ST_LOST_TIME, key)
            if t < end:
                end = t
                ended_by = LOST
        threat["spawn"] = spawn
        threat["end"] = spawn + end
        threat["ended_by"] = ended_by
        threat["kill"] = math.inf
        threat["killer"] = -1
        threat["shots"] = 0
        threat["flags"] = 0


@bare
def find_threats(
    fight: Fight, detection: Detection, hazards: Hazards, tally: Tally, trial: int, row: int
) -> None:
    """Track and identify every threat, and note how long before its arrival the first track stood."""
    for j in range(fight.threats.size):
        threat = fight.threats[j]
        spawn = threat["spawn"]
        track = detection.track[j]
        seen = threat_tracks(fight.clock[0]["seed"], trial, threat, threat["end"] - spawn, detection, track)
        if seen > 0:
            threat["flags"] |= SEEN_BIT
        ignored = hazards.ignored[threat["cls"]]
        threat["flags"] |= order_times(
            fight.clock[0]["seed"], trial, threat, ignored, detection.pictures, track, detection.ready[j]
        )
        first = math.inf
        for p in range(detection.pictures.size):
            if detection.pictures[p]["warns"] != 0 and track[p] < first:
                first = track[p]
            track[p] += spawn
            detection.ready[j, p] += spawn
        tally.warning[row, j] = threat["flight"] - first if first < math.inf else math.nan


@bare
def stage(flags: int) -> int:
    """Stage of the chain at which a threat that got through was let through."""
    code = NO_ROUND
    if flags & SHOT_BIT:
        code = MISSED
    elif not flags & SEEN_BIT:
        code = NOT_SEEN
    elif not flags & TRACK_BIT:
        code = NO_TRACK
    elif not flags & IDENTIFIED_BIT:
        code = WRONG_IDENTITY
    elif not flags & REACH_BIT:
        code = OUT_OF_REACH
    elif not flags & OPEN_BIT:
        code = TOO_LATE
    elif flags & BUSY_BIT or not flags & EMPTY_BIT:
        code = NO_CHANNEL
    return code


@bare
def count_outcomes(fight: Fight, tally: Tally, row: int) -> None:
    """Write the outcome of each threat and unit into the row of the trial, and add the bins to the sums."""
    for j in range(fight.threats.size):
        state = fight.threats[j]
        if state["kill"] < math.inf:
            tally.code[row, j] = HARD_KILL
            fight.units[state["killer"]]["kills"] += 1
        elif state["ended_by"] != MISSED:
            tally.code[row, j] = state["ended_by"]
        else:
            tally.code[row, j] = stage(state["flags"])
    for u in range(fight.units.size):
        tally.shots[row, u] = fight.units[u]["shots"]
        tally.kills[row, u] = fight.units[u]["kills"]
        for c in range(fight.orders.shape[1]):
            tally.spent_sum[u, c] += fight.orders[u, c]["shots"]
        for b in range(fight.bins.shape[2]):
            busy = int(1000.0 * fight.bins[0, u, b] + 0.5)
            tally.busy_sum_ms[u, b] += busy
            if busy > tally.busy_max_ms[u, b]:
                tally.busy_max_ms[u, b] = busy
            tally.full_sum_ms[u, b] += int(1000.0 * fight.bins[1, u, b] + 0.5)
            fight.bins[0, u, b] = 0.0
            fight.bins[1, u, b] = 0.0


@bare
def log_flights(fight: Fight, detection: Detection) -> None:
    """Log launches, tracks, orders and natural ends of a replayed trial; the fight logs the rest itself."""
    for j in range(fight.threats.size):
        state = fight.threats[j]
        log_event(fight, state["spawn"], EV_LAUNCH, j, NONE, 0.0)
        gone = min(state["end"], state["kill"])
        for p in range(detection.pictures.size):
            t = detection.track[j, p]
            if t < gone:
                log_event(fight, t, EV_TRACK, j, p, 0.0)
                if detection.pictures[p]["orders"] == 0:
                    continue
                order = detection.ready[j, p]
                if order == math.inf:
                    log_event(fight, t, EV_IGNORED, j, p, 0.0)
                elif order < gone:
                    log_event(fight, order, EV_READY, j, p, 0.0)
        if state["kill"] == math.inf:
            kind = EV_ARRIVAL
            if state["ended_by"] == SOFT_KILL:
                kind = EV_SOFT_KILL
            elif state["ended_by"] == LOST:
                kind = EV_LOST
            log_event(fight, state["end"], kind, j, NONE, 0.0)


@bare
def run_trials(
    fight: Fight,
    detection: Detection,
    hazards: Hazards,
    tally: Tally,
    first_trial: int,
    first_row: int,
    rows: int,
) -> None:
    """Run `rows` trials from `first_trial` on and write them to the rows of `tally` from `first_row` on.

    The night arrays of `hazards` have the same rows. Everything drawn depends on the seed and the trial's
    own number alone.
    """
    for k in range(rows):
        trial = first_trial + k
        row = first_row + k
        fight.clock[0]["trial"] = trial
        set_readiness(fight, detection, hazards, trial, row)
        launch_threats(fight, hazards, trial, row)
        find_threats(fight, detection, hazards, tally, trial, row)
        fight_trial(fight, detection)
        count_outcomes(fight, tally, row)
        if fight.log.size > 0:
            log_flights(fight, detection)
