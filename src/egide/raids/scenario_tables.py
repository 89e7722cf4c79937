"""From a scenario, its coverage and a laydown to the simulator's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.coverage.reach import Placed
from egide.coverage.result import Coverage
from egide.errors import InputError, Problem
from egide.model.catalogue_types import EffectorKind, ThreatClass, ThreatType
from egide.model.raid import Raid, RaidGroup
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.circumstances import Circumstances
from egide.raids.geometry import Geometry, geometry_of
from egide.raids.pictures import SharedPictures, shared_pictures
from egide.raids.tables import (
    Classes,
    FireUnits,
    Jammers,
    NightEffect,
    RaidTables,
    Rules,
    Sensors,
    Threats,
)
from egide.raids.window_rows import Copies, fire_windows, sensor_windows, soft_windows

Ints = NDArray[np.int64]

DRONES = frozenset({ThreatClass.ONE_WAY_DRONE, ThreatClass.DECOY_DRONE, ThreatClass.RECONNAISSANCE_DRONE,
                    ThreatClass.SMALL_DRONE})  # fmt: skip
"""Classes that a unit's own reserve level is kept back from."""

WORTH = {ThreatClass.CRUISE_MISSILE: 5.0, ThreatClass.BALLISTIC_MISSILE: 8.0,
         ThreatClass.AEROBALLISTIC_MISSILE: 8.0, ThreatClass.GUIDED_BOMB: 3.0}  # fmt: skip
"""Worth of stopping a class relative to a drone [1]; assumed: orders waiting lines, nothing else."""

TURNAROUND_S = {"fighter": 900.0, "interceptor_drone": 120.0}
"""Time until an airborne effector's channel is free again after an engagement [s]; assumed."""

SOFT_SHAPE = 4.0
"""Shape of the night effect on jamming [1]; assumed: nights differ by half of the mean."""

GROUP_KEYS = 10_000
"""Threats of one group have this many keys, so that groups do not move each other's draws."""


@dataclass(frozen=True, eq=False)
class Built:
    """Tables, and what their rows stand for."""

    tables: RaidTables
    geometry: Geometry
    threat_types: tuple[ThreatType, ...]
    """Type of each class of the tables."""
    fire_units: tuple[Placed, ...]
    """Unit of each row of the fire units."""
    sensors: tuple[Placed, ...]
    group_of_threat: Ints
    track_of_threat: Ints
    picture_labels: tuple[str, ...]
    """Name of each air picture."""

    @property
    def groups(self) -> tuple[RaidGroup, ...]:
        """Groups of the raid."""
        return self.geometry.groups


def build_tables(
    scenario: Scenario,
    coverage: Coverage,
    laydown: Laydown,
    raid: Raid,
    seed: int,
    given: Circumstances | None = None,
) -> Built:
    """Write one raid against one laydown as tables.

    Parameters
    ----------
    scenario, coverage, laydown, raid
        What flies, and what stands where.
    seed : int
        Of the sideways offsets of routes.
    given : Circumstances, optional
        What differs from what the scenario states.

    Raises
    ------
    InputError
        When the raid has no group or one too large, or the circumstances name what is not there.
    """
    given = given or Circumstances()
    groups = scenario.groups_of(raid.id)
    if not groups:
        raise InputError.one("raid_groups.csv", "raid", raid.id, "has no group; add one")
    remedy = f"exceeds the {GROUP_KEYS} threats that one group may have here; split the group"
    large = [
        Problem("raid_groups.csv", f"{g.id}.count", g.count, remedy) for g in groups if g.count > GROUP_KEYS
    ]
    if large:
        raise InputError(large)
    scenario, laydown = given.applied(scenario, laydown)
    return tables_of(scenario, geometry_of(scenario, coverage, laydown, raid, seed), given)


