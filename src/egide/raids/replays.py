"""One trial of a raid to look at: flights with positions over time, and events with their time and place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.geo import unproject
from egide.raids.outcome import OUTCOMES, Replay
from egide.raids.scenario_tables import Built

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POINTS_PER_ROUTE = 49
"""Points kept of a route, besides those at which it turns; between them it is straight to within a line's width."""


@dataclass(frozen=True)
class Flown:
    """Routes that were flown, thinned for drawing, and which threat flew which."""

    lon_deg: Floats
    """Longitudes of the points of all routes behind one another [deg], shape (points,)."""
    lat_deg: Floats
    """Latitudes [deg], shape (points,)."""
    height_agl_m: Floats
    """Heights above ground [m], shape (points,)."""
    t_s: Floats
    """Time since launch [s], shape (points,)."""
    first: Ints
    """Route k has the points `first[k]:first[k + 1]`, shape (routes + 1,)."""
    route: Ints
    """Route of each threat, shape (threats,)."""
    group: tuple[str, ...]
    """Group of each threat."""
    threat_type: tuple[str, ...]
    """Type of each threat."""
    target: tuple[str, ...]
    """Asset each threat flies to."""
    pictures: tuple[str, ...]
    """Names of the air pictures."""

    def points_of(self, threat: int) -> slice:
        """Points of the route of a threat."""
        route = int(self.route[threat])
        return slice(int(self.first[route]), int(self.first[route + 1]))


def flown_of(built: Built, coverage: Coverage) -> Flown:
    """Thin the tracks of a raid, keeping the points at which they turn."""
    tracks = built.geometry.tracks
    kept = [_kept(track.x_m, track.y_m) for track in tracks]
    x_m = np.concatenate([track.x_m[k] for track, k in zip(tracks, kept, strict=True)])
    y_m = np.concatenate([track.y_m[k] for track, k in zip(tracks, kept, strict=True)])
    lon, lat = unproject(x_m, y_m, coverage.grid.crs)
    groups = [built.groups[number] for number in built.group_of_threat]
    return Flown(
        lon_deg=np.round(lon, 5),
        lat_deg=np.round(lat, 5),
        height_agl_m=np.concatenate([t.height_agl_m[k] for t, k in zip(tracks, kept, strict=True)]),
        t_s=np.concatenate([track.t_s[k] for track, k in zip(tracks, kept, strict=True)]),
        first=np.concatenate([[0], np.cumsum([k.size for k in kept])]).astype(np.int64),
        route=built.track_of_threat,
        group=tuple(group.id for group in groups),
        threat_type=tuple(group.threat for group in groups),
        target=tuple(group.target for group in groups),
        pictures=built.picture_labels,
    )


def _kept(x_m: Floats, y_m: Floats) -> Ints:
    last = x_m.size - 1
    even = np.unique(np.linspace(0, last, min(POINTS_PER_ROUTE, last + 1)).round().astype(np.int64))
    heading = np.unwrap(np.arctan2(np.diff(y_m), np.diff(x_m)))
    turns = 1 + np.flatnonzero(np.abs(np.diff(heading)) > np.radians(1.0))
    return np.union1d(even, turns)


