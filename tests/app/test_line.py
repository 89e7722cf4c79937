"""The line gives the same files whether its stages run two at a time or one by one, and whoever stops it."""

from __future__ import annotations

import io
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from egide.app import progress
from egide.app.aside import DONE, READY, Aside
from egide.app.cli import _guarded
from egide.app.line import DESIGNED, TODAY, Line
from egide.app.runs import RECORD
from egide.io.packaged import example_folder

FEW = {"trials": 100, "weeks": 4, "campaigns": 20}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != RECORD}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder whose last language was written by the second process."""
    out = tmp_path_factory.mktemp("line") / "run"
    line = Line("tiny", out, seed=7, quiet=True)
    line.brief(**FEW, languages=("en", "fr"))
    return out


def test_stages_one_by_one_and_two_at_a_time_leave_the_same_bytes(written: Path, tmp_path: Path) -> None:
    line = Line("tiny", tmp_path / "run", seed=7, quiet=True)
    for which in (TODAY, DESIGNED):
        line.assessment(which)
        line.raids(which, None, FEW["trials"])
    line.outlook(DESIGNED, **FEW)
    alone = [path for language in ("en", "fr") for path in line.brief(**FEW, languages=(language,))]
    assert len(alone) == 4
    apart, together = bytes_of(tmp_path / "run"), bytes_of(written)
    # Each language alone replaces the brief's record, and with it the files of the language before.
    assert "brief-en.html" not in apart
    assert all(apart[name] == together[name] for name in apart)
    assert apart.keys() == together.keys() - {"brief-en.html", "brief-en.pdf"}


def test_a_second_process_that_dies_costs_time_and_no_page(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(self: Aside, job: object) -> None:
        self._process.kill()

    monkeypatch.setattr(Aside, "start", dies)
    Line("tiny", tmp_path / "run", seed=7, quiet=True).brief(**FEW, languages=("en", "fr"))
    assert bytes_of(tmp_path / "run") == bytes_of(written)


def test_the_second_process_serves_until_the_pipe_is_closed(written: Path, tmp_path: Path) -> None:
    from egide.app.aside import _serve

    line = Line("tiny", written, seed=7, quiet=True)
    pages, _ = line._brief_job("fr", **FEW)
    target = tmp_path / "pages.html"
    answers = io.BytesIO()
    _serve(io.BytesIO(pickle.dumps((pages, (target,)))), answers)
    assert answers.getvalue() == READY + DONE
    assert target.read_bytes() == (written / "brief-fr.html").read_bytes()


def test_raids_of_one_folder_do_not_overwrite_each_other(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(example_folder("tiny"), tmp_path / "mine"))
    raids, groups = folder / "raids.csv", folder / "raid_groups.csv"
    rows = raids.read_text().splitlines()
    first = rows[1].split(",")[0]
    raids.write_text("\n".join([*rows, rows[1].replace(first, "other", 1)]) + "\n")
    lines = groups.read_text().splitlines()
    column = lines[0].split(",").index("raid")
    again = []
    for number, row in enumerate(lines[1:]):
        cells = row.split(",")
        cells[column] = "other"
        if "id" in lines[0].split(","):
            cells[lines[0].split(",").index("id")] = f"other-{number}"
        again.append(",".join(cells))
    groups.write_text("\n".join([*lines, *again]) + "\n")
    line = Line(str(folder), None, seed=7, quiet=True)
    one, two = line.raids(TODAY, first, 50), line.raids(TODAY, "other", 50)
    assert (one.raid, two.raid) == (first, "other")
    later = Line(str(folder), None, seed=7, quiet=True)
    later.raids(TODAY, first, 50)
    later.raids(TODAY, "other", 50)
    assert sorted(later.folder.reused) == ["raid-today", "raid-today-other"]
    assert later.folder.computed == []


@pytest.mark.skipif(os.name != "posix", reason="sends the interrupt of a terminal")
def test_an_interrupt_leaves_whole_stages_and_the_next_run_resumes(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-c", "from egide.app.cli import main; main()", "run", "tiny", "--seed", "7",
               "--trials", "100", "--weeks", "4", "--campaigns", "20", "--out", str(out)]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    ) as run:
        until = time.monotonic() + 300.0
        while not (out / "assess-today.json").exists() and run.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        os.killpg(run.pid, signal.SIGINT)
        assert run.stderr is not None
        said = run.stderr.read().decode()
        code = run.wait(timeout=300)
    if code == 0:
        pytest.skip("the run was over before the interrupt reached it")
    assert code == 130
    assert "reused" in said
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
    assert _guarded(command[3:]) == 0
    assert (out / "brief-fr.pdf").exists()


def test_bars_of_two_threads_share_one_display(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    drawn = io.StringIO()
    monkeypatch.setattr(progress, "console", Console(file=drawn, force_terminal=True, width=100))
    both_shown = threading.Barrier(2, timeout=30.0)

    def work(title: str) -> None:
        with progress.bar(title) as tick:
            both_shown.wait()
            tick(1, 2)

    threads = [threading.Thread(target=work, args=(title,)) for title in ("assess today", "site")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "assess today" in drawn.getvalue()
    assert "site" in drawn.getvalue()
    assert progress._display._progress is None
