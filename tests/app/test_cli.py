"""The command line says the same verbs as the library, and keeps its promises about streams and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from egide.app.cli import _guarded
from egide.io.packaged import example_folder


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with every stage of the tiny scenario but the brief."""
    out = tmp_path_factory.mktemp("runs") / "tiny"
    for verb in ("assess", "site", "raid", "sustain"):
        chance = [] if verb == "assess" else ["--seed", "7"]
        trials = ["--trials", "200"] if verb in ("raid", "sustain") else []
        assert _guarded([verb, "tiny", "--out", str(out), *chance, *trials]) == 0
    return out


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "run.json"}


def test_version_and_catalogue_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert _guarded(["catalogue", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"id", "name", "kind", "maker"} <= rows[0].keys()
    assert _guarded(["catalogue", "audit"]) == 0
    assert _guarded(["catalogue", "show", "patriot-pac3"]) == 0
    assert "confidence" not in capsys.readouterr().out


def test_every_maker_the_task_names_has_two_systems(capsys: pytest.CaptureFixture[str]) -> None:
    _guarded(["catalogue", "list", "--json"])
    rows = json.loads(capsys.readouterr().out)
    for maker in (
        "Lockheed Martin", "Raytheon (RTX)", "Northrop Grumman", "Thales", "MBDA", "Saab", "BAE Systems",
        "Rheinmetall", "L3Harris Technologies", "Airbus Defence and Space",
    ):  # fmt: skip
        assert sum(row["maker"] == maker for row in rows) >= 2, maker


def test_json_alone_goes_to_standard_output(tiny_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    for arguments in (
        ["assess", "tiny"], ["site", "tiny", "--seed", "7"], ["raid", "tiny", "--seed", "7", "--trials", "200"],
        ["sustain", "tiny", "--seed", "7", "--trials", "200"],
    ):  # fmt: skip
        assert _guarded([*arguments, "--out", str(tiny_run), "--json"]) == 0
        assert isinstance(json.loads(capsys.readouterr().out), dict)


def test_sustain_prints_lots_with_value_interval_delay_and_rank(
    tiny_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _guarded(["sustain", "tiny", "--seed", "7", "--trials", "200", "--out", str(tiny_run), "--json"])
    lots = json.loads(capsys.readouterr().out)["lots"]
    assert {lot["id"] for lot in lots} == {"lot-1", "lot-2", "lot-3"}
    for lot in lots:
        assert lot["low"] <= lot["value"] <= lot["high"]
        assert {"item", "value_per_day_of_delay", "rank"} <= lot.keys()


def test_a_second_run_with_the_same_seed_is_the_same_bytes(tiny_run: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    for verb in ("assess", "site", "raid", "sustain"):
        chance = [] if verb == "assess" else ["--seed", "7"]
        trials = ["--trials", "200"] if verb in ("raid", "sustain") else []
        assert _guarded([verb, "tiny", "--out", str(again), *chance, *trials]) == 0
    first, second = files_of(tiny_run), files_of(again)
    assert second.keys() <= first.keys()
    assert all(first[name] == content for name, content in second.items())


def test_stages_whose_inputs_did_not_change_are_reused_and_others_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(example_folder("tiny"), tmp_path / "mine"))
    assert _guarded(["sustain", str(folder), "--seed", "7", "--trials", "100", "--campaigns", "50"]) == 0
    record = folder / "run" / "run.json"
    before = json.loads(record.read_text())["stages"]
    lots = folder / "lots.csv"
    lots.write_text(lots.read_text().replace("2025-09-15", "2025-10-15"))
    assert _guarded(["sustain", str(folder), "--seed", "7", "--trials", "100", "--campaigns", "50"]) == 0
    after = json.loads(record.read_text())["stages"]
    assert after["design"] == before["design"]
    assert after["raid-designed"] == before["raid-designed"]
    assert after["outlook"]["key"] != before["outlook"]["key"]


def test_a_stage_file_that_was_touched_is_computed_again(tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert _guarded(["assess", "tiny", "--out", str(out)]) == 0
    path = out / "assess-today.json"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert _guarded(["assess", "tiny", "--out", str(out)]) == 0
    assert path.read_bytes() == whole


def test_chance_needs_a_seed(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("site", "raid", "sustain", "brief", "run"):
        assert _guarded([verb, "tiny"]) == 2
        assert "seed" in capsys.readouterr().err


def test_wrong_input_ends_with_two_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(example_folder("tiny"), tmp_path / "mine"))
    (folder / "laydown.csv").write_text("unit,site,bearing_deg\nradar,nowhere,400\n")
    assert _guarded(["run", str(folder), "--seed", "7"]) == 2
    said = capsys.readouterr()
    assert "laydown.csv" in said.err
    assert said.out == ""
    assert not (folder / "run").exists()
    assert _guarded(["check", "no-such-thing"]) == 2
    assert _guarded(["chek", "tiny"]) == 2


def test_new_makes_a_scenario_that_checks(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert _guarded(["new", str(folder), "--from", "tiny"]) == 0
    assert _guarded(["check", str(folder)]) == 0
    assert (folder / "schema" / "scenario.schema.json").exists()
    assert _guarded(["new", str(folder), "--from", "tiny"]) == 2


def test_show_and_diff_speak_the_fields_words(
    tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert _guarded(["show", str(tiny_run)]) == 0
    assert "under an effector" in capsys.readouterr().err
    folder = Path(shutil.copytree(example_folder("tiny"), tmp_path / "mine"))
    laydown = folder / "laydown.csv"
    laydown.write_text(
        "".join(line for line in laydown.read_text().splitlines(True) if "missiles" not in line)
    )
    assert _guarded(["assess", str(folder)]) == 0
    capsys.readouterr()
    assert _guarded(["diff", str(tiny_run), str(folder / "run")]) == 0
    assert "lose" in capsys.readouterr().err
    assert _guarded(["diff", str(tiny_run), str(tmp_path)]) == 2


def test_a_damaged_record_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "run.json").write_text("{")
    assert _guarded(["assess", "tiny", "--out", str(out)]) == 2
    assert "run.json" in capsys.readouterr().err


def test_a_person_who_stops_keeps_finished_stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "run"

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("egide.app.line.simulate", stop)
    assert _guarded(["site", "tiny", "--seed", "7", "--out", str(out)]) == 0
    assert _guarded(["raid", "tiny", "--seed", "7", "--out", str(out)]) == 130
    names = {path.name for path in out.iterdir()}
    assert "design.json" in names
    assert not any(name.startswith(("raid", ".")) for name in names)
