"""Rows of the windows of detection, fire and jamming: those of tracks, copied to the threats that fly them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.coverage.reach import Placed
from egide.model.scenario import Scenario
from egide.raids.geometry import Geometry
from egide.raids.looks import looks_of
from egide.raids.tables import FireWindows, SensorWindows, SoftWindows

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
    """Rows of the effectors' windows, with the time a round takes from each end and the closest point."""
    stays = geometry.stays
    rows = _index(shooters, len(placed))
    keep = np.flatnonzero(rows[stays.unit] >= 0)
    row, threat = copies.rows(stays.track[keep])
    row = keep[row]
    slowness = np.array([_slowness(scenario, unit) for unit in placed] or [0.0])[stays.unit[row]]
    return FireWindows(
        threat=threat, unit=rows[stays.unit[row]], entry_s=stays.entry_s[row], exit_s=stays.exit_s[row],
        flyout_entry_s=slowness * stays.slant_entry_m[row], flyout_exit_s=slowness * stays.slant_exit_m[row],
        closest_s=stays.closest_s[row], flyout_closest_s=slowness * stays.slant_closest_m[row],
    )  # fmt: skip


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
