"""`egide needs` and `egide study` leave their answers in the run folder, reuse them, and are read by the others."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from egide.app.cli import _guarded
from egide.app.line import Line
from egide.io.packaged import example_folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of the tiny island with needs and study."""
    out = tmp_path_factory.mktemp("runs") / "tiny"
    assert _guarded(["needs", "tiny", "--seed", "7", "--out", str(out)]) == 0
    shares = ["--samples", "1", "--family", "shares", "--family", "sites"]
    assert _guarded(["study", "tiny", "--seed", "7", "--out", str(out), *shares]) == 0
    return out


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_needs_leave_tables_and_a_list_that_other_programs_read(run: Path) -> None:
    stored = json.loads((run / "needs.json").read_text(encoding="utf-8"))
    additions = rows(run / "needs.csv")
    assert len(additions) == len(stored["additions"]) > 0
    assert sum(line["quantity"] for line in stored["needs"]) == len(additions)
    assert {"item", "quantity", "requirement", "option", "partner", "cost_eur", "available"} <= stored[
        "needs"
    ][0].keys()
    assert [row["id"] for row in rows(run / "needs-requirements.csv")] == ["r1", "r2"]
    assert len(rows(run / "needs-front.csv")) == len(stored["front"])


def test_a_second_run_reuses_the_answer_and_prints_the_same(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    capsys.readouterr()
    assert _guarded(["needs", "tiny", "--seed", "7", "--out", str(run), "--json"]) == 0
    said = capsys.readouterr()
    assert "cover" not in said.err
    assert json.loads(said.out)["status"] in ("optimal", "infeasible")
    assert "first thing not bought" in said.err
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_site_says_the_band_of_the_study_only_where_there_is_one(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _guarded(["site", "tiny", "--seed", "7", "--out", str(run)]) == 0
    assert "other grids, terrains and weights" in capsys.readouterr().err
    assert _guarded(["site", "tiny", "--seed", "7", "--out", str(tmp_path / "other")]) == 0
    assert "other grids, terrains and weights" not in capsys.readouterr().err


def test_what_was_made_for_another_scenario_or_seed_is_not_shown(run: Path, tmp_path: Path) -> None:
    assert Line("tiny", run, seed=7).kept_needs() is not None
    assert Line("tiny", run, seed=7).kept_study() is not None
    assert Line("tiny", run, seed=8).kept_needs() is None
    folder = Path(shutil.copytree(example_folder("tiny"), tmp_path / "mine"))
    toml = folder / "scenario.toml"
    toml.write_text(toml.read_text().replace("people_share = 0.4", "people_share = 0.5"))
    changed = Line(str(folder), Path(shutil.copytree(run, tmp_path / "run")), seed=7)
    assert changed.kept_needs() is None
    assert changed.kept_study() is None


def test_budget_day_and_laydown_are_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    wishes = ["--budget", "600000", "--by", "2025-10-01", "--laydown", "today", "--json"]
    assert _guarded(["needs", "tiny", "--seed", "7", "--out", str(tmp_path / "run"), *wishes]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["budget_eur"] == 600_000
    assert answer["by"] == "2025-10-01"
    assert answer["base_laydown"].startswith("today")
    assert answer["cost_eur"] <= 600_000


def test_bad_options_are_told_with_exit_code_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path / "run")]
    for arguments in (
        ["needs", "tiny", "--seed", "7", "--budget", "-1", "--laydown", "today", *out],
        ["needs", "tiny", "--seed", "7", "--laydown", "yesterday", *out],
        ["needs", "tiny", *out],
        ["study", "tiny", "--seed", "7", "--samples", "0", *out],
        ["study", "tiny", "--seed", "7", "--family", "weather", *out],
    ):
        assert _guarded(arguments) == 2
        assert "egide:" in capsys.readouterr().err


def test_the_study_leaves_a_line_for_each_variant_and_family(run: Path) -> None:
    variants = rows(run / "study.csv")
    assert variants[0]["family"] == "stated"
    assert {row["family"] for row in variants} == {"stated", "shares", "sites"}
    assert [row["family"] for row in rows(run / "study-bands.csv")] == ["sites", "shares", "all"]
