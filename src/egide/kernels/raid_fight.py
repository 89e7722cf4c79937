"""The fight of one trial: openings of windows, waiting, channels, looks, reloading, in the order of time.

A *case* is one threat in the eyes of one group of units that coordinate their fire: within a case at most one
engagement runs at a time; two groups may shoot at the same threat unknown to each other. A case has at most
one event in the queue: its next opening while idle, or the end of its engagement. Identifiers in the queue:
first the cases, then a reload for each unit, then a returning channel for each unit, then the tick of the
rolling horizon.
"""

from __future__ import annotations

import math

import numpy as np

from egide.kernels.raid_arrays import (
    BIN_FULL,
    BUSY_BIT,
    EMPTY_BIT,
    EV_EMPTY,
    EV_RELOAD,
    EV_WAIT,
    NONE,
    OPEN_BIT,
    QUEUE_URGENT,
    RULE_BEST,
    RULE_HORIZON,
    RULE_QUICKEST,
    ZERO,
    Detection,
    Fight,
)
from egide.kernels.raid_fire import (
    add_interval,
    flyout,
    in_time,
    log_event,
    prepare_cases,
    push,
    salvo_size,
    start_engagement,
)
from egide.kernels.raid_heap import heap_drop, heap_push
from egide.kernels.raid_jit import bare


@bare
def alive(threat: np.void, t: float) -> bool:
    """Whether the threat still flies at this time, engagements under way included."""
    return bool(t < threat["end"] and t < threat["kill"])


@bare
def queue_up(fight: Fight, e: int) -> None:
    """Let the case wait at this window's unit, behind those that wait there already."""
    fire = fight.fires[e]
    if fire["queued"] != 0:
        return
    unit = fight.units[fire["unit"]]
    fire["queued"] = 1
    fire["next"] = -1
    if unit["tail"] >= 0:
        fight.fires[unit["tail"]]["next"] = e
    else:
        unit["head"] = e
    unit["tail"] = e


@bare
def unqueue(fight: Fight, e: int, before: int) -> None:
    """Take a window out of its unit's waiting line; `before` is the one ahead of it, or -1."""
    fire = fight.fires[e]
    unit = fight.units[fire["unit"]]
    if before >= 0:
        fight.fires[before]["next"] = fire["next"]
    else:
        unit["head"] = fire["next"]
    if unit["tail"] == e:
        unit["tail"] = before
    fire["queued"] = 0


@bare
def want_tick(fight: Fight, t: float) -> None:
    """Ask for the next decision of the rolling horizon, once."""
    clock = fight.clock[0]
    if clock["ticking"] == 0:
        clock["ticking"] = 1
        tick = clock["tick_s"] * (math.floor(t / clock["tick_s"]) + 1.0)
        push(fight, tick, 2 * fight.cases.size + 2 * fight.units.size)


@bare
def score(rule: int, fire: np.void, reaction: float, nominal: float, since_launch: float) -> float:
    """How the rule likes a window now; more is better, and the first of equals is taken."""
    if rule == RULE_QUICKEST:
        return -reaction - flyout(fire, since_launch)
    if rule == RULE_BEST:
        return nominal
    return 0.0


@bare
def engage_or_wait(fight: Fight, c: int, t: float) -> None:
    """Give an idle case to the best unit that can take it now, or let it wait at those that may yet."""
    case = fight.cases[c]
    lo = case["lo"]
    threat = fight.threats[case["threat"]]
    rule = fight.clock[0]["rule"]
    since_launch = t - threat["spawn"]
    best = NONE
    best_shots = ZERO
    best_score = -math.inf
    flags = ZERO
    for k in range(lo, lo + case["opened"]):
        e = fight.fires[k]["order"]
        fire = fight.fires[e]
        unit = fight.units[fire["unit"]]
        if not in_time(fire, unit["reaction"], since_launch):
            continue
        shots = salvo_size(fight, e)
        if shots < 0:
            continue
        if shots == 0:
            flags |= EMPTY_BIT
            if unit["reloading"] != 0:
                queue_up(fight, e)
        elif rule == RULE_HORIZON or unit["busy"] >= unit["channels"]:
            flags |= BUSY_BIT
            queue_up(fight, e)
        else:
            nominal = fight.orders[fire["unit"], threat["cls"]]["nominal"]
            liking = score(rule, fire, unit["reaction"], nominal, since_launch)
            if liking > best_score:
                best = e
                best_shots = shots
                best_score = liking
    if best >= 0:
        start_engagement(fight, t, best, best_shots)
    else:
        wait(fight, c, t, flags)