@dataclass(frozen=True, eq=False)
class RaidReplay:
    """One trial with its flights and events.

    The first five arrays have one entry for each event, in order of time; `threat` is the number of a
    threat or -1, `actor` a unit or an air picture or empty, `value` the rounds of a shot, hit, miss or
    reload. A picture of what the model played, never of what happened or will.
    """

    trial: int
    t_s: Floats
    """Time since the raid began [s]."""
    event: tuple[str, ...]
    threat: Ints
    actor: tuple[str, ...]
    value: Floats
    lon_deg: Floats
    """Longitude of the threat at the event [deg]; NaN where the event has no threat."""
    lat_deg: Floats
    """Latitude of the threat at the event [deg]."""
    launch_s: Floats
    """Launch of each threat [s], shape (threats,)."""
    end_s: Floats
    """When each threat was destroyed, suppressed, lost or arrived [s], shape (threats,)."""
    code: NDArray[np.uint8]
    """Outcome of each threat, as an index into `OUTCOMES`, shape (threats,)."""
    flown: Flown

    @property
    def outcome(self) -> tuple[str, ...]:
        """Outcome of each threat in words."""
        return tuple(OUTCOMES[code] for code in self.code)

    def position(self, threat: int, t_s: float | Floats) -> tuple[Any, Any]:
        """Longitude and latitude of a threat at times since the raid began [deg]; NaN when it does not fly.

        Raises
        ------
        InputError
            When there is no such threat.
        """
        if not 0 <= threat < self.code.size:
            remedy = f"choose a threat from 0 to {self.code.size - 1}"
            raise InputError.one("RaidReplay.position", "threat", threat, remedy)
        lon, lat = _at(self.flown, threat, np.asarray(t_s, dtype=np.float64) - self.launch_s[threat])
        flies = (t_s >= self.launch_s[threat]) & (t_s <= self.end_s[threat])
        return np.where(flies, lon, np.nan)[()], np.where(flies, lat, np.nan)[()]

    def path(self, threat: int) -> tuple[Floats, Floats, Floats]:
        """Times since the raid began [s], longitudes and latitudes [deg] of one flight, to its end."""
        part = self.flown.points_of(threat)
        times = self.launch_s[threat] + self.flown.t_s[part]
        inside = times < self.end_s[threat]
        times = np.append(times[inside], self.end_s[threat])
        lon, lat = _at(self.flown, threat, times - self.launch_s[threat])
        return times, lon, lat

    def to_frame(self) -> pd.DataFrame:
        """Events as a table."""
        import pandas as pd

        names = ("t_s", "event", "threat", "actor", "value", "lon_deg", "lat_deg")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def to_json(self) -> dict[str, Any]:
        """Flights and events as plain data, for a map that plays them."""
        flights = []
        for threat, outcome in enumerate(self.outcome):
            times, lon, lat = self.path(threat)
            flights.append(
                {
                    "threat": threat, "type": self.flown.threat_type[threat], "group": self.flown.group[threat],
                    "target": self.flown.target[threat], "outcome": outcome,
                    "t_s": np.round(times, 1).tolist(),
                    "lon_deg": np.round(lon, 5).tolist(), "lat_deg": np.round(lat, 5).tolist(),
                }
            )  # fmt: skip
        events = [
            {
                "t_s": round(float(t), 1),
                "event": event,
                "threat": int(threat),
                "actor": actor,
                "value": float(value),
            }
            for t, event, threat, actor, value in zip(
                self.t_s, self.event, self.threat, self.actor, self.value, strict=True
            )
        ]
        return {"trial": self.trial, "flights": flights, "events": events}


def raid_replay(replay: Replay, flown: Flown) -> RaidReplay:
    """Put the engine's replay of a trial on the map."""
    lon, lat = np.full(replay.t_s.size, np.nan), np.full(replay.t_s.size, np.nan)
    for threat in np.unique(replay.threat[replay.threat >= 0]):
        rows = np.flatnonzero(replay.threat == threat)
        lon[rows], lat[rows] = _at(flown, int(threat), replay.t_s[rows] - replay.launch_s[threat])
    names = {f"picture {number}": label for number, label in enumerate(flown.pictures)}
    return RaidReplay(
        trial=replay.trial, t_s=replay.t_s, event=replay.event, threat=replay.threat,
        actor=tuple(names.get(actor, actor) for actor in replay.actor), value=replay.value,
        lon_deg=lon, lat_deg=lat, launch_s=replay.launch_s, end_s=replay.end_s, code=replay.code, flown=flown,
    )  # fmt: skip


def _at(flown: Flown, threat: int, since_launch_s: Floats) -> tuple[Floats, Floats]:
    part = flown.points_of(threat)
    return (
        np.interp(since_launch_s, flown.t_s[part], flown.lon_deg[part]),
        np.interp(since_launch_s, flown.t_s[part], flown.lat_deg[part]),
    )