def tables_of(scenario: Scenario, geometry: Geometry, given: Circumstances) -> Built:
    """Write a geometry and the figures of a scenario as tables.

    Parameters
    ----------
    scenario : Scenario
        With its circumstances applied; its catalogue's figures may differ from those of the geometry, its
        units, groups and speeds may not.
    geometry : Geometry
    given : Circumstances
        Rules, links, readiness and reserves that no noun of the scenario holds.
    """
    placed, groups = geometry.placed, geometry.groups
    types = tuple(scenario.catalogue.threat(threat.id) for threat in geometry.threat_types)
    placed = tuple(_refreshed(scenario, unit) for unit in placed)
    sensors = [n for n, unit in enumerate(placed) if unit.sensor is not None]
    jammers = [n for n, unit in enumerate(placed) if _jams(unit)]
    shooters = [n for n, unit in enumerate(placed) if unit.effector is not None and not _jams(unit)]
    kinds = tuple(dict.fromkeys(_class_of(placed[n]) for n in shooters)) or ("none",)
    threats, group_of_threat, track_of_threat = _threats(geometry, types)
    rows = _Rows(scenario, placed, types, given)
    shared = shared_pictures(scenario, placed, sensors, shooters)
    copies = Copies(track_of_threat, len(geometry.tracks))
    command = scenario.command
    tables = RaidTables(
        threats=threats,
        classes=_classes(scenario, types),
        units=rows.fire_units(shooters, kinds, shared),
        fire_windows=fire_windows(scenario, geometry, placed, copies, shooters),
        kill_probability=_kill(scenario, kinds, types),
        pictures=shared.pictures,
        sensors=rows.sensors(sensors),
        sensor_windows=sensor_windows(scenario, geometry, copies, sensors),
        jammers=rows.jammers(jammers),
        soft_windows=soft_windows(geometry, placed, copies, jammers),
        night=NightEffect(
            kill_concentration=command.night_concentration,
            lost_concentration=command.night_concentration,
            soft_shape=SOFT_SHAPE,
            bad_night_fraction=command.common_cause_fraction,
        ),
        rules=Rules(assignment=given.assignment, doctrines=(command.doctrine,)),
        target_labels=tuple(dict.fromkeys(group.target for group in groups)),
        unit_labels=tuple(placed[n].unit.id for n in shooters),
        sensor_labels=tuple(placed[n].unit.id for n in sensors),
    )
    return Built(
        tables, geometry, types, tuple(placed[n] for n in shooters), tuple(placed[n] for n in sensors),
        group_of_threat, track_of_threat, shared.labels,
    )  # fmt: skip


def _refreshed(scenario: Scenario, unit: Placed) -> Placed:
    """The unit with the types of this scenario's catalogue."""
    catalogue = scenario.catalogue
    sensor = None if unit.sensor is None else catalogue.sensor(unit.sensor.id)
    effector = None if unit.effector is None else catalogue.effector(unit.effector.id)
    return Placed(unit.unit, unit.post, sensor, effector, unit.mast_m, unit.surroundings)


def _jams(unit: Placed) -> bool:
    return unit.effector is not None and unit.effector.kind is EffectorKind.JAMMER


def _class_of(unit: Placed) -> str:
    assert unit.effector is not None
    return unit.effector.effector_class


