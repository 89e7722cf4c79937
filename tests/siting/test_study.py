"""The study changes one assumption at a time, the same way for a seed, and sets each design beside the stated one."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from egide.coverage.cover import cover
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.geo import Terrain
from egide.io.result_files import read_result, write_result
from egide.model.scenario import Scenario
from egide.siting.design import DefenceDesign, site
from egide.siting.study import study
from egide.siting.study_result import FAMILIES, Study


@pytest.fixture(scope="module")
def design(tiny: Scenario, tiny_coverage: Coverage) -> DefenceDesign:
    return site(tiny, tiny_coverage, seed=7)


@pytest.fixture(scope="module")
def found(tiny: Scenario, tiny_terrain: Terrain, tiny_coverage: Coverage, design: DefenceDesign) -> Study:
    return study(tiny, tiny_terrain, seed=7, coverage=tiny_coverage, design=design, samples=1)


def test_every_family_is_varied_and_the_stated_design_comes_first(
    found: Study, design: DefenceDesign
) -> None:
    assert found.rows[0].family == "stated"
    assert (found.rows[0].objective, found.rows[0].bound) == (design.objective, design.bound)
    assert found.rows[0].posts_kept_fraction == 1.0
    assert tuple(dict.fromkeys(row.family for row in found.rows[1:])) == FAMILIES
    assert [band.family for band in found.bands] == [*FAMILIES, "all"]


def test_bands_hold_every_variant_and_the_stated_design(found: Study) -> None:
    everything = found.band()
    assert everything.variants == len(found.rows) - 1
    for row in found.rows:
        assert row.objective <= row.bound
        assert 0.0 <= row.posts_kept_fraction <= 1.0
        assert row.people_effector <= found.people_total
        assert everything.objective[0] <= row.objective <= everything.objective[1]
        assert everything.people_effector[0] <= row.people_effector <= everything.people_effector[1]
        assert row.stated_fraction is None or 0.0 <= row.stated_fraction <= 1.0


def test_a_variant_is_the_design_of_the_changed_scenario(
    tiny: Scenario, tiny_coverage: Coverage, found: Study
) -> None:
    """Shares of the value: made again by hand."""
    row = next(row for row in found.rows if row.variant == "people 0.55, depth over raid targets 0.30")
    wishes = tiny.siting.model_copy(update={"people_share": 0.55})
    by_hand = site(tiny.model_copy(update={"siting": wishes}), tiny_coverage, seed=7)
    assert (row.objective, row.bound, row.gap) == (by_hand.objective, by_hand.bound, by_hand.gap)


def test_a_terrain_without_error_and_sites_that_are_all_needed_change_nothing(
    tiny: Scenario, tiny_terrain: Terrain
) -> None:
    exact = tiny.model_copy(update={"terrain": tiny.terrain.model_copy(update={"error_m": 0.0})})
    coverage = cover(exact, tiny_terrain)
    answer = study(exact, tiny_terrain, seed=3, coverage=coverage, samples=1, families=("terrain",))
    stated, drawn = answer.rows
    assert drawn.posts_kept_fraction == 1.0
    assert (drawn.objective, drawn.people_effector) == (stated.objective, stated.people_effector)
    assert drawn.stated_fraction == pytest.approx(1.0)


def test_a_draw_is_the_same_whatever_their_number(
    tiny: Scenario, tiny_terrain: Terrain, tiny_coverage: Coverage, design: DefenceDesign, found: Study
) -> None:
    more = study(
        tiny,
        tiny_terrain,
        seed=7,
        coverage=tiny_coverage,
        design=design,
        samples=2,
        families=("sites", "scores"),
    )
    for family in ("sites", "scores"):
        one = [row for row in found.rows if row.family == family]
        two = [row for row in more.rows if row.family == family]
        assert two[: len(one)] == one
        assert len(two) == 2


def test_fewer_sites_are_fewer_and_a_finer_lattice_has_more(found: Study, tiny: Scenario) -> None:
    by_family = {f: [row.sites for row in found.rows if row.family == f] for f in FAMILIES}
    assert all(count < len(tiny.sites) for count in by_family["sites"])
    assert by_family["grid"] == sorted(by_family["grid"])
    assert by_family["grid"][0] >= len(tiny.units)


def test_it_goes_to_files_and_speaks(found: Study, tmp_path: Path) -> None:
    write_result(found, tmp_path / "study")
    assert read_result(Study, tmp_path / "study") == dataclasses.replace(found, seconds=0.0)
    json.dumps(found.to_json(), allow_nan=False)
    assert len(found.words()) == len(found.bands)
    assert len(found.to_frame()) == len(found.rows)
    assert len(found.band_frame()) == len(found.bands)
    assert "posts kept" in found.short_words()


def test_bad_wishes_are_refused(tiny: Scenario, tiny_terrain: Terrain) -> None:
    with pytest.raises(InputError, match="one or more"):
        study(tiny, tiny_terrain, seed=1, samples=0)
    with pytest.raises(InputError, match="choose among"):
        study(tiny, tiny_terrain, seed=1, families=("weather",))
