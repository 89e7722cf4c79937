"""Integration levels: who sees, who coordinates, and that sharing tracks never loses a track."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.raids.cases import plain_raid, random_raid

from egide.errors import InputError
from egide.raids.engine import run_raid
from egide.raids.integration import IntegrationLevel, integrate
from egide.raids.snapshots import snapshot_regret
from egide.raids.tables import FireUnits, NightEffect, RaidTables

NETS = {"sensor_net": [0, 0, 1], "unit_net": [0, 0, 1, 1], "unit_sensor": [0, -1, 2, -1]}


def members(found: object, p: int) -> set[int]:
    pictures = found.pictures  # type: ignore[attr-defined]
    return set(pictures.member_sensor[pictures.member_picture == p].tolist())


def test_each_level_sees_what_its_name_says() -> None:
    """Own: one's own sensor or nothing; local: the net's; theatre: all. Groups follow."""
    own, local, theatre = (integrate(level, **NETS) for level in IntegrationLevel)
    assert [members(own, p) if p >= 0 else set() for p in own.picture] == [{0}, set(), {2}, set()]
    assert len(set(own.group.tolist())) == 4
    assert [members(local, p) for p in local.picture] == [{0, 1}, {0, 1}, {2}, {2}]
    assert len(set(local.group.tolist())) == 2
    assert [members(theatre, p) for p in theatre.picture] == [{0, 1, 2}] * 4
    assert len(set(theatre.group.tolist())) == 1
    assert [members(theatre, p) if p >= 0 else set() for p in theatre.fallback_picture] == [
        {0},
        set(),
        {2},
        set(),
    ]


def test_an_unlinked_unit_and_an_unlinked_sensor_are_on_their_own() -> None:
    """Outside the net: the sensor reports to nobody else, the unit fights from its own sensor, in its own group."""
    found = integrate(
        "theatre", **NETS, sensor_linked=[False, True, True], unit_linked=[False, True, True, True]
    )
    assert members(found, found.picture[0]) == {0}
    assert members(found, found.picture[1]) == {1, 2}
    assert found.group[0] not in found.group[1:]


def test_wrong_levels_and_sensors_are_refused_together() -> None:
    """All problems of the call come at once."""
    with pytest.raises(InputError, match="2 problems"):
        integrate("galaxy", sensor_net=[0], unit_net=[0], unit_sensor=[5])


def at_level(tables: RaidTables, level: str) -> RaidTables:
    """The same raid with its sensors and units integrated at another level."""
    units, sensors = len(tables.units), len(tables.sensors)
    found = integrate(
        level,
        sensor_net=np.arange(sensors) % 2,
        unit_net=np.arange(units) % 2,
        unit_sensor=np.arange(units) % sensors,
        identify_s=20.0,
    )
    table = dataclasses.replace(
        tables.units,
        picture=found.picture,
        fallback_picture=found.fallback_picture,
        must_see_picture=np.full(units, -1),
        group=found.group,
    )
    return dataclasses.replace(tables, pictures=found.pictures, units=table, night=NightEffect())


def test_more_integration_never_tracks_later() -> None:
    """First tracks of any picture are the same at every level: sensors see what they see."""
    tables = random_raid(3, threats=60)
    tables = dataclasses.replace(
        tables, sensors=dataclasses.replace(tables.sensors, link_fraction=np.ones(6))
    )
    own, theatre = (run_raid(at_level(tables, level), trials=30, seed=1) for level in ("own", "theatre"))
    np.testing.assert_array_equal(own.warning_s, theatre.warning_s)


def test_the_worth_of_integration_can_be_measured() -> None:
    """On common random numbers the theatre net lets fewer through than own sensors alone, here clearly."""
    tables = random_raid(3, threats=60)
    own, theatre = (
        run_raid(at_level(tables, level), trials=200, seed=1).leakers() for level in ("own", "theatre")
    )
    gain = (own - theatre).astype(float)
    assert gain.mean() > 3 * gain.std(ddof=1) / np.sqrt(gain.size)


def test_snapshots_report_the_rule_against_the_proved_optimum() -> None:
    """Regret is never negative, moments too large are counted, empty ones left out."""
    tables = random_raid(5, threats=25, units=4)
    found = snapshot_regret(tables, np.arange(0.0, 2000.0, 50.0), shot_limit=8)
    assert found.t_s.size > 5
    assert np.all(found.regret >= -1e-9)
    tight = snapshot_regret(tables, np.arange(0.0, 2000.0, 50.0), shot_limit=2)
    assert tight.set_aside > found.set_aside


def test_a_snapshot_of_a_known_instance_has_its_known_regret() -> None:
    """Greedy sends the flexible unit to the dear target; the optimum sends the other there."""
    units = FireUnits(kind_index=[0, 1], channels=1)
    tables = plain_raid(
        [0.0, 0.0, 0.0], 10.0, kill=[[0.9, 0.8], [0.8, 0.0]], classes=[0, 1], units=units,
        unit=[0, 1, 0], threat=[0, 0, 1],
    )  # fmt: skip
    found = snapshot_regret(tables, [5.0])
    assert found.best_value[0] == pytest.approx(0.2 + 0.2)
    assert found.rule_value[0] == pytest.approx(1.02)
