"""A scenario goes to files and comes back; whatever is wrong is reported at once."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.strategies import scenarios

from egide.errors import InputError
from egide.io.packaged import example_folder, example_names
from egide.io.scenario_files import copy_example, read_scenario, write_scenario
from egide.io.schemas import add_schemas, scenario_schema, table_schemas, write_schemas
from egide.model.scenario import Scenario


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny scenario to break."""
    return Path(shutil.copytree(example_folder("tiny"), tmp_path / "mine"))


def problems(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_scenario(folder)
    return [str(problem) for problem in caught.value.problems]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenario=scenarios())
def test_scenario_to_files_to_scenario_is_identity(
    scenario: Scenario, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("drawn")
    write_scenario(scenario, folder)
    assert read_scenario(folder) == scenario


@pytest.mark.parametrize("name", example_names())
def test_packaged_scenarios_are_sound_and_notional(name: str) -> None:
    scenario = read_scenario(name)
    assert scenario.notional
    assert scenario.laydown.notional


def test_the_worked_raid_has_the_reported_counts() -> None:
    scenario = read_scenario("kyiv-2025-07-04")
    counts: dict[str, int] = {}
    for group in scenario.groups_of("night"):
        counts[group.threat] = counts.get(group.threat, 0) + group.count
    assert counts["shahed-136"] + counts["gerbera"] == 539
    assert {name: counts[name] for name in ("iskander-m", "iskander-k", "kinzhal")} == {
        "iskander-m": 6, "iskander-k": 4, "kinzhal": 1,
    }  # fmt: skip
    assert {group.target for group in scenario.groups_of("night")} == {"city-kyiv"}


def test_a_wrong_unit_is_named_with_the_right_one(folder: Path) -> None:
    edit(folder / "raid_groups.csv", "lateral_spread_m", "lateral_spread_km")
    (found,) = problems(folder)
    assert "raid_groups.csv" in found
    assert "lateral_spread_m and convert" in found


def test_a_unit_on_a_site_that_does_not_exist_is_named_with_the_nearest_site(folder: Path) -> None:
    edit(folder / "laydown.csv", "radar,south", "radar,suoth")
    (found,) = problems(folder)
    assert "laydown.csv" in found
    assert "'suoth'" in found
    assert "did you mean 'south'" in found


def test_a_negative_range_and_nan_are_refused_with_their_lines(folder: Path) -> None:
    edit(folder / "raid_groups.csv", "0,600,1,500", "0,-600,1,500")
    edit(folder / "assets.csv", "-27.0222", "nan")
    found = problems(folder)
    assert any("line 2.spread_s" in text and "-600" in text for text in found)
    assert any("line 3.lon_deg" in text for text in found)


def test_every_problem_of_every_file_is_reported_at_once(folder: Path) -> None:
    edit(folder / "scenario.toml", "cell_m = 500.0", "cell_m = -1.0")
    edit(folder / "units.csv", "counter-drone-radar", "counter-drone-rador")
    edit(folder / "places.csv", "12000", "twelve")
    edit(folder / "lots.csv", "2025-07-21", "2025-07-32")
    text = "\n".join(problems(folder))
    for part in (
        "scenario.toml: terrain.cell_m",
        "units.csv: radar.sensor",
        "places.csv: line 2",
        "lots.csv: line 2",
    ):
        assert part in text


def test_a_reference_to_a_line_that_is_itself_refused_is_not_reported_twice(folder: Path) -> None:
    edit(folder / "units.csv", "radar,Counter-drone radar,counter-drone-radar,,home,0",
         "radar,Counter-drone radar,counter-drone-radar,,home,-1")  # fmt: skip
    (found,) = problems(folder)
    assert "rounds_in_store" in found


def test_a_missing_column_is_named(folder: Path) -> None:
    path = folder / "sites.csv"
    lines = [",".join(line.split(",")[:2] + line.split(",")[3:]) for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines))
    (found,) = [text for text in problems(folder) if "sites.csv" in text]
    assert "lon_deg" in found
    assert "is missing" in found


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "places.csv").write_bytes(
        (folder / "places.csv").read_bytes().replace(b"Westport", b"W\xe9stport")
    )
    assert any("places.csv" in text and "UTF-8" in text for text in problems(folder))


def test_a_time_without_zone_is_refused(folder: Path) -> None:
    edit(folder / "raids.csv", "2025-07-04T03:00:00Z", "2025-07-04T03:00:00")
    (found,) = [text for text in problems(folder) if "raids.csv" in text]
    assert "zone" in found


@pytest.mark.parametrize(
    ("version", "word"), [("2", "newer"), ("0", "whole number"), ('"one"', "whole number")]
)
def test_a_schema_that_cannot_be_read_is_refused_before_anything_else(
    folder: Path, version: str, word: str
) -> None:
    edit(folder / "scenario.toml", "egide_schema = 1", f"egide_schema = {version}")
    (found,) = problems(folder)
    assert word in found


def test_toml_that_does_not_parse_is_named(folder: Path) -> None:
    edit(folder / "scenario.toml", "[area]", "[area")
    (found,) = problems(folder)
    assert "scenario.toml" in found
    assert "TOML" in found


def test_two_lots_of_one_id_and_two_posts_of_one_site_are_refused(folder: Path) -> None:
    edit(folder / "lots.csv", "lot-2", "lot-1")
    edit(folder / "laydown.csv", "guns,town", "guns,south")
    text = "\n".join(problems(folder))
    assert "lots.csv: id = 'lot-1': stands twice" in text
    assert "'south' has two posts" in text


def test_a_name_that_is_neither_folder_nor_packaged_lists_what_there_is() -> None:
    with pytest.raises(InputError, match="kyiv-2025-07-04"):
        read_scenario("nowhere")


def test_copying_an_example_into_a_used_folder_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "keep.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        copy_example("tiny", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["keep.txt"]


def test_a_new_scenario_names_its_schema_to_editors_once_and_is_read_as_before(tmp_path: Path) -> None:
    copy_example("tiny", tmp_path / "mine")
    before = read_scenario(tmp_path / "mine")
    for _ in range(2):
        add_schemas(tmp_path / "mine")
    text = (tmp_path / "mine" / "scenario.toml").read_text(encoding="utf-8")
    line = text.splitlines()[0]
    assert text.count("#:schema ") == 1
    assert (tmp_path / "mine" / line.removeprefix("#:schema ")).is_file()
    assert read_scenario(tmp_path / "mine") == before
    content = tomllib.loads(text)
    schema = scenario_schema()
    assert set(schema["required"]) <= set(content) <= set(schema["properties"])


def test_schemas_cover_every_table_and_the_main_file(tmp_path: Path) -> None:
    files = {path.name for path in write_schemas(tmp_path)}
    assert "scenario.schema.json" in files
    assert len(files) == len(table_schemas()) + 1
    assert "[m]" in scenario_schema()["$defs"]["TerrainReference"]["properties"]["cell_m"]["description"]
