"""Real bulletins: published sums are met, the hindcast holds up, and the packaged statistics are theirs."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from datetime import date

import numpy as np
import pytest
from tests.reference import acceptance, reference

from egide.io.bulletin_files import read_bulletins, read_raid_statistics
from egide.raids.baselines import ROLLING, STATIC_LOG
from egide.raids.bulletins import REGIMES, Bulletins, aggregates
from egide.raids.hindcast import HindcastResult, hindcast, one_night
from egide.raids.hindcast_classes import BALLISTIC, CRUISE, MISSILE_CLASSES, ONE_WAY_DRONE
from egide.raids.hindcast_library import raid_statistics
from egide.raids.hindcast_nights import shahed_nights

LAST = date(2026, 1, 1)
"""The last night of the file."""

pytestmark = pytest.mark.reference


@functools.cache
def bulletins() -> Bulletins:
    return read_bulletins(reference("data/raids/bulletins_2022-2025.csv"))


@functools.cache
def scored(until: date, end: date) -> HindcastResult:
    table = bulletins()
    keep = table.date <= np.datetime64(end)
    chosen = {
        name: value[keep] if isinstance(value, np.ndarray) else tuple(itertools.compress(value, keep))
        for name in table.__dataclass_fields__
        if len(value := getattr(table, name)) == len(keep) and name != "file"
    }
    return hindcast(dataclasses.replace(table, **chosen), until, seed=7)


def published(name: str) -> dict[str, object]:
    return acceptance("real_data_loader")[name]


def test_26_august_2024() -> None:
    """The largest combined night of 2024: missiles of every class, and one-way drones."""
    case, night = published("26 Aug 2024 (one night)"), date(2024, 8, 26)
    missiles = aggregates(bulletins(), first=night, last=night, classes=MISSILE_CLASSES)
    drones = aggregates(bulletins(), first=night, last=night, classes={ONE_WAY_DRONE})
    assert [missiles.launched, missiles.destroyed] == case["missiles launched/intercepted"]
    assert [drones.launched, drones.destroyed] == case["one-way drones launched/destroyed"]


def test_october_2025_drones() -> None:
    """5,300 launched and just under 80 % stopped (the published share leaves out 17 reported as lost)."""
    case = published("Oct 2025, all one-way drones")
    found = aggregates(bulletins(), first=date(2025, 10, 1), last=date(2025, 10, 31), classes={ONE_WAY_DRONE})
    assert found.launched == case["launched"]
    assert found.destroyed_fraction == pytest.approx(case["stopped_fraction"], abs=5e-4)
    assert found.stopped_fraction == pytest.approx(0.8, abs=5e-4)


def test_winter_2023_2024_drones_and_summer_2023_missiles() -> None:
    """Shares of half a year, lumped rows of missiles included, to the published third digit."""
    winter = aggregates(bulletins(), first=date(2023, 11, 1), last=date(2024, 4, 30), classes={ONE_WAY_DRONE})
    summer = aggregates(bulletins(), first=date(2023, 5, 1), last=date(2023, 10, 31), classes=MISSILE_CLASSES)
    case = published("Nov 2023 - Apr 2024, Shahed-type")
    assert winter.destroyed_fraction == pytest.approx(case["destroyed_fraction"], abs=5e-4)
    case = published("May - Oct 2023, missiles")
    assert summer.destroyed_fraction == pytest.approx(case["destroyed_fraction"], abs=5e-4)


@pytest.mark.parametrize(
    ("month", "last", "name"), [(8, 31, "Aug 2025, ballistic"), (9, 30, "Sep 2025, ballistic")]
)
def test_ballistic_months(month: int, last: int, name: str) -> None:
    """Ballistic missiles of two months; surface-to-air missiles in ground mode are another class."""
    found = aggregates(
        bulletins(), first=date(2025, month, 1), last=date(2025, month, last), classes={BALLISTIC}
    )
    assert [found.destroyed, found.launched] == published(name)["destroyed/launched"]


def test_3_to_4_july_2025_is_one_draw() -> None:
    """Counts are as published; the 80 % interval is wide and 63 through lies inside it: it proves nothing."""
    case, night = published("3-4 July 2025"), date(2025, 7, 4)
    drones = aggregates(bulletins(), first=night, last=night, classes={ONE_WAY_DRONE})
    assert (drones.launched, drones.destroyed, drones.lost) == tuple(
        case["drones"][key] for key in ("launched", "shot_down", "lost")
    )
    missiles = aggregates(bulletins(), first=night, last=night, classes={BALLISTIC, CRUISE})
    assert missiles.launched == case["missiles"]["launched"]
    assert missiles.destroyed == case["missiles"]["intercepted"]
    shown = one_night(bulletins(), night)
    low, high = shown.interval(0.8)
    assert shown.through == case["drones"]["through"]
    assert 10 <= low <= 40
    assert 120 <= high <= 200


def test_rows_are_all_accounted_for() -> None:
    """Kept and set aside add up to the 3,035 rows of the file, and no model of it is unclassified."""
    table = bulletins()
    assert len(table) + sum(note.count for note in table.set_aside) == 3035
    assert "unclassified" not in table.weapon_class


def test_launched_equals_destroyed_on_the_rows_set_aside() -> None:
    """84 % of the drone rows of 2022, and nine in ten tactical rows, state launched = destroyed."""
    table = bulletins()
    early = (table.date < np.datetime64("2023-01-01")) & (np.array(table.weapon_class) == ONE_WAY_DRONE)
    same = table.launched == table.destroyed
    assert same[early].mean() == pytest.approx(0.84, abs=0.01)
    assert same[table.tactical].mean() > 0.85


@pytest.mark.parametrize(
    ("until", "end"),
    [
        (date(2023, 12, 31), date(2024, 7, 9)),
        (date(2024, 12, 14), LAST),
        (date(2025, 9, 30), LAST),
        (date(2025, 10, 31), LAST),
    ],
)
def test_the_model_scores_below_the_moving_and_still_baselines_on_every_split(until: date, end: date) -> None:
    """Three regimes, four splits: both mean scores are below those of the rolling and static baselines."""
    found = scored(until, end).to_json()
    for name in (ROLLING, STATIC_LOG):
        assert found["log_score"] < found["baselines"][name]["log_score"]
        assert found["crps"] < found["baselines"][name]["crps"]


def test_the_gain_over_the_rolling_baseline_is_more_than_chance() -> None:
    """Over 324 nights from 15 December 2024 the whole 90 % week-block interval lies below zero."""
    found = scored(date(2024, 12, 14), LAST)
    assert found.log_score_difference[ROLLING].high < 0.0
    assert found.crps_difference[ROLLING].high < 0.0


def test_intervals_hold_about_what_they_promise() -> None:
    """On those 324 nights 80 % and 90 % intervals hold within five and four points of their names."""
    found = scored(date(2024, 12, 14), LAST).to_json()
    assert found["nights"] == 324
    assert found["cover_80"] == pytest.approx(0.8, abs=0.05)
    assert found["cover_90"] == pytest.approx(0.9, abs=0.04)


def test_pit_is_near_flat() -> None:
    """The PIT's greatest gap to uniform on those nights stays below 1.63 / sqrt(nights).

    Kolmogorov's bound for independent values: a calibrated model exceeds it once in a hundred.
    """
    values = np.sort(scored(date(2024, 12, 14), LAST).scores.pit)
    size = len(values)
    assert np.abs(values - (np.arange(size) + 0.5) / size).max() < 1.63 / np.sqrt(size)


def test_baselines_reach_what_others_measured() -> None:
    """On November and December 2025 the static baseline with log(launched) reads 3.94 and 7.6."""
    found = scored(date(2025, 10, 31), LAST).to_json()
    assert found["nights"] == 62
    assert found["baselines"][STATIC_LOG]["log_score"] == pytest.approx(3.942, abs=0.005)
    assert found["baselines"][STATIC_LOG]["crps"] == pytest.approx(7.609, abs=0.02)


def test_the_packaged_statistics_are_refitted_from_the_bulletins() -> None:
    """Every number of the packaged file comes out again, to four digits."""
    fresh, packaged = raid_statistics(bulletins()), read_raid_statistics()
    assert len(fresh.outcomes) == len(packaged.outcomes)
    for mine, theirs in zip(
        (*fresh.outcomes, *fresh.sizes), (*packaged.outcomes, *packaged.sizes), strict=True
    ):
        for name in type(mine).__dataclass_fields__:
            one, other = getattr(mine, name), getattr(theirs, name)
            assert one == (other if isinstance(other, str) else pytest.approx(other, rel=1e-4))


def test_nights_fall_in_three_regimes() -> None:
    """The file holds 290, 305 and 161 nights of usable drones in the three regimes."""
    nights = shahed_nights(bulletins())
    assert np.bincount(nights.regime, minlength=len(REGIMES)).tolist() == [290, 305, 161]
