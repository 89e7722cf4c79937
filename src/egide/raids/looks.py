"""Looks: stays of threats in sensors' cover, cut where the detection probability of one scan changes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from egide.coverage.single_scan import single_scan_pd, surroundings_of
from egide.model.scenario import Scenario
from egide.raids.geometry import Geometry

PD_STEPS = (0.05, 0.3, 0.7)
"""Detection probabilities of one scan at which a stay is cut; below the first nothing is counted. Ten steps instead
of three move leakers on the packaged theatre by a fifth of a Monte-Carlo error at 400 trials."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Looks:
    """Stays of tracks in the cover of sensors at about one detection probability, shape (looks,)."""

    track: Ints
    unit: Ints
    """Number of the placed unit."""
    entry_s: Floats
    """[s since launch]"""
    exit_s: Floats
    pd_fraction: Floats
    """Mean detection probability of one scan [1]."""


def looks_of(scenario: Scenario, geometry: Geometry) -> Looks:
    """Give every sighting its detection probability, and gather runs of about the same.

    Parameters
    ----------
    scenario : Scenario
        Whose catalogue's echoes and ranges count; they may differ from those of the geometry.
    geometry : Geometry

    Returns
    -------
    Looks
        In order of track, unit and time.
    """
    seen = geometry.sightings
    pd = _pd(scenario, geometry)
    level = np.searchsorted(PD_STEPS, pd, side="right")
    if level.size == 0:
        nothing, empty = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Looks(nothing, nothing, empty, empty, empty)
    new = np.ones(level.size, dtype=np.bool_)
    new[1:] = (
        (np.diff(seen.track) != 0)
        | (np.diff(seen.unit) != 0)
        | (np.diff(seen.sample) != 1)
        | (np.diff(level) != 0)
    )
    first = np.flatnonzero(new)
    last = np.append(first[1:], level.size) - 1
    mean = np.add.reduceat(pd, first) / (last - first + 1)
    keep = level[first] > 0
    first, last, mean = first[keep], last[keep], mean[keep]
    offset, edges = _edges(geometry)
    at = offset[seen.track[first]]
    return Looks(
        seen.track[first], seen.unit[first],
        edges[at + seen.sample[first]], edges[at + seen.sample[last] + 1], mean,
    )  # fmt: skip


def _edges(geometry: Geometry) -> tuple[Ints, Floats]:
    """Where each track's midpoints begin in all of them behind one another, and these [s]."""
    parts = [track.midpoints_s for track in geometry.tracks]
    sizes = [part.size for part in parts]
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64), np.concatenate(parts)


def _pd(scenario: Scenario, geometry: Geometry) -> Floats:
    """Detection probability of one scan at every sighting [1]; sensors of one type are worked out together."""
    seen = geometry.sightings
    kinds = {
        s.id: k for k, s in enumerate({u.sensor.id: u.sensor for u in geometry.placed if u.sensor}.values())
    }
    kind_of_unit = np.array(
        [-1 if u.sensor is None else kinds[u.sensor.id] for u in geometry.placed], dtype=np.int64
    )
    pair = geometry.track_type[seen.track] * max(1, len(kinds)) + kind_of_unit[seen.unit]
    order = np.argsort(pair, kind="stable")
    pd = np.zeros(pair.size)
    bounds = np.flatnonzero(np.diff(pair[order], prepend=-1, append=-1))
    names = list(kinds)
    surroundings = surroundings_of(scenario.weather)
    for low, high in pairwise(bounds.tolist()):
        rows = order[low:high]
        number, kind = divmod(int(pair[rows[0]]), max(1, len(kinds)))
        sensor = scenario.catalogue.sensor(names[kind])
        threat = scenario.catalogue.threat(geometry.threat_types[number].id)
        pd[rows] = single_scan_pd(
            sensor, seen.slant_m[rows], threat.rcs_m2.value, threat, surroundings=surroundings
        )
    return pd
