"""What an assessment leaves in a run folder: every table and map, and no name where reports are by region."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from egide.app.assessment_outputs import (
    band_words,
    write_comparison,
    write_maps,
    write_probable,
    write_tables,
)
from egide.assessment.assess import assess
from egide.assessment.probable import probable_coverage
from egide.coverage.cover import cover
from egide.coverage.result import Coverage
from egide.geo import Terrain
from egide.model.scenario import Scenario
from egide.model.unit import Laydown

TABLES = (
    "heights",
    "layers",
    "detection",
    "losses",
    "worksheet",
    "gaps",
    "atlas",
    "sensors",
    "effectors",
    "assets",
)


@pytest.mark.parametrize("by_region", [True, False])
def test_every_table_is_written_and_names_follow_the_scenario_s_wish(
    tiny: Scenario, tiny_coverage: Coverage, tmp_path: Path, by_region: bool
) -> None:
    scenario = tiny.model_copy(update={"report_by_region": by_region})
    files = list(write_tables(scenario, assess(scenario, tiny_coverage), tmp_path, "today"))
    names = {path.name for path in files}
    expected = {f"today-{table}.csv" for table in TABLES} | {"today-scorecard.json", "today-siteplan.geojson"}
    if by_region:
        expected -= {"today-assets.csv", "today-siteplan.geojson"}
    assert names == expected
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) > 1 or path.name == "today-losses.csv"
        assert not (by_region and "Power station" in text), path.name


def test_maps_are_georeferenced_and_hold_the_counts(
    tiny: Scenario, tiny_coverage: Coverage, tmp_path: Path
) -> None:
    found = assess(tiny, tiny_coverage)
    files = {path.name: path for path in write_maps(found, tmp_path, "today")}
    assert len(files) == 2 * len(tiny.heights_agl_m) + 2
    with rasterio.open(files["today-effectors-100m.tif"]) as file:
        layer = next(one for one in found.maps if one.height_agl_m == 100.0)
        assert np.array_equal(file.read(1), layer.effectors)
        assert file.crs.to_string() == found.frame.crs
        assert file.xy(0, 0) == pytest.approx((found.frame.x0_m, found.frame.y0_m))
        assert "bare ground" in file.descriptions[0]


def test_probable_coverage_is_written_as_bands_and_maps(
    tiny: Scenario, tiny_terrain: Terrain, tmp_path: Path
) -> None:
    found = probable_coverage(tiny, tiny_terrain, seed=1, samples=2, k_factors=(4 / 3,))
    files = {path.name: path for path in write_probable(found, tmp_path, "today")}
    assert {"today-probable.csv", "today-refraction.csv"} <= set(files)
    with rasterio.open(files["today-probable-sensors-50m.tif"]) as file:
        assert set(np.unique(file.read(1))) <= {0, 50, 100}


def test_the_band_in_words_gives_the_ends_of_the_band_and_of_refraction(
    tiny: Scenario, tiny_terrain: Terrain
) -> None:
    found = probable_coverage(tiny, tiny_terrain, seed=1, samples=3, k_factors=(1.0, 1.6))
    said = band_words(found, 300.0)
    assert len(said) == 2
    low, _, high = found.at(300.0).people_sensor
    assert f"{low:,.0f} to {high:,.0f}" in said[0]
    assert "k from 1.00 to 1.60" in said[0]
    assert "cued effector" in said[1]


def test_a_comparison_is_written_in_words_and_layer_by_layer(
    tiny: Scenario, tiny_coverage: Coverage, tmp_path: Path
) -> None:
    today, none = assess(tiny, tiny_coverage), assess(tiny, tiny_coverage, Laydown(name="none"))
    files = {path.name: path for path in write_comparison(today, none, tmp_path)}
    held = json.loads(files["comparison.json"].read_text(encoding="utf-8"))
    assert any("fewer people under at least one" in words for words in held["words"])
    assert len(files["comparison-layers.csv"].read_text("utf-8").splitlines()) == 1 + len(held["layers"])


def test_by_region_the_atlas_and_the_register_name_no_place(
    tiny: Scenario, tiny_coverage: Coverage, tmp_path: Path
) -> None:
    scenario = tiny.model_copy(update={"report_by_region": True})
    files = {
        path.name: path for path in write_tables(scenario, assess(scenario, tiny_coverage), tmp_path, "today")
    }
    for name in ("today-atlas.csv", "today-gaps.csv"):
        text = files[name].read_text("utf-8")
        assert "East" in text
        assert not any(place.name in text for place in scenario.places)


def test_the_scorecard_on_disk_is_the_one_in_memory(
    tiny: Scenario, tiny_coverage: Coverage, tmp_path: Path
) -> None:
    found = assess(tiny, tiny_coverage)
    path = next(p for p in write_tables(tiny, found, tmp_path, "today") if p.name.endswith("scorecard.json"))
    held = json.loads(path.read_text(encoding="utf-8"))
    assert [one["number"] for one in held["guidelines"]] == [one.number for one in found.scorecard.guidelines]
    assert held["heights_are_above"] == "bare ground"


@pytest.mark.parametrize("by_region", [True, False])
def test_a_scenario_of_nothing_but_ground_is_assessed_and_written(
    tiny: Scenario, tiny_terrain: Terrain, tmp_path: Path, by_region: bool
) -> None:
    """No place, asset, raid or post: every table is there, empty or left out, and nothing fails."""
    none: dict[str, object] = dict.fromkeys(
        ("places", "assets", "raids", "raid_groups", "launch_areas", "requirements"), ()
    )
    bare = tiny.model_copy(
        update={**none, "tempo": None, "laydown": Laydown(), "report_by_region": by_region}
    )
    found = assess(bare, cover(bare, tiny_terrain))
    names = {path.name for path in write_tables(bare, found, tmp_path, "today")}
    assert {"today-heights.csv", "today-atlas.csv", "today-scorecard.json"} <= names
    band = probable_coverage(bare, tiny_terrain, seed=1, samples=1)
    assert band.bands[0].people_sensor == (0.0, 0.0, 0.0)
    assert len(band_words(band, bare.heights_agl_m[0])) == 2
