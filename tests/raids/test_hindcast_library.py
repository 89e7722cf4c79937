"""Raid statistics pool classes within a regime, count what they leave out, and survive their file."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta

import numpy as np
import pytest

from egide.errors import InputError
from egide.raids.bulletins import REQUIRED_COLUMNS, Bulletins, bulletins_from_table
from egide.raids.hindcast_library import raid_statistics, raid_statistics_from_dict


def made(
    entries: dict[str, list[tuple[int, int]]], first: date = date(2025, 8, 1), target: str = "Ukraine"
) -> Bulletins:
    """(launched, destroyed) of nights in a row for each model."""
    cells: dict[str, list[str]] = {name: [] for name in (*REQUIRED_COLUMNS, "target", "source")}
    for model, nights in entries.items():
        for i, (launched, destroyed) in enumerate(nights):
            day = str(first + timedelta(days=i))
            for name, value in zip(
                cells, (day, day, model, launched, destroyed, "", target, "x"), strict=True
            ):
                cells[name].append(str(value))
    return bulletins_from_table(cells)


def test_many_nights_speak_for_themselves_and_few_are_drawn_in() -> None:
    """With 80 nights a class keeps its own share; with one night of 2 of 2 it does not reach one."""
    rng = np.random.default_rng(0)
    drones = [(100, int(100 - k)) for k in rng.binomial(100, rng.beta(2, 8, 80))]
    found = raid_statistics(made({"Shahed-136/131": drones, "Kalibr": [(20, 14)] * 30, "X-22": [(2, 0)]}))
    drone = found.outcome("one_way_drone", "lost_merged")
    assert drone.leak_fraction == pytest.approx(drone.through / drone.launched, abs=0.01)
    alone = raid_statistics(made({"Shahed-136/131": drones})).outcome("one_way_drone", "lost_merged")
    assert drone.precision == pytest.approx(alone.precision, rel=0.1)
    lone = found.outcome("supersonic_missile", "lost_merged")
    assert 0.3 < lone.leak_fraction < 0.97
    wide = lone.leak_high_fraction - lone.leak_low_fraction
    assert wide > 5 * (drone.leak_high_fraction - drone.leak_low_fraction)


def test_more_nights_narrow_the_share() -> None:
    """Four times the nights of the same kind give a narrower interval."""
    few, many = (
        raid_statistics(made({"Kalibr": [(20, 15), (20, 18), (20, 11)] * repeats})) for repeats in (5, 20)
    )
    width = [
        found.outcome("cruise_missile", "lost_merged").leak_high_fraction
        - found.outcome("cruise_missile", "lost_merged").leak_low_fraction
        for found in (few, many)
    ]
    assert width[1] < width[0]


def test_regimes_do_not_mix() -> None:
    """Nights of another regime leave the fits of this one unchanged to the last digit."""
    late = {"Kalibr": [(20, 15), (9, 8)] * 10, "Iskander-M": [(3, 1)] * 10}
    alone = raid_statistics(made(late))
    early = made({"Kalibr": [(50, 1)] * 20}, date(2024, 9, 1))
    from egide.raids.bulletins import merged

    both = raid_statistics(merged(early, made(late)))
    assert both.outcome("cruise_missile", "lost_merged") == alone.outcome("cruise_missile", "lost_merged")
    assert both.outcome("cruise_missile", "lost_separate").nights == 20


def test_sizes_are_quantiles_of_launches_by_night() -> None:
    """Two models of a class on one night add up; quantiles and logs are those of the sums."""
    found = raid_statistics(made({"Kalibr": [(10, 9), (20, 9), (30, 9)], "Iskander-K": [(1, 1)] * 3}))
    size = found.size("cruise_missile", "lost_merged")
    assert (size.nights, size.launched_most) == (3, 31)
    assert size.launched_quantiles[2] == 21.0
    assert size.log_launched_mean == pytest.approx(np.log([11, 21, 31]).mean(), rel=1e-5)
    assert (size.first_night, size.last_night) == ("2025-08-01", "2025-08-03")


def test_rows_left_out_are_counted() -> None:
    """Reconnaissance drones and tactical rows are not fitted, and their number is told."""
    table = made({"Kalibr": [(10, 9)] * 3, "Orlan-10": [(2, 2)] * 5})
    assert "5 x row of no fitted class" in "\n".join(str(n) for n in raid_statistics(table).set_aside)
    with pytest.raises(InputError, match="no usable row"):
        raid_statistics(made({"Kalibr": [(10, 9)] * 3}, target="south"))


def test_statistics_survive_their_file() -> None:
    """Noun to text to noun is identity; a file with a key missing is refused."""
    found = raid_statistics(made({"Kalibr": [(10, 9), (12, 5)] * 3, "Iskander-M": [(3, 1)] * 4}))
    content = tomllib.loads(found.to_toml())
    back = raid_statistics_from_dict(content)
    assert (back.outcomes, back.sizes) == (found.outcomes, found.sizes)
    assert "neither forecast raids nor validate the kill chain" in content["statement"]
    del content["outcome"][0]["nights"]
    with pytest.raises(InputError, match="to_toml"):
        raid_statistics_from_dict(content)
