"""Which air pictures give orders, and which are looked at only as long as they can still matter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.raids.tables import RaidTables


def ordering_pictures(tables: RaidTables) -> Any:
    """1 for pictures some unit fights from, if only on nights without its link; others only hold tracks."""
    units = tables.units
    cut = units.link_fraction < 1.0
    return np.isin(np.arange(len(tables.pictures)), [*units.picture, *units.fallback_picture[cut]])


def spare_pictures(tables: RaidTables) -> NDArray[np.bool_]:
    """Pictures that another one always forestalls: it has all their sensors on every night, and warns as they do.

    Nobody fights from them; all they can do is to hold back a unit that must see the threat itself.
    """
    pictures = tables.pictures
    feeds = np.zeros((len(pictures), len(tables.sensors)), dtype=np.bool_)
    feeds[pictures.member_picture, pictures.member_sensor] = True
    tracks = np.array([fusion == "tracks" for fusion in pictures.fusion], dtype=np.bool_)
    cut = tables.sensors.link_fraction < 1.0
    leading = tracks & (pictures.warns != 0) & ((pictures.shared == 0) | ~(feeds & cut).any(axis=1))
    spare = tracks & ~ordering_pictures(tables)
    for p in np.flatnonzero(spare):
        others = leading & (feeds | ~feeds[p]).all(axis=1)
        # Of two pictures with the same sensors the first leads, or they would excuse each other.
        others[p:] &= ~(feeds[p:] == feeds[p]).all(axis=1)
        spare[p] = others.any()
    return np.asarray(spare, dtype=np.bool_)


def useful_until(tables: RaidTables, threat: Any, sensor: Any, spare: NDArray[np.bool_]) -> Any:
    """For pairs of threat and sensor: when the last window closes of a unit that must see it in a spare picture."""
    windows, pictures, sensors = tables.fire_windows, tables.pictures, len(tables.sensors)
    seen_by: dict[int, list[int]] = {}
    for picture, member in zip(pictures.member_picture, pictures.member_sensor, strict=True):
        if spare[picture]:
            seen_by.setdefault(int(picture), []).append(int(member))
    last = np.full((len(tables.threats), sensors + 1), -1.0)
    must = tables.units.must_see_picture[windows.unit.astype(np.int64)] if windows.unit.size else np.zeros(0)
    for picture, members in seen_by.items():
        rows = np.flatnonzero(must == picture)
        for member in members:
            np.maximum.at(last[:, member], windows.threat[rows].astype(np.int64), windows.exit_s[rows])
    return np.nextafter(last[threat, sensor], np.inf)