def _threats(geometry: Geometry, types: tuple[ThreatType, ...]) -> tuple[Threats, Ints, Ints]:
    """One row a threat; its key is its place in its group, so that groups do not move each other's draws."""
    number_of = {threat.id: number for number, threat in enumerate(types)}
    groups, tracks = geometry.groups, geometry.tracks
    targets = list(dict.fromkeys(group.target for group in groups))
    of_group = np.array([track.group for track in tracks])
    flight = np.array([track.flight_s for track in tracks])
    columns: dict[str, list[Any]] = {
        name: [] for name in ("group", "track", "key", "cls", "target", "launch", "spread", "value")
    }
    for number, group in enumerate(groups):
        k = np.arange(group.count)
        routes = np.flatnonzero(of_group == number)
        wave_s = group.spread_s / group.waves
        worth = WORTH.get(types[number_of[group.threat]].threat_class, 1.0)
        columns["group"].append(np.full(group.count, number))
        columns["track"].append(routes[k % routes.size])
        columns["key"].append(number * GROUP_KEYS + k)
        columns["cls"].append(np.full(group.count, number_of[group.threat]))
        columns["target"].append(np.full(group.count, targets.index(group.target)))
        columns["launch"].append(group.start_s + (k * group.waves // group.count) * wave_s)
        columns["spread"].append(np.full(group.count, wave_s))
        columns["value"].append(np.full(group.count, worth))
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    threats = Threats(
        class_index=joined["cls"], target_index=joined["target"], launch_s=joined["launch"],
        launch_spread_s=joined["spread"], flight_s=flight[joined["track"]], value=joined["value"],
        key=joined["key"],
    )  # fmt: skip
    return threats, joined["group"].astype(np.int64), joined["track"].astype(np.int64)


def _classes(scenario: Scenario, types: tuple[ThreatType, ...]) -> Classes:
    command = scenario.command
    decoys = [threat.threat_class is ThreatClass.DECOY_DRONE for threat in types]
    drones = [n for n, threat in enumerate(types) if threat.threat_class is ThreatClass.ONE_WAY_DRONE]
    return Classes(
        labels=[threat.id for threat in types],
        ignored_fraction=[
            command.decoy_recognised_fraction if decoy else command.threat_mistaken_fraction
            for decoy in decoys
        ],
        lost_fraction=[threat.lost_fraction.value for threat in types],
        apparent_class=[drones[0] if decoy and drones else n for n, decoy in enumerate(decoys)],
        decoy=[int(decoy) for decoy in decoys],
    )


def _kill(scenario: Scenario, kinds: tuple[str, ...], types: tuple[ThreatType, ...]) -> NDArray[np.float64]:
    """Kill probability by class of effector and class of threat; 0 where the catalogue pairs them not."""
    known = {
        (entry.effector_class, entry.threat_class): entry.pk_fraction.value
        for entry in scenario.catalogue.kill_probabilities
    }
    return np.array([[known.get((kind, threat.threat_class), 0.0) for threat in types] for kind in kinds])


class _Rows:
    """Rows of what senses, shoots and jams.

    Draws are addressed by a unit's place in the scenario's list, so that it keeps its luck under another
    laydown; its sensor and its effector have one crew and are ready on the same nights.
    """

    def __init__(
        self,
        scenario: Scenario,
        placed: tuple[Placed, ...],
        types: tuple[ThreatType, ...],
        given: Circumstances,
    ) -> None:
        self.scenario = scenario
        self.placed = placed
        self.types = types
        self.given = given
        number = {unit.id: n for n, unit in enumerate(scenario.units)}
        self.keys = [number[unit.unit.id] for unit in placed]

    def _ready(self, unit: Placed, figure: float) -> float:
        stated = unit.unit.availability_fraction
        return self.given.readiness_fraction * (figure if stated is None else stated)

    def sensors(self, numbers: list[int]) -> Sensors:
        types = [sensor for n in numbers if (sensor := self.placed[n].sensor) is not None]
        keys = [self.keys[n] for n in numbers]
        return Sensors(
            scan_period_s=[sensor.scan_period_s.value for sensor in types],
            bad_night_pd_fraction=self.scenario.command.bad_night_pd_fraction,
            availability_fraction=[
                self._ready(self.placed[n], sensor.availability_fraction.value)
                for n, sensor in zip(numbers, types, strict=True)
            ],
            ready_key=keys,
            link_fraction=[self.given.link_fraction if self.placed[n].unit.linked else 0.0 for n in numbers],
            link_key=keys,
            key=keys,
        )

    def fire_units(self, numbers: list[int], kinds: tuple[str, ...], shared: SharedPictures) -> FireUnits:
        if not numbers:
            return FireUnits(kind_index=np.zeros(0, dtype=np.int64))
        columns: dict[str, list[Any]] = {}
        for row, n in enumerate(numbers):
            for name, value in self._fire_unit(n, kinds, shared, row).items():
                columns.setdefault(name, []).append(value)
        return FireUnits(**columns)

    def _fire_unit(self, n: int, kinds: tuple[str, ...], shared: SharedPictures, row: int) -> dict[str, Any]:
        unit, effector = self.placed[n].unit, self.placed[n].effector
        assert effector is not None
        own, net = int(shared.own[row]), int(shared.shared[row])
        return {
            "kind_index": kinds.index(effector.effector_class),
            "channels": effector.channels.count,
            "ready_rounds": effector.ready_rounds.count if unit.ready_rounds is None else unit.ready_rounds,
            "store_rounds": unit.rounds_in_store,
            "reload_s": effector.reload_s.value,
            "reaction_s": effector.reaction_s.value,
            "assess_s": effector.assess_s.value,
            "turnaround_s": TURNAROUND_S.get(effector.effector_class, 0.0),
            "picture": net if net >= 0 else own,
            "fallback_picture": own if net >= 0 else -1,
            "must_see_picture": own if effector.sensor is not None else -1,
            "group": int(shared.group[row]),
            "availability_fraction": self._ready(self.placed[n], effector.availability_fraction.value),
            "ready_key": self.keys[n],
            "link_fraction": self.given.link_fraction if unit.linked else 1.0,
            "link_key": self.keys[n],
            "reserve_rounds": [self._reserve(unit.reserve_rounds, threat) for threat in self.types],
        }

    def _reserve(self, of_unit: int, threat: ThreatType) -> int:
        own = of_unit if threat.threat_class in DRONES else 0
        return max(own, self.given.reserve_rounds.get(threat.threat_class.value, 0))

    def jammers(self, numbers: list[int]) -> Jammers:
        shares = []
        for n in numbers:
            effector = self.placed[n].effector
            assert effector is not None
            shares.append(self._ready(self.placed[n], effector.availability_fraction.value))
        keys = [self.keys[n] for n in numbers]
        return Jammers(availability_fraction=shares, ready_key=keys, key=keys)
