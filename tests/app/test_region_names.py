"""By region, no file of a run folder tells one asset from another of its kind, and nothing is lost by it."""

from __future__ import annotations

import dataclasses
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from egide.app.cli import _guarded
from egide.app.region_names import names_by_region, renamed
from egide.assessment.assess import assess
from egide.coverage.result import Coverage
from egide.io.scenario_files import read_scenario
from egide.model.scenario import Scenario

PLANT, NAME = "plant-gorge", "Gorge Power Works"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny scenario by region, with a plant whose id and name are no common words."""
    home = tmp_path_factory.mktemp("by-region") / "tiny"
    assert _guarded(["new", str(home), "--from", "tiny"]) == 0
    for path in (home / f"{name}.csv" for name in ("assets", "raid_groups", "requirements")):
        text = path.read_text("utf-8")
        text = re.sub(r"(?<=,)power(?=,)(?!,-)", PLANT, re.sub(r"^power,", f"{PLANT},", text, flags=re.M))
        path.write_text(text.replace("Power station", NAME), "utf-8")
    main = home / "scenario.toml"
    text = main.read_text("utf-8").replace("day = 2025", "report_by_region = true\nday = 2025", 1)
    main.write_text(text, "utf-8")
    return home


def words_in(path: Path) -> str:
    """Everything readable in a file, names of packed arrays included."""
    if path.suffix == ".npz":
        return " ".join(zipfile.ZipFile(path).namelist())
    return path.read_bytes().decode("utf-8", errors="replace")


def test_no_file_of_a_run_names_a_plant_and_a_second_run_reuses_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = read_scenario(folder)
    assert scenario.report_by_region
    assert PLANT in {asset.id for asset in scenario.assets}
    chance = ["--seed", "7"]
    assert _guarded(["assess", str(folder), "--json"]) == 0
    assert _guarded(["site", str(folder), *chance]) == 0
    assert _guarded(["raid", str(folder), *chance, "--trials", "60"]) == 0
    said = capsys.readouterr()
    files = list((folder / "run").iterdir())
    assert len(files) > 20
    leaks = [path.name for path in files if PLANT in words_in(path) or NAME in words_in(path)]
    assert leaks == []
    assert PLANT not in said.out
    assert NAME not in said.out
    assert any("power 1 in West" in words_in(path) for path in files)
    before = (folder / "run" / "run.json").read_bytes()
    assert _guarded(["assess", str(folder)]) == 0
    assert (folder / "run" / "run.json").read_bytes() == before


def test_a_place_keeps_its_name_and_assets_of_a_kind_are_numbered_in_their_region(tiny: Scenario) -> None:
    scenario = tiny.model_copy(update={"report_by_region": True})
    names = names_by_region(scenario)
    assert names_by_region(tiny) == {}
    assert "Westport" not in names  # it is a place as well
    assert names["Harbour"] == "port 1 in West"
    assert len(set(names.values())) == len(names)


def test_renaming_there_and_back_is_the_same_result(tiny: Scenario, tiny_coverage: Coverage) -> None:
    scenario = tiny.model_copy(update={"report_by_region": True})
    found = assess(scenario, tiny_coverage)
    names = names_by_region(scenario)
    hidden = renamed(found, names)
    assert {row.id for row in hidden.assets}.isdisjoint(names)
    back = renamed(hidden, {after: before for before, after in names.items()})
    assert back.assets == found.assets
    assert back.worksheet == found.worksheet
    assert back.register == found.register
    for field in dataclasses.fields(found.atlas):
        np.testing.assert_array_equal(getattr(back.atlas, field.name), getattr(found.atlas, field.name))
    assert renamed(found, {"no such word": "x"}) is found
