"""Layouts and codes shared by the raid kernels.

Records keep what is used together in one cache line, and keep the argument lists of the kernels short.
Times of windows are seconds since the launch of their threat; times of events are seconds of the raid.
"""

from __future__ import annotations

from typing import Final, NamedTuple, cast

import numpy as np


def _code(number: int) -> int:
    """Give a 64-bit number instead of a Python int: Numba compiles a function anew for each literal it meets."""
    return cast(int, np.int64(number))


NONE: Final = _code(-1)
ZERO: Final = _code(0)

# Outcome codes of one threat; everything from NOT_SEEN on leaked, at that stage of the chain.
HARD_KILL: Final = _code(0)
SOFT_KILL: Final = _code(1)
LOST: Final = _code(2)
NOT_SEEN: Final = _code(3)
NO_TRACK: Final = _code(4)
WRONG_IDENTITY: Final = _code(5)
OUT_OF_REACH: Final = _code(6)
TOO_LATE: Final = _code(7)
NO_CHANNEL: Final = _code(8)
NO_ROUND: Final = _code(9)
MISSED: Final = _code(10)

# How far a threat got along the chain, as bits.
SEEN_BIT: Final = _code(1)
TRACK_BIT: Final = _code(2)
IDENTIFIED_BIT: Final = _code(4)
REACH_BIT: Final = _code(8)
OPEN_BIT: Final = _code(16)
BUSY_BIT: Final = _code(32)
EMPTY_BIT: Final = _code(64)
SHOT_BIT: Final = _code(128)

# How a picture makes a track of detections.
FUSE_TRACKS: Final = _code(0)
FUSE_PLOTS: Final = _code(1)
FUSE_GIVEN: Final = _code(2)

# Rules that choose a fire unit for a threat, and a threat for a fire unit.
RULE_FIRST: Final = _code(0)
RULE_QUICKEST: Final = _code(1)
RULE_BEST: Final = _code(2)
RULE_HORIZON: Final = _code(3)
QUEUE_FIFO: Final = _code(0)
QUEUE_URGENT: Final = _code(1)

# Law of the engagement time about its mean.
TIME_FIXED: Final = _code(0)
TIME_EXPONENTIAL: Final = _code(1)
TIME_LOGNORMAL: Final = _code(2)

# What a bin of time counts.
BIN_BUSY: Final = _code(0)
BIN_FULL: Final = _code(1)

# Kinds of logged event.
EV_LAUNCH: Final = _code(0)
EV_TRACK: Final = _code(1)
EV_READY: Final = _code(2)
EV_SHOT: Final = _code(3)
EV_HIT: Final = _code(4)
EV_MISS: Final = _code(5)
EV_WAIT: Final = _code(6)
EV_RELOAD: Final = _code(7)
EV_SOFT_KILL: Final = _code(8)
EV_LOST: Final = _code(9)
EV_ARRIVAL: Final = _code(10)
EV_IGNORED: Final = _code(11)
EV_EMPTY: Final = _code(12)

# Streams of the addressed random numbers, one for each purpose.
ST_SPAWN: Final = _code(101)
ST_READY: Final = _code(102)
ST_LINK: Final = _code(103)
ST_BAD_NIGHT: Final = _code(104)
ST_PHASE: Final = _code(105)
ST_SCAN: Final = _code(106)
ST_IDENTITY: Final = _code(107)
ST_IDENTIFY: Final = _code(108)
ST_DECIDE: Final = _code(109)
ST_SOFT: Final = _code(110)
ST_LOST: Final = _code(111)
ST_LOST_TIME: Final = _code(112)
ST_KILL: Final = _code(113)
ST_TIME: Final = _code(114)
ST_NIGHT_KILL: Final = _code(115)
ST_NIGHT_SOFT: Final = _code(116)
ST_NIGHT_LOST: Final = _code(117)

THREAT_KEY_LIMIT: Final = 1 << 24
ACTOR_KEY_LIMIT: Final = 1 << 16
SCAN_LIMIT: Final = 1 << 20

THREAT: Final = np.dtype(
    [
        ("key", "i8"), ("launch", "f8"), ("spread", "f8"), ("flight", "f8"), ("value", "f8"),
        ("cls", "i8"), ("look_lo", "i8"), ("look_hi", "i8"), ("soft_lo", "i8"), ("soft_hi", "i8"),
        # State in a trial, in seconds of the raid:
        ("killer", "i8"), ("spawn", "f8"), ("end", "f8"), ("kill", "f8"), ("shots", "i8"),
        ("flags", "i8"), ("ended_by", "i8"),
    ],
    align=True,
)  # fmt: skip
"""A threat: identity for the draws, timing, value at stake, class, its rows of looks and jammers; its
fate."""

LOOK: Final = np.dtype(
    [("entry", "f8"), ("exit", "f8"), ("pd", "f8"), ("until", "f8"), ("sensor", "i8")], align=True
)
"""A threat inside one sensor's cover, at one detection probability per scan; after `until` no unit that must
see it itself can use a track of its own."""

SENSOR: Final = np.dtype(
    [
        ("key", "i8"), ("ready_key", "i8"), ("link_key", "i8"), ("availability", "f8"), ("link", "f8"),
        ("period", "f8"), ("bad_night", "f8"), ("m", "i8"), ("n", "i8"), ("member_lo", "i8"),
        ("member_hi", "i8"),
        # State in a trial:
        ("pd_scale", "f8"), ("up", "i8"), ("linked", "i8"),
    ],
    align=True,
)  # fmt: skip

