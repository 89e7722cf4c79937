"""A partner's view holds nothing withheld, in no byte of any file, and is that of a plan that never had it."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from egide.app.cli import _guarded
from egide.io.packaged import example_folder

SECRETS = (
    "Quiet Corner",
    "quiet-battery",
    "quiet-promise",
    "quiet-lot",
    "quiet-decision",
    "quiet-asset",
    "4711",
)
"""Names and ids of what is withheld, and a number that stands nowhere else."""


def _append(path: Path, rows: list[dict[str, str]]) -> None:
    """Add rows to a table, with the columns they need."""
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    header = lines[0]
    for name in dict.fromkeys(name for row in rows for name in row):
        if name not in header:
            header.append(name)
    table = [header, *([*line, *[""] * (len(header) - len(line))] for line in lines[1:])]
    table += [[row.get(name, "") for name in header] for row in rows]
    path.write_text("".join(",".join(line) + "\n" for line in table), encoding="utf-8")


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A plan with much that the ally may not see, and the same plan that never had it; both with a ledger."""
    root = tmp_path_factory.mktemp("plans")
    full, never = (Path(shutil.copytree(example_folder("tiny"), root / name)) for name in ("full", "never"))
    # One more site for both: where a unit could stand is no secret.
    for folder in (full, never):
        _append(
            folder / "sites.csv", [{"id": "bay", "name": "The bay", "lon_deg": "-27.05", "lat_deg": "44.96"}]
        )
        _append(
            folder / "pledges.csv",
            [
                {
                    "id": "p3",
                    "partner": "home",
                    "item": "burst-12-7",
                    "quantity": "100",
                    "stage": "funded",
                    "promised_on": "2025-05-01",
                    "releasable_to": "ally",
                }
            ],
        )
    _append(
        full / "units.csv",
        [
            {
                "id": "quiet-battery",
                "name": "Quiet Corner",
                "effector": "mshorad-saab",
                "partner": "home",
                "rounds_in_store": "6",
                "releasable_to": "home",
            }
        ],
    )
    _append(full / "laydown.csv", [{"unit": "quiet-battery", "site": "bay", "bearing_deg": "90"}])
    _append(
        full / "assets.csv",
        [
            {
                "id": "quiet-asset",
                "name": "Quiet Corner",
                "kind": "power",
                "lon_deg": "-27.01",
                "lat_deg": "44.99",
                "criticality": "5",
                "vulnerability": "5",
                "recuperability": "5",
                "threat": "5",
                "population": "4711",
                "region": "West",
                "releasable_to": "home",
            }
        ],
    )
    _append(
        full / "pledges.csv",
        [
            {
                "id": "quiet-promise",
                "partner": "home",
                "item": "rbs-70-bolide",
                "quantity": "9",
                "stage": "funded",
                "promised_on": "2025-05-01",
                "releasable_to": "home;saab",
            }
        ],
    )
    _append(
        full / "lots.csv",
        [
            {
                "id": "quiet-lot",
                "item": "rbs-70-bolide",
                "quantity": "9",
                "due": "2025-08-08",
                "pledge": "quiet-promise",
                "cost_eur": "4711",
            }
        ],
    )
    for folder in (full, never):
        assert _guarded(["ledger", "init", str(folder)]) == 0
        _event(folder, line="p1", kind="delivered", quantity="2", on="2025-07-09", source="ally")
    _event(full, line="quiet-decision", kind="decision", owner="home", title="Where Quiet Corner goes",
           serves="quiet-promise", due="2025-07-20")  # fmt: skip
    for folder in (full, never):
        _event(
            folder, line="d1", kind="decision", owner="home", title="Who pays", due="2025-07-20", cite="yes"
        )
    _event(full, line="p1", kind="note", note="before quiet-battery moves")
    _event(never, line="p1", kind="note", note="")
    return full, never


