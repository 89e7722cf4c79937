"""Where the tracks of a raid lie in the cover of sensors and in the envelopes of effectors.

Only geometry: lines of sight, ranges, sectors, radial speeds. Nothing here depends on an echo, a delay or a
kill probability, so that one geometry serves every draw of those figures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.coverage.reach import (
    Beam,
    Placed,
    Points,
    effector_beam,
    kernel_arguments,
    own_radar_beam,
    sensor_beam,
    shoots,
)
from egide.coverage.result import Coverage
from egide.errors import SEED_REMEDY, InputError, is_seed
from egide.kernels import reach as kernel
from egide.model.catalogue_types import BALLISTIC, ThreatType
from egide.model.raid import Raid, RaidGroup
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.routes import Track, placed_of, tracks_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sightings:
    """Samples of tracks that sensors have in view; all arrays have shape (sightings,).

    In order of track, unit and sample.
    """

    track: Ints
    unit: Ints
    """Number of the placed unit."""
    sample: Ints
    """Sample of the track."""
    slant_m: Floats


@dataclass(frozen=True, eq=False)
class Stays:
    """Stays of tracks in envelopes of effectors; all arrays have shape (stays,)."""

    track: Ints
    unit: Ints
    entry_s: Floats
    """[s since launch]"""
    exit_s: Floats
    closest_s: Floats
    slant_entry_m: Floats
    slant_closest_m: Floats
    slant_exit_m: Floats


@dataclass(frozen=True, eq=False)
class Geometry:
    """A raid's tracks against the units of a laydown."""

    raid: Raid
    laydown: Laydown
    groups: tuple[RaidGroup, ...]
    threat_types: tuple[ThreatType, ...]
    """Types that fly, in the order of the groups."""
    placed: tuple[Placed, ...]
    """Units in service."""
    tracks: tuple[Track, ...]
    track_type: Ints
    """Type of each track."""
    sightings: Sightings
    stays: Stays