@bare
def wait(fight: Fight, c: int, t: float, flags: int) -> None:
    """Note why an idle case is not engaged, and put its next opening into the queue."""
    case = fight.cases[c]
    fight.threats[case["threat"]]["flags"] |= flags
    if flags & BUSY_BIT and fight.clock[0]["rule"] == RULE_HORIZON:
        want_tick(fight, t)
    if flags != 0 and fight.log.size > 0:
        log_event(fight, t, EV_WAIT if flags & BUSY_BIT else EV_EMPTY, case["threat"], NONE, 0.0)
    if case["opened"] < case["count"] and case["pending"] == 0:
        case["pending"] = 1
        following = fight.fires[case["lo"] + case["opened"]]["order"]
        push(fight, fight.fires[following]["open"], fight.cases.size + c)


@bare
def try_case(fight: Fight, c: int, t: float) -> None:
    """Open what is open by now, if the case is idle and its threat alive, and engage or wait."""
    case = fight.cases[c]
    threat = fight.threats[case["threat"]]
    if case["engaged"] >= 0 or not alive(threat, t):
        return
    lo = case["lo"]
    opened = case["opened"]
    while opened < case["count"] and fight.fires[fight.fires[lo + opened]["order"]]["open"] <= t:
        opened += 1
    case["opened"] = opened
    threat["flags"] |= OPEN_BIT
    engage_or_wait(fight, c, t)


@bare
def stays(fight: Fight, e: int, t: float) -> bool:
    """Whether a waiting window can still be served: threat alive, not under fire, still to be met in time."""
    fire = fight.fires[e]
    threat = fight.threats[fire["threat"]]
    return bool(
        alive(threat, t)
        and fight.cases[fire["case"]]["engaged"] < 0
        and in_time(fire, fight.units[fire["unit"]]["reaction"], t - threat["spawn"])
    )


@bare
def next_waiting(fight: Fight, u: int, t: float) -> int:
    """Take the case that this unit serves next out of its line; -1 when there is none.

    Who can never be served here any more leaves the line on the way: dead, under fire, or too late.
    """
    urgent = fight.clock[0]["queue"] == QUEUE_URGENT
    best = NONE
    best_before = NONE
    best_value = -math.inf
    best_exit = math.inf
    before = NONE
    e = fight.units[u]["head"]
    while e >= 0:
        after = fight.fires[e]["next"]
        if not stays(fight, e, t):
            unqueue(fight, e, before)
            e = after
            continue
        if salvo_size(fight, e) > 0:
            value = 0.0
            leave = 0.0
            if urgent:
                threat = fight.threats[fight.fires[e]["threat"]]
                value = threat["value"]
                leave = threat["spawn"] + fight.fires[e]["exit"]
            if best < 0 or value > best_value or (value == best_value and leave < best_exit):
                best = e
                best_before = before
                best_value = value
                best_exit = leave
        before = e
        e = after
    if best >= 0:
        unqueue(fight, best, best_before)
    return best


@bare
def serve(fight: Fight, u: int, t: float) -> None:
    """Let a unit with a free channel take who waits, one after the other."""
    unit = fight.units[u]
    while unit["busy"] < unit["channels"] and unit["head"] >= 0 and unit["rounds"] > 0:
        if fight.clock[0]["rule"] == RULE_HORIZON:
            want_tick(fight, t)
            return
        e = next_waiting(fight, u, t)
        if e < 0:
            return
        start_engagement(fight, t, e, salvo_size(fight, e))


@bare
def free_channel(fight: Fight, u: int, t: float) -> None:
    """A channel comes free, and with it ends any time with every channel busy."""
    unit = fight.units[u]
    if unit["busy"] == unit["channels"]:
        add_interval(fight, BIN_FULL, u, unit["full_since"], t)
    unit["busy"] -= 1


