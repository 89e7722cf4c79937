"""Rows of the windows of detection, fire and jamming: those of tracks, copied to the threats that fly them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.coverage.reach import Placed
from egide.model.scenario import Scenario
from egide.raids.geometry import Geometry
from egide.raids.looks import looks_of
from egide.raids.tables import FireWindows, SensorWindows, SoftWindows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIGHTER_SPEED_MPS = 250.0
"""Speed at which a fighter moves to an intercept [m/s]; assumed: high subsonic."""


class Copies:
    """Copies rows of tracks to every threat that flies them."""

    def __init__(self, track_of_threat: Ints, tracks: int) -> None:
        self.order = np.argsort(track_of_threat, kind="stable")
        self.flown = np.bincount(track_of_threat, minlength=tracks)
        self.start = np.concatenate([[0], np.cumsum(self.flown)[:-1]])

    def rows(self, track: Ints) -> tuple[Ints, Ints]:
        """For rows of tracks: the row and the threat of each copy."""
        times = self.flown[track]
        row = np.repeat(np.arange(track.size), times)
        within = np.arange(row.size) - np.repeat(np.cumsum(times) - times, times)
        return row, self.order[self.start[track[row]] + within]


def _index(numbers: list[int], size: int) -> Ints:
    """Row of each placed unit in a table, -1 for those that are not in it."""
    rows = np.full(size, -1, dtype=np.int64)
    rows[numbers] = np.arange(len(numbers))
    return rows


def sensor_windows(
    scenario: Scenario, geometry: Geometry, copies: Copies, sensors: list[int]
) -> SensorWindows:
    """Rows of the sensors' windows, one for each threat and look."""
    looks = looks_of(scenario, geometry)
    row, threat = copies.rows(looks.track)
    return SensorWindows(
        threat=threat,
        sensor=_index(sensors, len(geometry.placed))[looks.unit[row]],
        entry_s=looks.entry_s[row],
        exit_s=looks.exit_s[row],
        pd_fraction=np.minimum(looks.pd_fraction[row], 1.0),
    )


def fire_windows(
    scenario: Scenario, geometry: Geometry, placed: tuple[Placed, ...], copies: Copies, shooters: list[int]
) -> FireWindows:
    """Rows of the effectors' windows: when an order lets the round meet its threat inside the envelope."""
    stays = geometry.stays
    rows = _index(shooters, len(placed))
    keep = np.flatnonzero(rows[stays.unit] >= 0)
    unit = stays.unit[keep]
    slowness = np.array([_slowness(scenario, unit) for unit in placed] or [0.0])[unit]
    reaction_s = np.array(
        [0.0 if u.effector is None else u.effector.reaction_s.value for u in placed] or [0.0]
    )[unit]
    orders = orders_of(
        np.stack([stays.entry_s[keep], stays.closest_s[keep], stays.exit_s[keep]]),
        slowness
        * np.stack([stays.slant_entry_m[keep], stays.slant_closest_m[keep], stays.slant_exit_m[keep]]),
        reaction_s,
    )
    row, threat = copies.rows(stays.track[keep])
    return FireWindows(
        threat=threat, unit=rows[unit[row]], entry_s=orders.entry_s[row], exit_s=orders.exit_s[row],
        flyout_entry_s=orders.flyout_entry_s[row], flyout_exit_s=orders.flyout_exit_s[row],
        closest_s=orders.closest_s[row], flyout_closest_s=orders.flyout_closest_s[row],
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Orders:
    """Columns of fire windows as `FireWindows` has them: times of orders, but for the last meeting."""

    entry_s: Floats
    closest_s: Floats
    exit_s: Floats
    flyout_entry_s: Floats
    flyout_closest_s: Floats
    flyout_exit_s: Floats


def orders_of(meet_s: Floats, flyout_s: Floats, reaction_s: Floats) -> Orders:
    """From when and where rounds meet a threat to when they must be ordered.

    A round is ordered so that it meets its threat where the threat will be, not where it is: before the
    threat enters the envelope, by the reaction and the fly-out to the edge. Against fast threats that is most
    of the time there is.

    Parameters
    ----------
    meet_s : ndarray, shape (3, windows)
        Times at which the threat enters the envelope, is closest, and leaves it [s since launch].
    flyout_s : ndarray, shape (3, windows)
        Fly-out times to these three places, the second the shortest [s].
    reaction_s : ndarray, shape (windows,)
        From the order to the launch of the round [s].

    Returns
    -------
    Orders
        No order is given before the launch of the threat. A threat that leaves faster than the round flies is
        met at its closest point at the latest.
    """
    order = meet_s - reaction_s - flyout_s
    caught = order[2] > order[1]
    last_meet = np.where(caught, meet_s[2], meet_s[1])
    span = np.where(caught, order[2] - order[1], 1.0)
    rise = np.where(caught, (flyout_s[2] - flyout_s[1]) / span, 0.0)
    fall = np.where(
        order[1] > order[0], (flyout_s[1] - flyout_s[0]) / np.maximum(order[1] - order[0], 1e-9), 0.0
    )
    entry, closest = np.maximum(order[0], 0.0), np.maximum(order[1], 0.0)
    middle = flyout_s[1] + rise * (closest - order[1])
    start = np.where(order[1] > 0.0, flyout_s[1] + fall * (entry - order[1]), middle)
    # Never earlier than the launch, and the engine's line from the closest point goes on to the last meeting.
    return Orders(entry, closest, last_meet, start, middle, middle + rise * (last_meet - closest))


def _slowness(scenario: Scenario, unit: Placed) -> float:
    """Seconds a round takes for each metre; a fighter must itself come near; a beam takes none [s/m]."""
    if unit.effector is None or unit.effector.interceptor is None:
        return 0.0
    if unit.effector.effector_class == "fighter":
        return 1.0 / FIGHTER_SPEED_MPS
    return 1.0 / scenario.catalogue.interceptor(unit.effector.interceptor).speed_mps.value


def soft_windows(
    geometry: Geometry, placed: tuple[Placed, ...], copies: Copies, jammers: list[int]
) -> SoftWindows:
    """Rows of the jammers' windows, with the hazard of suppression."""
    stays = geometry.stays
    rows = _index(jammers, len(placed))
    keep = np.flatnonzero(rows[stays.unit] >= 0)
    row, threat = copies.rows(stays.track[keep])
    row = keep[row]
    hazard = np.zeros(len(placed) or 1)
    for n in jammers:
        effector = placed[n].effector
        assert effector is not None
        assert effector.soft_kill_per_s is not None  # the catalogue asks it of a jammer
        hazard[n] = effector.soft_kill_per_s.value
    return SoftWindows(
        threat=threat, jammer=rows[stays.unit[row]], entry_s=stays.entry_s[row], exit_s=stays.exit_s[row],
        hazard_per_s=hazard[stays.unit[row]],
    )  # fmt: skip
