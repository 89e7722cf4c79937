"""Summaries of a raid's outcome, and what is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.raids.cases import plain_raid, random_raid

from egide.errors import InputError
from egide.raids.engine import run_raid
from egide.raids.outcome import BALANCED, OUTCOMES, RaidOutcome
from egide.raids.tables import Classes, FireUnits, FireWindows, Rules, Sensors, Threats


@pytest.fixture(scope="module")
def outcome() -> RaidOutcome:
    return run_raid(random_raid(21, threats=60), trials=300, seed=5)


def test_groups_add_up_to_all(outcome: RaidOutcome) -> None:
    """Leakers by class and by target add up to all leakers in every trial."""
    np.testing.assert_array_equal(outcome.leakers_by_class().sum(axis=1), outcome.leakers())
    np.testing.assert_array_equal(outcome.leakers_by_target(decoys=True).sum(axis=1), outcome.leakers())
    harmful = outcome.leakers_by_class()[:, [0, 2]].sum(axis=1)
    np.testing.assert_array_equal(outcome.leakers(decoys=False), harmful)
    np.testing.assert_array_equal(outcome.leakers_by_target().sum(axis=1), harmful)


def test_predictive_quantiles_are_not_monte_carlo_errors(outcome: RaidOutcome) -> None:
    """Four times the trials halve the error of the mean and leave the quantiles of a night where they are."""
    more = run_raid(outcome.tables, trials=1200, seed=5)
    ratio = outcome.monte_carlo_error()[0] / more.monte_carlo_error()[0]
    assert ratio == pytest.approx(2.0, rel=0.15)
    np.testing.assert_allclose(more.quantiles(), outcome.quantiles(), atol=2.0)
    assert np.all(np.diff(outcome.quantiles("target"), axis=1) >= 0)


def test_the_frame_says_what_the_arrays_say(outcome: RaidOutcome) -> None:
    """One row for all, for each class and each target, with mean, error and quantiles."""
    frame = outcome.to_frame()
    assert frame["of"].tolist() == ["all", *["class"] * 3, *["target"] * 2]
    assert frame["label"].tolist()[1:4] == ["drone", "decoy", "missile"]
    assert frame["launched"].iloc[0] == 60
    assert frame["mean"].iloc[0] == pytest.approx(outcome.leakers().mean())
    assert frame["q50"].iloc[0] == outcome.quantiles()[0, BALANCED.index(0.5)]


def test_exposure_and_expenditure_weigh_what_they_say(outcome: RaidOutcome) -> None:
    """People exposed counts a target once however many reach it; cost is rounds times price."""
    exposed = outcome.exposed([100.0, 1.0])
    hit = outcome.leakers_by_target() > 0
    np.testing.assert_array_equal(exposed, 100.0 * hit[:, 0] + hit[:, 1])
    np.testing.assert_allclose(outcome.protected_fraction(), 1.0 - hit.mean(axis=0))
    np.testing.assert_allclose(outcome.expenditure(np.full(8, 2.0)), 2.0 * outcome.shots.sum(axis=1))
    with pytest.raises(InputError, match="one weight"):
        outcome.exposed([1.0])
    with pytest.raises(InputError, match="one price"):
        outcome.expenditure([1.0])


def test_warning_time_is_missing_where_nothing_was_tracked() -> None:
    """Threats known from their launch warn by their whole flight; unseen targets have no warning, not
    zero."""
    tables = plain_raid(np.zeros(2), 9.0)
    tables = dataclasses.replace(
        tables,
        threats=Threats(class_index=[0, 0], target_index=[0, 1], flight_s=[10.0, 20.0]),
        target_labels=("near", "far"),
    )
    warning = run_raid(tables, trials=3, seed=1).warning_by_target((0.5,))
    np.testing.assert_allclose(warning[:, 0], [10.0, 20.0])
    deaf = dataclasses.replace(tables, pictures=dataclasses.replace(tables.pictures, fusion="tracks"))
    assert np.isnan(run_raid(deaf, trials=3, seed=1).warning_by_target()).all()


def test_what_is_not_there_is_refused(outcome: RaidOutcome) -> None:
    """Unknown groups, trials outside the run, and joins that do not fit say so."""
    with pytest.raises(InputError, match="all, class or target"):
        outcome.quantiles("asset")
    with pytest.raises(InputError, match="from 0 to 299"):
        outcome.replay(300)
    with pytest.raises(InputError, match="follow"):
        outcome.joined(outcome)


def test_all_problems_of_the_tables_come_at_once() -> None:
    """Ten mistakes in ten places are ten problems in one error, each naming its place."""
    tables = random_raid(1)
    wrong = dataclasses.replace(
        tables,
        threats=dataclasses.replace(tables.threats, flight_s=np.zeros(30), class_index=np.full(30, 7)),
        classes=Classes(labels=["drone", "decoy", "missile"], ignored_fraction=[0.1, 1.4, 0.0]),
        sensors=dataclasses.replace(tables.sensors, confirm_m=np.full(6, 9), scan_period_s=np.full(6, -1.0)),
        units=dataclasses.replace(tables.units, channels=np.zeros(8), reaction_s=np.full(8, np.nan)),
        fire_windows=dataclasses.replace(tables.fire_windows, exit_s=np.zeros(120)),
        rules=Rules(assignment="luck", doctrines=("S-L-S", "S-S", "L")),
    )
    with pytest.raises(InputError) as caught:
        run_raid(wrong, trials=0, seed=1)
    fields = [problem.field.split("[")[0] for problem in caught.value.problems]
    for name in (
        "trials", "threats.flight_s", "threats.class_index", "classes.ignored_fraction", "sensors.confirm_m",
        "sensors.scan_period_s", "units.channels", "units.reaction_s", "fire_windows.exit_s",
        "rules.assignment", "rules.doctrines",
    ):  # fmt: skip
        assert name in fields, name
    assert "[0]" in str(caught.value)


def test_a_doctrine_that_asks_for_rounds_that_do_not_exist_is_refused() -> None:
    """A salvo of two from a launcher of one is an error; an empty launcher is a state of affairs."""
    units = FireUnits(kind_index=[0], ready_rounds=1)
    with pytest.raises(InputError, match="fires 2 at once"):
        run_raid(plain_raid([0.0], [5.0], units=units, doctrine="S-S"), trials=1, seed=1)
    empty = FireUnits(kind_index=[0], ready_rounds=0)
    outcome = run_raid(plain_raid([0.0], [5.0], units=empty, doctrine="S-S"), trials=1, seed=1)
    assert OUTCOMES[outcome.code[0, 0]] == "no round"


def test_windows_of_nobody_are_refused() -> None:
    """A window of a unit or threat that does not exist, or columns of unequal length, name the row."""
    tables = plain_raid([0.0], [5.0])
    for windows in (
        FireWindows(threat=[0], unit=[3], entry_s=0.0, exit_s=1.0),
        FireWindows(threat=[2], unit=[0], entry_s=0.0, exit_s=1.0),
        FireWindows(threat=[0], unit=[0], entry_s=[0.0, 1.0], exit_s=1.0),
        FireWindows(threat=[0], unit=[0], entry_s=0.0, exit_s=1.0, closest_s=5.0, flyout_closest_s=1.0),
        FireWindows(threat=[0], unit=[0], entry_s=0.0, exit_s=1.0, closest_s=0.5),
    ):
        with pytest.raises(InputError, match="fire_windows"):
            run_raid(dataclasses.replace(tables, fire_windows=windows), trials=1, seed=1)


def test_two_threats_with_one_key_are_refused() -> None:
    """Shared keys would share draws that must be independent."""
    tables = plain_raid([0.0, 1.0], [5.0, 6.0])
    twins = dataclasses.replace(tables.threats, key=np.zeros(2, dtype=int))
    with pytest.raises(InputError, match=r"threats\.key"):
        run_raid(dataclasses.replace(tables, threats=twins), trials=1, seed=1)
    with pytest.raises(InputError, match=r"sensors\.key"):
        run_raid(
            dataclasses.replace(tables, sensors=Sensors(scan_period_s=[1.0, 1.0], key=[0, 0])),
            trials=1,
            seed=1,
        )