def geometry_of(scenario: Scenario, coverage: Coverage, laydown: Laydown, raid: Raid, seed: int) -> Geometry:
    """Fly the tracks of a raid past the units of a laydown.

    Parameters
    ----------
    scenario, coverage, laydown, raid
        The raid has at least one group.
    seed : int
        Of the sideways offsets.

    Raises
    ------
    InputError
        For a seed that is no whole number of 0 or more.
    """
    if not is_seed(seed):
        raise InputError.one("simulate", "seed", seed, SEED_REMEDY)
    groups = scenario.groups_of(raid.id)
    placed = tuple(placed_of(scenario, laydown))
    types = tuple(scenario.catalogue.threat(t) for t in dict.fromkeys(group.threat for group in groups))
    number_of = {threat.id: number for number, threat in enumerate(types)}
    tracks = tuple(tracks_of(scenario, coverage, groups, seed))
    track_type = np.array([number_of[groups[track.group].threat] for track in tracks], dtype=np.int64)
    flyby = _Flyby(scenario, coverage, placed, types)
    seen = [
        flyby.seen(track, number, int(kind))
        for number, (track, kind) in enumerate(zip(tracks, track_type, strict=True))
    ]
    kept = [
        flyby.stays(track, number, int(kind))
        for number, (track, kind) in enumerate(zip(tracks, track_type, strict=True))
    ]
    return Geometry(
        raid, laydown, groups, types, placed, tracks, track_type,
        Sightings(*(np.concatenate(columns) for columns in zip(*seen, strict=True))),
        Stays(*(np.concatenate(columns) for columns in zip(*kept, strict=True))),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Beams:
    """One beam for each unit, ready for the kernel, with where they stand; None for no beam."""

    arguments: list[tuple[kernel.Window, kernel.Limits] | None]
    units: Ints
    """Units with a beam."""
    east_m: Floats
    north_m: Floats
    antenna_amsl_m: Floats


class _Flyby:
    """Units and threat types of one raid; beams are made once for each pair of them."""

    def __init__(
        self,
        scenario: Scenario,
        coverage: Coverage,
        placed: tuple[Placed, ...],
        types: tuple[ThreatType, ...],
    ) -> None:
        self.scenario = scenario
        self.coverage = coverage
        self.placed = placed
        self.types = types
        self._sensing: dict[int, _Beams] = {}
        self._firing: dict[int, tuple[_Beams, _Beams]] = {}

    def _beams(self, of: Callable[[Placed], Beam | None]) -> _Beams:
        beams = [of(unit) for unit in self.placed]
        held = [None if beam is None else kernel_arguments(self.coverage, beam) for beam in beams]
        units = np.array([n for n, arguments in enumerate(held) if arguments is not None], dtype=np.int64)
        limits = [arguments[1] for arguments in held if arguments is not None]
        east, north, antenna = (
            np.array([getattr(limit, name) for limit in limits], dtype=np.float64)
            for name in ("east_m", "north_m", "antenna_amsl_m")
        )
        return _Beams(held, units, east, north, antenna)

    def _sensing_beams(self, kind: int) -> _Beams:
        if kind not in self._sensing:
            threat = self.types[kind]

            def beam(unit: Placed) -> Beam | None:
                return (
                    None if unit.sensor is None else sensor_beam(unit, unit.sensor, threat, instrumented=True)
                )

            self._sensing[kind] = self._beams(beam)
        return self._sensing[kind]

    def _firing_beams(self, kind: int) -> tuple[_Beams, _Beams]:
        if kind not in self._firing:
            threat = self.types[kind]
            self._firing[kind] = (
                self._beams(lambda unit: effector_beam(self.scenario, unit, threat)),
                self._beams(lambda unit: own_radar_beam(self.scenario, unit, threat)),
            )
        return self._firing[kind]

    def seen(self, track: Track, number: int, kind: int) -> tuple[Any, ...]:
        """Columns of the sightings of one track."""
        beams = self._sensing_beams(kind)
        inside = _reached(beams, track)
        slant = _slant_m(beams, track)
        inside &= self._above_clutter(beams, track)
        row, sample = np.nonzero(inside)
        return np.full(row.size, number), beams.units[row], sample, slant[row, sample]

    def _above_clutter(self, beams: _Beams, track: Track) -> Any:
        """Whether the track's speed along the line of sight exceeds what each sensor drops as clutter."""
        least = np.array(
            [
                0.0 if s is None else s.min_radial_speed_mps.value
                for s in (self.placed[u].sensor for u in beams.units)
            ]
        )
        if not least.any():
            return True
        vx, vy = np.gradient(track.x_m, track.t_s), np.gradient(track.y_m, track.t_s)
        dx, dy = track.x_m - beams.east_m[:, None], track.y_m - beams.north_m[:, None]
        along = np.abs(dx * vx + dy * vy)
        return (least[:, None] <= 0.0) | (along > least[:, None] * np.hypot(dx, dy))

    def stays(self, track: Track, number: int, kind: int) -> tuple[Any, ...]:
        """Columns of the stays of one track."""
        if self.types[kind].threat_class in BALLISTIC:
            units, inside, slant = self._footprints(track, kind)
        else:
            units, inside, slant = self._envelopes(track, kind)
        row, first, last = _runs(inside)
        # The closest sample of each run, without a loop: the smallest slant between first and last.
        nearest = np.array(
            [a + int(np.argmin(slant[r, a : b + 1])) for r, a, b in zip(row, first, last, strict=True)],
            dtype=np.int64,
        )
        edges = track.midpoints_s
        return (
            np.full(row.size, number), units[row], edges[first], edges[last + 1], track.t_s[nearest],
            slant[row, first], slant[row, nearest], slant[row, last],
        )  # fmt: skip

    def _envelopes(self, track: Track, kind: int) -> tuple[Ints, Bools, Floats]:
        beams, radars = self._firing_beams(kind)
        inside = _reached(beams, track)
        slant = _slant_m(beams, track)
        amsl, agl = track.amsl_m, track.height_agl_m
        needed = np.array([self._effector(u).sensor is not None for u in beams.units], dtype=np.bool_)
        if needed.any():
            by_radar = _reached(radars, track)
            row_of = {int(unit): row for row, unit in enumerate(radars.units)}
            for row in np.flatnonzero(needed):
                radar = row_of.get(int(beams.units[row]))
                inside[row] &= False if radar is None else by_radar[radar]
        tops = np.array([self._effector(u).max_height_amsl_m.value for u in beams.units])
        floors = np.array([self._effector(u).min_height_agl_m.value for u in beams.units])
        inside &= (amsl <= tops[:, None]) & (agl >= floors[:, None])
        return beams.units, inside, slant

    def _effector(self, unit: int) -> Any:
        return self.placed[unit].effector

    def _footprints(self, track: Track, kind: int) -> tuple[Ints, Bools, Floats]:
        """Last leg of a ballistic threat whose target lies in the unit's entered footprint."""
        threat = self.types[kind]
        points = Points(
            track.rows, track.cols, track.x_m, track.y_m, track.amsl_m, float(track.height_agl_m[-1])
        )
        left_m = (track.flight_s - track.t_s) * threat.speed_mps.value
        units, inside, slants = [], [], []
        for number, unit in enumerate(self.placed):
            if unit.effector is None or unit.effector.footprint(threat.threat_class) is None:
                continue
            covered = shoots(self.scenario, self.coverage, unit, threat, points)
            east_m, north_m = self.coverage.position_of(unit.post.site)
            units.append(number)
            inside.append((left_m <= unit.effector.max_range_m.value) & bool(covered[-1]))
            slants.append(np.hypot(track.x_m - east_m, track.y_m - north_m))
        shape = (len(units), track.t_s.size)
        return (
            np.array(units, dtype=np.int64),
            np.array(inside, dtype=np.bool_).reshape(shape),
            np.array(slants, dtype=np.float64).reshape(shape),
        )


def _reached(beams: _Beams, track: Track) -> Bools:
    """Whether each beam reaches each sample, terrain included, shape (units with a beam, samples)."""
    out = np.zeros((beams.units.size, track.t_s.size), dtype=np.bool_)
    amsl = track.amsl_m
    for row, unit in enumerate(beams.units):
        arguments = beams.arguments[unit]
        assert arguments is not None
        window, limits = arguments
        kernel.reach(window, limits, track.rows, track.cols, track.x_m, track.y_m, amsl, out[row])
    return out


def _slant_m(beams: _Beams, track: Track) -> Floats:
    """Slant ranges, shape (units with a beam, samples); flat distance where the ground is unknown."""
    dx, dy = track.x_m - beams.east_m[:, None], track.y_m - beams.north_m[:, None]
    rise = np.nan_to_num(track.amsl_m - beams.antenna_amsl_m[:, None])
    slant: Floats = np.sqrt(dx * dx + dy * dy + rise * rise)
    return slant


def _runs(inside: Bools) -> tuple[Ints, Ints, Ints]:
    """Row, first and last sample of every run of true samples."""
    padded = np.zeros((inside.shape[0], inside.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = inside
    turn = np.diff(padded, axis=1)
    row, first = np.nonzero(turn == 1)
    _, after = np.nonzero(turn == -1)
    return row, first, after - 1
