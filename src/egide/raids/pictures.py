"""Air pictures of a laydown: who shares tracks with whom at a level of integration, and who coordinates fire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.coverage.reach import Placed
from egide.model.scenario import Scenario
from egide.raids.tables import Pictures

Ints = NDArray[np.int64]

NET_LIMIT = 1000
"""Keys below this are those of nets, from here on those of units' own pictures."""


@dataclass(frozen=True, eq=False)
class SharedPictures:
    """Pictures, and the columns of the fire units that refer to them, one row for each shooter."""

    pictures: Pictures
    labels: tuple[str, ...]
    """Name of each picture: its net, or the unit whose own it is"""
    own: Ints
    """Picture of its own sensor, -1 for none"""
    shared: Ints
    """Picture of its net, -1 where it shares with nobody"""
    group: Ints
    """Shooters of one group coordinate their fire"""


def shared_pictures(
    scenario: Scenario, placed: Sequence[Placed], sensors: Sequence[int], shooters: Sequence[int]
) -> SharedPictures:
    """Make the air pictures of the scenario's level of integration.

    A sensor that shares with nobody and guides nobody still warns: it has a picture of its own.

    Parameters
    ----------
    scenario : Scenario
        With its `command`.
    placed : sequence of Placed
        Units in service.
    sensors, shooters : sequence of int
        Numbers of the placed units in the order of the tables' rows.
    """
    net_of = [_net(scenario, unit) for unit in placed]
    nets = sorted({unit.net for unit in scenario.units})
    labels = [net for net in dict.fromkeys(net_of[unit] for unit in (*sensors, *shooters)) if net is not None]
    firing = set(shooters)
    alone = [unit for unit in sensors if unit in firing or net_of[unit] is None]
    picture_of_net = {net: number for number, net in enumerate(labels)}
    picture_of_unit = {unit: len(labels) + number for number, unit in enumerate(alone)}
    members: list[tuple[int, int]] = []
    for row, unit in enumerate(sensors):
        net = net_of[unit]
        if net is not None:
            members.append((picture_of_net[net], row))
        if unit in picture_of_unit:
            members.append((picture_of_unit[unit], row))
    number = {unit.id: n for n, unit in enumerate(scenario.units)}
    keys = [nets.index(net) if net in nets else len(nets) for net in labels]
    keys += [NET_LIMIT + number[placed[unit].unit.id] for unit in alone]
    command, count = scenario.command, len(labels) + len(alone)
    pictures = Pictures(
        identify_s=np.full(count, command.identify_s),
        decide_s=command.decide_s,
        identify_spread=command.delay_spread_fraction,
        decide_spread=command.delay_spread_fraction,
        shared=np.array([1] * len(labels) + [0] * len(alone), dtype=np.int64),
        key=np.array(keys, dtype=np.int64),
        member_picture=np.array([picture for picture, _ in members], dtype=np.int64),
        member_sensor=np.array([sensor for _, sensor in members], dtype=np.int64),
    )
    shared = [-1 if (net := net_of[unit]) is None else picture_of_net[net] for unit in shooters]
    return SharedPictures(
        pictures,
        (*(f"net {net}" for net in labels), *(f"own sensor of {placed[u].unit.id}" for u in alone)),
        np.array([picture_of_unit.get(unit, -1) for unit in shooters], dtype=np.int64),
        np.array(shared, dtype=np.int64),
        np.array(
            [
                row if row >= 0 else NET_LIMIT + number[placed[u].unit.id]
                for row, u in zip(shared, shooters, strict=True)
            ],
            dtype=np.int64,
        ),
    )


def _net(scenario: Scenario, unit: Placed) -> str | None:
    """Net a unit shares tracks in; None for one that shares with nobody."""
    if scenario.command.integration == "own" or not unit.unit.linked:
        return None
    return unit.unit.net if scenario.command.integration == "local" else "theatre"
