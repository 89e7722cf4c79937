"""A folder that is broken in any way is told in problems with file, field and remedy, and never by a traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from egide.app.cli import _guarded
from egide.errors import InputError, Problem
from egide.io.packaged import example_folder
from egide.io.scenario_files import MAIN, TABLES, copy_example, read_scenario
from egide.io.scenario_terrain import check_scenario

CSV = sorted(path.name for path in example_folder("tiny").glob("*.csv"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny scenario to break."""
    return Path(shutil.copytree(example_folder("tiny"), tmp_path / "mine"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def only(folder: Path) -> str:
    """The one problem of a folder."""
    with pytest.raises(InputError) as caught:
        check_scenario(folder)
    assert len(caught.value.problems) == 1, str(caught.value)
    return str(caught.value.problems[0])


def problems_of_folder(folder: Path) -> tuple[Problem, ...]:
    """What is wrong with a folder; empty when it is read."""
    try:
        read_scenario(folder)
    except InputError as error:
        return error.problems
    return ()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_cell_of_any_text_is_read_or_told_in_its_file(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever stands in one cell of one table, the answer is a scenario or problems with a remedy."""
    folder = tmp_path_factory.mktemp("drawn") / "mine"
    shutil.copytree(example_folder("tiny"), folder)
    path = folder / data.draw(st.sampled_from(CSV))
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    odd = st.sampled_from(
        [
            "",
            "nan",
            "-inf",
            "-1",
            "1e400",
            "9" * 30,
            "true",
            "20250704",
            '"',
            "a,b",
            "a;b",
            "\x00",
            "1,5",
            "é",
        ]
    )
    rows[row][column] = data.draw(odd | st.text(st.characters(codec="utf-8"), max_size=8))
    path.write_text("\n".join(",".join(cells) for cells in rows), encoding="utf-8", newline="")
    problems = problems_of_folder(folder)
    assert all(problem.file and problem.field and problem.remedy for problem in problems)
    assert all(problem.file == MAIN or problem.file.endswith(".csv") for problem in problems)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.binary(max_size=200), name=st.sampled_from([MAIN, *CSV]))
def test_a_file_of_any_bytes_is_read_or_told(
    content: bytes, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("drawn") / "mine"
    shutil.copytree(example_folder("tiny"), folder)
    (folder / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_scenario(folder)
    assert any(problem.file == name for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",", ";", "semicolons"),
        (",", "\t", "tabs"),
        ("Westport", '"Westport', "quotation mark"),
        ("Westport", "W" * 200_000, "cannot be read as CSV"),
        ("population", "Population", "did you mean population?"),
        ("-27.0476", '"-27,0476"', "decimal point"),
        ("westport,Westport,-27.0476", "westport,Westport", "5 cells where the header has 6"),
        ("region", "region,", "column 7: has no name"),
    ],
)
def test_what_spreadsheets_do_to_a_table_is_told_once_with_its_remedy(
    folder: Path, old: str, new: str, said: str
) -> None:
    path = folder / "places.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, -1 if old == "," else 1), encoding="utf-8")
    found = only(folder)
    assert found.startswith("places.csv: ")
    assert said in found


@pytest.mark.parametrize("change", ["bom", "crlf", "cr", "blank lines", "quotes"])
def test_harmless_ways_of_writing_a_table_are_read_alike(folder: Path, change: str) -> None:
    path = folder / "places.csv"
    content = path.read_bytes()
    path.write_bytes(
        {
            "bom": b"\xef\xbb\xbf" + content,
            "crlf": content.replace(b"\n", b"\r\n"),
            "cr": content.replace(b"\n", b"\r"),
            "blank lines": b"\n\n" + content.replace(b"\n", b"\n\n"),
            "quotes": content.replace(b"Westport", b'"Westport"'),
        }[change]
    )
    assert read_scenario(folder).places == read_scenario("tiny").places


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("name", [MAIN, "places.csv"])
def test_another_encoding_is_told_with_the_right_one(folder: Path, name: str, encoding: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    (folder / name).write_bytes(f"{text}# é\n".encode(encoding))
    found = only(folder)
    assert found.startswith(f"{name}: ")
    assert "UTF-8" in found


def test_a_folder_where_a_table_should_be_and_a_table_of_almost_the_right_name_are_told(folder: Path) -> None:
    (folder / "units.csv").rename(folder / "Units.csv")
    (folder / "lots.csv").unlink()
    (folder / "lots.csv").mkdir()
    (folder / "notes.csv").write_text("anything", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_scenario(folder)
    text = str(caught.value)
    assert "Units.csv: (file): is no table of a scenario; did you mean units.csv?" in text
    assert "lots.csv: (file): cannot be read" in text
    assert "notes.csv" not in text


def test_a_catalogue_that_is_no_folder_is_told(folder: Path) -> None:
    (folder / "catalogue").write_text("x", encoding="utf-8")
    assert "make it a folder" in only(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cell_m = 500.0", "cell_m = 1e-6", "terrain.cell_m = 1e-06: makes a grid of"),
        ("cell_m = 500.0", "cell_m = 1e12", "as large as the area"),
        ('"EPSG:32626"', '"EPSG:4326"', "no projected CRS in metres"),
        ('"EPSG:32626"', '"EPSG:2263"', "no projected CRS in metres"),
        ('"EPSG:32626"', '"EPSG:32635"', "wrong in length"),
        ('"EPSG:32626"', '"EPSG:99999"', "not understood by PROJ"),
        ("east_deg = -26.88", "east_deg = -26.5", "does not cover the area"),
        ("packaged:examples/tiny/terrain.asc", "nowhere.tif", "does not exist; mend the path"),
    ],
)
def test_check_reads_the_elevation_model_and_the_grid_too(
    folder: Path, old: str, new: str, said: str
) -> None:
    edit(folder / MAIN, old, new)
    assert said in only(folder)


def test_tables_and_elevation_model_are_told_together_as_json_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder / MAIN, "packaged:examples/tiny/terrain.asc", "terrain.asc")
    edit(folder / "terrain.asc", "280", "-9999")
    edit(folder / "places.csv", "12000", "-1")
    edit(folder / "laydown.csv", "radar,south", "radar,nowhere")
    before = sorted(folder.rglob("*"))
    for verb in (["check", str(folder), "--json"], ["run", str(folder), "--seed", "7"]):
        assert _guarded(verb) == 2
    assert sorted(folder.rglob("*")) == before
    printed = json.loads(capsys.readouterr().out)
    assert [(Path(item["file"]).name, item["field"]) for item in printed["problems"]] == [
        ("places.csv", "line 2.population"),
        ("laydown.csv", "radar.site"),
        ("terrain.asc", "elevation"),
    ]


def test_a_copied_example_stands_on_the_elevation_model_beside_it(tmp_path: Path) -> None:
    copy_example("tiny", tmp_path / "mine")
    copied = check_scenario(tmp_path / "mine")
    assert Path(copied.terrain.path) == (tmp_path / "mine" / "terrain.asc").resolve()
    for table in TABLES:
        assert getattr(copied, table) == getattr(read_scenario("tiny"), table)


def test_an_example_is_not_copied_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        copy_example("tiny", tmp_path / "mine")


@pytest.mark.parametrize(
    "options",
    [
        ["--seed", "-1"],
        ["--seed", "7", "--trials", "0"],
        ["--seed", "7", "--weeks", "0"],
        ["--seed", "7", "--weeks", "4001"],
        ["--seed", "7", "--campaigns", "-3"],
        ["--seed", "7", "--out", "{file}"],
        ["--seed", "7", "--out", "{file}/below"],
    ],
)
@pytest.mark.parametrize("verb", ["run", "brief"])
def test_options_that_mean_nothing_are_refused_before_anything_is_computed(
    folder: Path, verb: str, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    named = [option.format(file=folder / "units.csv") for option in options]
    assert _guarded([verb, str(folder), *named]) == 2
    assert options[-2] in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before


def test_a_brief_in_a_language_there_is_none_in_is_refused_before_anything_is_computed(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    assert _guarded(["brief", str(folder), "--seed", "7", "--language", "de"]) == 2
    assert sorted(folder.rglob("*")) == before


def test_a_raid_of_no_trials_is_refused_before_anything_is_computed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    assert _guarded(["raid", str(folder), "--seed", "7", "--trials", "0"]) == 2
    assert "--trials" in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before


def test_a_place_that_cannot_be_written_is_named_without_a_traceback(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(folder / "run"))

    monkeypatch.setattr("egide.app.outputs.write_coverage", full)
    assert _guarded(["cover", str(folder)]) == 1
    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert "Traceback" not in said