def _event(folder: Path, cite: str = "", **fields: str) -> None:
    options = [part for name, value in fields.items() for part in (f"--{name}", value)]
    at = ["--at", "2025-07-10T08:00:00Z", *(["--cite"] if cite else [])]
    assert _guarded(["ledger", "add", str(folder), *options, *at]) == 0


def _release(plan: Path, out: Path, *more: str) -> dict[str, bytes]:
    effort = ["--seed", "7", "--trials", "60", "--campaigns", "40", "--weeks", "12", *more]
    assert _guarded(["release", str(plan), "--to", "ally", "--out", str(out), *effort]) == 0
    return {
        str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def views(plans: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], ...]:
    root = tmp_path_factory.mktemp("views")
    return tuple(_release(plan, root / plan.name) for plan in plans)


def _texts(name: str, content: bytes) -> list[bytes]:
    """Everything of a file that could hold words: its bytes, what archives hold, what streams unpack to."""
    found = [content]
    if name.endswith(".npz"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found += [archive.read(member) for member in archive.namelist()]
            found += [member.encode() for member in archive.namelist()]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return found


def test_the_view_is_that_of_a_plan_that_never_had_what_is_withheld(
    views: tuple[dict[str, bytes], ...],
) -> None:
    """All files but the timings are the same bytes, maps, raids, outlook and ledger included."""
    of_full, of_never = views
    assert of_full.keys() == of_never.keys()
    differing = [
        name for name in of_full if of_full[name] != of_never[name] and not name.endswith("run.json")
    ]
    assert differing == []
    assert {
        "ledger.jsonl",
        "run/outlook.json",
        "run/assess-today.npz",
        "run/raid-designed.npz",
    } <= of_full.keys()


def test_no_byte_of_any_file_tells_of_what_is_withheld(views: tuple[dict[str, bytes], ...]) -> None:
    """Neither a name, nor an id, nor a telling number stands anywhere, packed or not."""
    for name, content in views[0].items():
        for text in _texts(name, content):
            for secret in SECRETS:
                assert secret.encode() not in text, f"{name} holds {secret}"
                assert secret.encode("utf-16-le") not in text, f"{name} holds {secret}"


def test_the_search_would_find_a_secret_in_a_packed_file(tmp_path: Path) -> None:
    """The search looks inside archives and packed streams, so that its silence means something."""
    np.savez_compressed(tmp_path / "a.npz", names=np.array(["quiet-battery"]))
    packed = b"stream\n" + zlib.compress(b"quiet-battery") + b"\nendstream"
    # NumPy keeps words as UCS-4.
    ucs4 = "quiet-battery".encode("utf-32-le")
    assert any(ucs4 in text for text in _texts("a.npz", (tmp_path / "a.npz").read_bytes()))
    assert any(b"quiet-battery" in text for text in _texts("a.pdf", packed))


def test_results_differ_between_the_full_plan_and_the_view(
    plans: tuple[Path, Path], views: tuple[dict[str, bytes], ...], tmp_path: Path
) -> None:
    """The hidden battery does change the full plan's coverage: the view is not the full result with a mask."""
    out = tmp_path / "full-run"
    assert _guarded(["assess", str(plans[0]), "--out", str(out)]) == 0
    assert (out / "assess-today.npz").read_bytes() != views[0]["run/assess-today.npz"]


def test_requirements_computed_from_the_full_plan_are_withheld(
    plans: tuple[Path, Path], tmp_path: Path
) -> None:
    """A shortage counted over hidden stocks would betray them by its quantity."""
    folder = Path(shutil.copytree(plans[1], tmp_path / "with-need"))
    run = tmp_path / "run"
    effort = ["--seed", "7", "--trials", "60", "--campaigns", "40", "--weeks", "12"]
    assert _guarded(["sustain", str(folder), "--out", str(run), *effort]) == 0
    recorded = ["--from-run", "--run", str(run), "--at", "2025-07-11"]
    assert _guarded(["ledger", "add", str(folder), *recorded]) == 0
    assert b"need-" in (folder / "ledger.jsonl").read_bytes()
    view = _release(folder, tmp_path / "view")
    assert b"need-" not in view["ledger.jsonl"]


def test_the_releaser_is_told_what_was_withheld_and_the_folder_is_not(
    plans: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was taken out stands on the releaser's terminal alone."""
    capsys.readouterr()
    _release(plans[0], tmp_path / "view", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["withheld"]["units"] == ["quiet-battery"]
    assert said["withheld"]["lots"] == ["quiet-lot"]
    assert said["not_computed"] == []
    plain = [path for path in (tmp_path / "view").rglob("*") if path.is_file()]
    assert plain
    assert all(b"quiet" not in path.read_bytes() for path in plain)


def test_who_is_no_partner_gets_nothing(plans: tuple[Path, Path], tmp_path: Path) -> None:
    """A release to somebody unknown, or into a folder in use, writes no file."""
    arguments = ["release", str(plans[0]), "--seed", "7", "--to"]
    assert _guarded([*arguments, "nobody", "--out", str(tmp_path / "view")]) == 2
    assert not (tmp_path / "view").exists()
    assert _guarded([*arguments, "ally", "--out", str(plans[1])]) == 2


def test_without_a_seed_only_what_hangs_on_no_chance_is_computed(
    plans: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The view is named after plan and partner; siting, raids and outlook are said not to be computed."""
    folder = Path(shutil.copytree(plans[0], tmp_path / "plan"))
    capsys.readouterr()
    assert _guarded(["release", str(folder), "--to", "ally", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["computed"] == ["assessment of the laydown today"]
    assert all(words.endswith("no seed was given") for words in said["not_computed"])
    view = tmp_path / "plan-for-ally"
    assert (view / "run" / "assess-today.json").is_file()
    assert not (view / "run" / "outlook.json").exists()
    assert all(b"quiet" not in path.read_bytes() for path in view.rglob("*") if path.is_file())


def test_a_plan_with_its_own_elevation_model_hands_over_the_files_that_place_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder made by `egide new`, as the tutorial has it: without the projection beside it no map can be made."""
    folder, view = tmp_path / "island", tmp_path / "view"
    assert _guarded(["new", str(folder), "--from", "tiny"]) == 0
    capsys.readouterr()
    assert _guarded(["release", str(folder), "--to", "ally", "--out", str(view), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["computed"] == ["assessment of the laydown today"]
    assert {"terrain.asc", "terrain.prj"} <= {path.name for path in view.iterdir()}
    assert "terrain.prj" not in said["left_out"]
    # What merely lies about stays at home.
    assert not (view / "schema").exists()


def test_a_view_that_is_no_sound_scenario_is_taken_back(plans: tuple[Path, Path], tmp_path: Path) -> None:
    """Where the only raid flies against a withheld asset, the view says so and leaves nothing behind."""
    folder = Path(shutil.copytree(plans[1], tmp_path / "plan"))
    assets = folder / "assets.csv"
    rows = assets.read_text().splitlines()
    rows = [rows[0] + ",releasable_to", *(row + ",home" for row in rows[1:])]
    assets.write_text("\n".join(rows) + "\n")
    assert (
        _guarded(["release", str(folder), "--to", "ally", "--out", str(tmp_path / "view"), "--seed", "7"])
        == 2
    )
    assert not (tmp_path / "view").exists()


@pytest.mark.slow
def test_the_briefs_of_both_views_are_the_same_and_tell_of_nothing(
    plans: tuple[Path, Path], tmp_path: Path
) -> None:
    """Pages and PDF included; a PDF draws words with numbers of glyphs, so equality is the stronger half."""
    of_full, of_never = (_release(plan, tmp_path / plan.name, "--brief") for plan in plans)
    assert {"run/brief-en.pdf", "run/brief-en.html"} <= of_full.keys()
    assert [
        name for name in of_full if of_full[name] != of_never[name] and not name.endswith("run.json")
    ] == []
    for name, content in of_full.items():
        assert not any(secret.encode() in text for text in _texts(name, content) for secret in SECRETS), name
