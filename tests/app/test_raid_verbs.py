"""`egide raid` and `egide backtest` answer on the two streams as they should, and refuse what cannot be."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.reference import reference

from egide.app.cli import _guarded, _line
from egide.raids.baselines import BASELINES

COLUMNS = ("time_start", "time_end", "model", "launched", "destroyed", "not_reach_goal")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Arguments that every call shares; the run folder is made once."""
    return ["raid", "tiny", "--seed", "7", "--trials", "120", "--out", str(tmp_path_factory.mktemp("raid"))]


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    capsys.readouterr()
    assert _guarded([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def written(path: Path, first: date, nights: int, seed: int = 0, **changed: str) -> Path:
    """A bulletin file of made-up nights, one line each."""
    rng = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(COLUMNS)
        for k in range(nights):
            day, launched = first + timedelta(days=k), int(rng.integers(60, 200))
            through = int(rng.binomial(launched, 0.15))
            row = {
                "time_start": f"{day - timedelta(days=1)} 20:00", "time_end": f"{day} 08:00",
                "model": "Shahed-136/131", "launched": str(launched), "destroyed": str(launched - through),
                "not_reach_goal": "", **changed,
            }  # fmt: skip
            lines.writerow([row[name] for name in COLUMNS])
    return path


def test_a_raid_says_through_cost_warning_stages_and_saturation(
    run: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, *run)
    assert found["through"][0]["q10"] <= found["through"][0]["q90"]
    assert {"stages", "warning_s", "saturation", "people_exposed", "value_protected_eur"} <= found.keys()
    assert 0.0 < found["cost_exchange"]["q50"] < 100.0
    assert answer(capsys, *run) == found


def test_every_question_adds_its_own_answer(run: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, *run, "--compare", "--levels", "--regret", "--assumptions", "--replay", "3")
    assert found["compare"]["plans"] == ["today", "designed"]
    assert found["levels"]["plans"] == ["own", "local", "theatre"]
    assert found["regret"]["solved"] + found["regret"]["set_aside"] > 0
    assert all(row["low"] <= row["value"] <= row["high"] for row in found["assumptions"])
    assert {"published", "derived", "assumed"} >= {row["confidence"] for row in found["assumptions"]}
    assert len(found["replay"]["flights"]) == 12
    assert found["replay"]["trial"] == 3


def test_uncertainty_of_both_laydowns_is_kept_for_the_brief_of_the_same_inputs(
    run: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its summary stands in the run folder, says what the answer says, and is not of another seed."""
    assert _line("tiny", Path(run[-1]), 7).kept_uncertain() is None
    found = answer(capsys, *run, "--uncertainty", "--compare")["uncertainty"]
    kept = _line("tiny", Path(run[-1]), 7).kept_uncertain()
    assert kept is not None
    assert [plan.name for plan in kept.plans] == ["today", "designed"]
    for plan, said in zip(kept.plans, found["plans"], strict=True):
        assert (plan.q10, plan.q50, plan.q90) == (said["q10"], said["q50"], said["q90"])
        assert sum(share for _, share in plan.leading) > 0.0
    assert sum(plan.best_fraction for plan in kept.plans) == pytest.approx(1.0)
    assert _line("tiny", Path(run[-1]), 8).kept_uncertain() is None


def test_changes_are_simulated_and_the_run_folder_keeps_the_stated_raid(
    run: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    stated = answer(capsys, *run)
    changed = answer(capsys, *run, "--lost", "missiles", "--lost", "guns", "--integration", "own")
    assert changed["through"][0]["mean"] > stated["through"][0]["mean"]
    assert answer(capsys, *run) == stated


def test_a_raid_of_reported_size_is_simulated_with_its_source(
    run: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, *run, "--library", "one_way_drone:q25+cruise_missile:2")
    assert found["raid"] == "library"
    assert any("ODC-BY" in note for note in found["notes"])
    assert found["through"][1]["launched"] == 78


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--doctrine", "L-L"], "S-L-S"),
        (["--lost", "nobody"], "no unit"),
        (["--library", "kites:q50"], "no class of the library"),
        (["--library", "one_way_drone:q50", "--name", "dawn"], "either it or --library"),
        (["--reserve", "drones"], "CLASS=ROUNDS"),
        (["--threat-price", "shahed-136"], "TYPE=EUR"),
        (["--laydown", "tomorrow"], "today or designed"),
        (["--name", "dusk"], "dusk"),
        (["--replay", "-1"], "from 0"),
    ],
)
def test_what_cannot_be_simulated_is_said_with_exit_code_2(
    run: list[str], options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _guarded([*run, *options]) == 2
    caught = capsys.readouterr()
    assert words in " ".join(caught.err.split())
    assert caught.out == ""


def test_a_backtest_prints_one_object_and_counts_what_it_set_aside_on_the_other_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = written(tmp_path / "train.csv", date(2025, 8, 1), 60)
    test = written(tmp_path / "test.csv", date(2025, 9, 21), 30, seed=0)
    with test.open("a", encoding="utf-8") as stream:
        stream.write(
            "2025-10-30 20:00,2025-10-31 08:00,Brand-new model,5,5,\n2025-10-30 20:00,soon,Kalibr,5,5,\n"
        )
    assert (
        _guarded(["backtest", str(train), "--train-until", "2025-09-15", "--test", str(test), "--json"]) == 0
    )
    caught = capsys.readouterr()
    found = json.loads(caught.out)
    assert set(found) == {"nights", "log_score", "crps", "cover_80", "cover_90", "baselines"}
    assert set(found["baselines"]) == set(BASELINES)
    for scores in found["baselines"].values():
        assert set(scores) == {"nights", "log_score", "crps", "cover_80", "cover_90"}
    # 60 nights to 29 September, 30 from the 21st on; those after the 15th are tested, each once.
    assert found["nights"] == 35
    for words in ("1 x window whose start or end", "Brand-new model", "neither forecasts"):
        assert words in caught.err
    tenths = re.search(r"PIT of the model, nights in each tenth.*?:((?:\s+\d+){10})", caught.err)
    assert tenths is not None
    assert sum(map(int, tenths.group(1).split())) == 35


def test_a_backtest_does_not_hang_on_its_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = written(tmp_path / "train.csv", date(2025, 8, 1), 80)
    scores = [
        answer(capsys, "backtest", str(train), "--train-until", "2025-09-15", "--seed", s) for s in "15"
    ]
    assert scores[0] == scores[1]


@pytest.mark.parametrize(
    ("until", "words"),
    [("soon", "is no date"), ("2025-09-15T08:00", "without its zone"), ("2030-01-01", "nothing to test"),
     ("2001-01-01", "nothing to train on")],
)  # fmt: skip
def test_a_backtest_refuses_dates_it_cannot_use(
    tmp_path: Path, until: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    train = written(tmp_path / "train.csv", date(2025, 8, 1), 30)
    assert _guarded(["backtest", str(train), "--train-until", until]) == 2
    assert words in " ".join(capsys.readouterr().err.split())


def test_a_time_with_its_zone_is_turned_into_the_utc_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = written(tmp_path / "train.csv", date(2025, 8, 1), 60)
    by_date = answer(capsys, "backtest", str(train), "--train-until", "2025-09-15")
    by_time = answer(capsys, "backtest", str(train), "--train-until", "2025-09-16T01:00+03:00")
    assert by_date == by_time


def test_a_bulletin_file_without_its_columns_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("time_start,model\n2025-08-01 20:00,Kalibr\n", encoding="utf-8")
    assert _guarded(["backtest", str(path)]) == 2
    assert capsys.readouterr().err.count("is missing") == 4


def test_the_reported_nights_split_in_two_files_score_as_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The published file cut in two that overlap by ten days: nights in both count once."""
    whole = reference("data/raids/bulletins_2022-2025.csv")
    with whole.open(encoding="utf-8", newline="") as stream:
        header, *lines = list(csv.reader(stream))
    parts = {
        "train": [line for line in lines if "2025-07-01" < line[1][:10] <= "2025-10-31"],
        "test": [line for line in lines if line[1][:10] >= "2025-10-21"],
        "both": [line for line in lines if line[1][:10] > "2025-07-01"],
    }
    paths = {}
    for name, rows in parts.items():
        paths[name] = tmp_path / f"{name}.csv"
        with paths[name].open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *rows])
    two = answer(
        capsys, "backtest", str(paths["train"]), "--train-until", "2025-10-31", "--test", str(paths["test"])
    )  # fmt: skip
    one = answer(capsys, "backtest", str(paths["both"]), "--train-until", "2025-10-31")
    assert two == one
    assert two["nights"] == 62
    rolling = two["baselines"]["rolling_beta_binomial_log_launched"]
    assert two["log_score"] < rolling["log_score"]
    assert two["crps"] < rolling["crps"]