@bare
def end_engagement(fight: Fight, c: int, t: float) -> None:
    """The outcome is known: look again at the case, and give the channel to whom it serves next."""
    u = fight.fires[fight.cases[c]["engaged"]]["unit"]
    unit = fight.units[u]
    fight.cases[c]["engaged"] = -1
    if unit["turnaround"] > 0.0:
        push(fight, t + unit["turnaround"], 2 * fight.cases.size + fight.units.size + u)
        try_case(fight, c, t)
        return
    free_channel(fight, u, t)
    # The same threat first: shoot-look-shoot is one engagement to its crew.
    try_case(fight, c, t)
    if unit["head"] >= 0:
        serve(fight, u, t)


@bare
def end_reload(fight: Fight, u: int, t: float) -> None:
    """Fill the launchers from the store, as far as it goes."""
    unit = fight.units[u]
    loaded = min(unit["magazine"] - unit["rounds"], unit["store"])
    unit["rounds"] += loaded
    unit["store"] -= loaded
    unit["reloading"] = 0
    if fight.log.size > 0:
        log_event(fight, t, EV_RELOAD, NONE, u, float(loaded))
    serve(fight, u, t)


@bare
def gather_pairs(fight: Fight, t: float) -> int:
    """Heap the waiting windows of units with a free channel, largest marginal return first."""
    pairs = ZERO
    for u in range(fight.units.size):
        if fight.units[u]["busy"] >= fight.units[u]["channels"]:
            continue
        before = NONE
        e = fight.units[u]["head"]
        while e >= 0:
            after = fight.fires[e]["next"]
            if stays(fight, e, t):
                threat = fight.threats[fight.fires[e]["threat"]]
                gain = threat["value"] * fight.orders[u, threat["cls"]]["nominal"]
                pairs = heap_push(fight.pairs, pairs, -gain, e)
                before = e
            else:
                unqueue(fight, e, before)
            e = after
    return pairs


@bare
def decide_horizon(fight: Fight, t: float) -> None:
    """Assign everybody who waits to the free channels by marginal return: value at stake times kill chance.

    One engagement at a time is allowed for each case, so taking the pairs in order is the marginal-return
    rule itself. Value and kill chance are those believed, not those of the night.
    """
    fight.clock[0]["ticking"] = 0
    pairs = gather_pairs(fight, t)
    while pairs > 0:
        e = fight.pairs[0]["item"]
        pairs = heap_drop(fight.pairs, pairs)
        unit = fight.units[fight.fires[e]["unit"]]
        shots = salvo_size(fight, e)
        idle = fight.cases[fight.fires[e]["case"]]["engaged"] < 0
        if idle and shots > 0 and unit["busy"] < unit["channels"]:
            start_engagement(fight, t, e, shots)


@bare
def fight_trial(fight: Fight, detection: Detection) -> None:
    """Run one trial to its end; states of threats and units must be set to its beginning."""
    clock = fight.clock[0]
    n_cases = fight.cases.size
    n_units = fight.units.size
    clock["events"] = 0
    clock["ticking"] = 0
    prepare_cases(fight, detection)
    for c in range(n_cases):
        if fight.cases[c]["count"] > 0:
            fight.cases[c]["pending"] = 1
            push(fight, fight.fires[fight.fires[fight.cases[c]["lo"]]["order"]]["open"], n_cases + c)
    while clock["events"] > 0:
        t = fight.heap[0]["t"]
        item = fight.heap[0]["item"]
        clock["events"] = heap_drop(fight.heap, clock["events"])
        if item < n_cases:
            end_engagement(fight, item, t)
        elif item < 2 * n_cases:
            fight.cases[item - n_cases]["pending"] = 0
            try_case(fight, item - n_cases, t)
        elif item < 2 * n_cases + n_units:
            end_reload(fight, item - 2 * n_cases, t)
        elif item < 2 * n_cases + 2 * n_units:
            free_channel(fight, item - 2 * n_cases - n_units, t)
            serve(fight, item - 2 * n_cases - n_units, t)
        else:
            decide_horizon(fight, t)
