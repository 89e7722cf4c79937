"""Integration levels: who shares tracks with whom, and who coordinates fire.

The same sensors and units at three levels give three raids on common random numbers; the paired difference of
their leakers and rounds is what integration is worth, under the model's assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import InputError, Problem
from egide.raids.tables import Pictures

Ints = NDArray[np.int64]


class IntegrationLevel(StrEnum):
    """Who a unit gets tracks from."""

    OWN = "own"
    """Its own sensor only; nobody coordinates."""
    LOCAL = "local"
    """The sensors of its local net, which coordinates its fire."""
    THEATRE = "theatre"
    """Every linked sensor; all linked units coordinate."""


@dataclass(frozen=True, eq=False)
class Integration:
    """Pictures of a level, and the columns of the fire units that refer to them."""

    pictures: Pictures
    picture: Ints
    """(units,) picture each unit fights from, -1 for none"""
    fallback_picture: Ints
    """(units,) picture of its own sensor for nights without its link, -1 for none"""
    group: Ints
    """(units,) units of one group coordinate"""
    own_picture: Ints
    """(units,) picture of its own sensor, -1 for none; for units that must see for themselves"""


def integrate(
    level: IntegrationLevel | str,
    *,
    sensor_net: ArrayLike,
    unit_net: ArrayLike,
    unit_sensor: ArrayLike,
    sensor_linked: ArrayLike = True,
    unit_linked: ArrayLike = True,
    identify_s: float = 0.0,
    decide_s: float = 0.0,
    identify_spread: float = 0.0,
    decide_spread: float = 0.0,
    **picture_columns: Any,
) -> Integration:
    """Make the air pictures of an integration level.

    Parameters
    ----------
    level : IntegrationLevel or str
        `own`, `local` or `theatre`.
    sensor_net, unit_net : array_like of int, shape (sensors,), (units,)
        Local net of each.
    unit_sensor : array_like of int, shape (units,)
        Sensor that belongs to the unit, -1 for none.
    sensor_linked, unit_linked : array_like of bool
        Whether it reports to, or hears, anybody else; an unlinked unit fights from its own sensor alone.
    identify_s, decide_s : float
        Median delays of every picture [s].
    identify_spread, decide_spread : float
        Standard deviations of their logarithms [1].
    **picture_columns
        Further columns of `Pictures`, such as `fusion`.

    Returns
    -------
    Integration
        Shared pictures first (one for each net, or one for the theatre), then one for each unit with a
        sensor. Picture keys do not depend on the level: own pictures are known by their unit.
    """
    nets, home, own = (
        np.atleast_1d(np.asarray(x, dtype=np.int64)) for x in (sensor_net, unit_net, unit_sensor)
    )
    _check(level, nets, home, own)
    level = IntegrationLevel(level)
    reports = np.broadcast_to(np.asarray(sensor_linked, dtype=bool), nets.shape)
    hears = np.broadcast_to(np.asarray(unit_linked, dtype=bool), home.shape)
    if level is IntegrationLevel.OWN:
        hears = np.zeros_like(hears)
    theatre = level is IntegrationLevel.THEATRE
    shared_net = np.zeros_like(nets) if theatre else nets
    labels = np.unique(np.zeros_like(home[hears]) if theatre else home[hears])
    members: list[tuple[int, int]] = []
    for p, label in enumerate(labels):
        members += [(p, int(s)) for s in np.flatnonzero(reports & (shared_net == label))]
    picture = np.full(home.size, -1, dtype=np.int64)
    unit_label = np.zeros_like(home) if theatre else home
    picture[hears] = np.searchsorted(labels, unit_label[hears])
    own_picture = np.full(home.size, -1, dtype=np.int64)
    with_sensor = np.flatnonzero(own >= 0)
    own_picture[with_sensor] = labels.size + np.arange(with_sensor.size)
    members += [(int(own_picture[u]), int(own[u])) for u in with_sensor]
    picture = np.where(hears, picture, own_picture)
    # A group of its own for everybody who coordinates with nobody.
    group = np.where(hears, picture, labels.size + np.arange(home.size))
    pairs = np.asarray(members, dtype=np.int64).reshape(-1, 2)
    count = labels.size + with_sensor.size
    pictures = Pictures(
        identify_s=np.full(count, identify_s),
        decide_s=decide_s,
        identify_spread=identify_spread,
        decide_spread=decide_spread,
        shared=np.concatenate([np.ones(labels.size), np.zeros(with_sensor.size)]),
        key=np.concatenate([labels, 1000 + with_sensor]),
        member_picture=pairs[:, 0],
        member_sensor=pairs[:, 1],
        **picture_columns,
    )
    return Integration(pictures, picture, np.where(hears, own_picture, -1), group, own_picture)


def _check(level: object, nets: Ints, home: Ints, own: Ints) -> None:
    problems = []
    if level not in tuple(IntegrationLevel):
        problems.append(Problem("integrate", "level", level, "choose own, local or theatre"))
    if own.shape != home.shape:
        problems.append(
            Problem("integrate", "unit_sensor", own.shape, f"give one for each of {home.size} units")
        )
    elif np.any((own < -1) | (own >= nets.size)):
        remedy = f"give a sensor from 0 to {nets.size - 1}, or -1 for none"
        problems.append(Problem("integrate", "unit_sensor", None, remedy))
    for name, values in (("sensor_net", nets), ("unit_net", home)):
        if np.any((values < 0) | (values >= 1000)):
            problems.append(Problem("integrate", name, None, "number the nets from 0 to 999"))
    if problems:
        raise InputError(problems)