PICTURE: Final = np.dtype(
    [
        ("key", "i8"), ("identify", "f8"), ("decide", "f8"), ("identify_spread", "f8"),
        ("decide_spread", "f8"), ("plot_window", "f8"), ("plot_m", "i8"), ("fusion", "i8"),
        ("shared", "i8"), ("warns", "i8"), ("orders", "i8"), ("spare", "i8"),
    ],
    align=True,
)  # fmt: skip

SOFT: Final = np.dtype(
    [("entry", "f8"), ("exit", "f8"), ("hazard", "f8"), ("jammer", "i8"), ("ordinal", "i8")], align=True
)

JAMMER: Final = np.dtype(
    [("key", "i8"), ("ready_key", "i8"), ("availability", "f8"), ("up", "i8")], align=True
)

UNIT: Final = np.dtype(
    [
        ("ready_key", "i8"), ("link_key", "i8"), ("availability", "f8"), ("link", "f8"),
        ("reload", "f8"), ("reaction", "f8"), ("assess", "f8"), ("turnaround", "f8"), ("kind", "i8"),
        ("channels", "i8"), ("magazine", "i8"), ("stock", "i8"), ("picture", "i8"), ("fallback", "i8"),
        ("must_see", "i8"), ("up", "i8"),
        # State in a trial, `up` included:
        ("full_since", "f8"), ("linked", "i8"), ("busy", "i8"), ("rounds", "i8"), ("store", "i8"),
        ("reloading", "i8"), ("head", "i8"), ("tail", "i8"), ("shots", "i8"), ("kills", "i8"),
    ],
    align=True,
)  # fmt: skip

ORDER: Final = np.dtype(
    [("reserve", "i8"), ("doctrine", "i8"), ("nominal", "f8"), ("kill", "f8"), ("shots", "i8")], align=True
)
"""How a unit fights a class: doctrine, reserve and believed kill probability are those of the class it is
taken for, `kill` is that of the class it is, on this night; `shots` are the rounds fired at it."""

FIRE: Final = np.dtype(
    [
        ("entry", "f8"), ("exit", "f8"), ("closest", "f8"), ("fly_entry", "f8"), ("fly_closest", "f8"),
        ("fly_exit", "f8"), ("unit", "i8"), ("case", "i8"), ("threat", "i8"), ("fallback", "i8"),
        # State in a trial; `order` holds, in the rows of a case, its windows in the order in which they open.
        ("open", "f8"), ("order", "i8"), ("next", "i8"), ("looks", "i8"), ("queued", "i8"),
    ],
    align=True,
)  # fmt: skip
"""A threat inside one unit's reach: first order, last intercept, fly-out times, and whose case it is."""

CASE: Final = np.dtype(
    [
        ("threat", "i8"), ("lo", "i8"), ("hi", "i8"),
        # State in a trial:
        ("count", "i8"), ("opened", "i8"), ("engaged", "i8"), ("pending", "i8"),
    ],
    align=True,
)  # fmt: skip
"""One threat in the eyes of one group of units that coordinate their fire."""

QUEUED: Final = np.dtype([("t", "f8"), ("item", "i8")], align=True)
"""An entry of a heap."""

CLOCK: Final = np.dtype(
    [
        ("seed", "i8"), ("trial", "i8"), ("rule", "i8"), ("queue", "i8"), ("time_law", "i8"),
        ("time_spread", "f8"), ("bin_s", "f8"), ("tick_s", "f8"),
        # State in a trial:
        ("events", "i8"), ("ticking", "i8"), ("logged", "i8"),
    ],
    align=True,
)  # fmt: skip
"""Rules of the fight, and how far its trial is."""


class Detection(NamedTuple):
    """What the detection of one trial reads and writes; one set of buffers for each thread."""

    threats: np.ndarray
    looks: np.ndarray
    sensors: np.ndarray
    members: np.ndarray
    """Pictures that each sensor feeds, in slices `member_lo:member_hi` of the sensors."""
    pictures: np.ndarray
    plots: np.ndarray
    """Room for the detections of one threat."""
    track: np.ndarray
    """(threats, pictures) time of the track [s]"""
    ready: np.ndarray
    """(threats, pictures) time from which an engagement may be ordered [s]"""


class Fight(NamedTuple):
    """What the fight of one trial reads and writes; one set of buffers for each thread.

    Few arrays of wide records: every call hands them all on, which costs by the array.
    """

    threats: np.ndarray
    cases: np.ndarray
    fires: np.ndarray
    units: np.ndarray
    orders: np.ndarray
    """(units, classes)"""
    salvos: np.ndarray
    """(doctrines, looks) rounds of each salvo, 0 when the doctrine is at its end"""
    bins: np.ndarray
    """(2, units, bins) channel seconds, and seconds with every channel busy, of this trial"""
    heap: np.ndarray
    pairs: np.ndarray
    log: np.ndarray
    clock: np.ndarray
    """One record."""


EVENT: Final = np.dtype(
    [("t_s", "f8"), ("value", "f8"), ("kind", "i8"), ("threat", "i8"), ("actor", "i8")],
    align=True,
)
"""One line of the log of a replayed trial."""
