"""Bulletin files are read whole or refused with every problem named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from egide.errors import InputError
from egide.io.bulletin_files import read_bulletins, read_raid_statistics

HEADER = "time_start,time_end,model,launched,destroyed,not_reach_goal,target,source,extra"
LINE = '2025-09-01 20:00,2025-09-02 08:00,Shahed-136/131,150.0,120.0,0.0,"Kyiv, Ukraine",kpszsu/1,x'


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "bulletins.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_file_is_read_with_its_quotes_and_extra_columns(tmp_path: Path) -> None:
    """Quoted commas stay in their cell, unknown columns are left alone, blank lines are skipped."""
    found = read_bulletins(write(tmp_path, f"{HEADER}\n{LINE}\n\n"))
    assert len(found) == 1
    assert found.target == ("Kyiv, Ukraine",)
    assert found.launched.tolist() == [150.0]
    assert found.file == "bulletins.csv"


def test_column_order_and_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    """A spreadsheet's byte order mark and another order of columns give the same rows."""
    plain = read_bulletins(write(tmp_path, f"{HEADER}\n{LINE}\n"))
    turned = "source,not_reach_goal,destroyed,launched,model,time_end,time_start\n"
    turned += "kpszsu/1,0.0,120.0,150.0,Shahed-136/131,2025-09-02 08:00,2025-09-01 20:00\n"
    other = read_bulletins(write(tmp_path, turned, "utf-8-sig"))
    assert other.launched.tolist() == plain.launched.tolist()
    assert other.time_end.tolist() == plain.time_end.tolist()
    assert other.target == ("",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        (f"{HEADER}\n", "no rows"),
        (HEADER.replace("launched", "fired") + f"\n{LINE}\n", "column.launched"),
        (HEADER.replace("target", "model") + f"\n{LINE}\n", "column.model"),
        (f"{HEADER}\n{LINE}\n".replace(",", ";"), "separate the cells by commas"),
        (f"{HEADER}\n{LINE},surplus\n", "record 2"),
        (f'{HEADER}\n{LINE}\n"never closed', "not a CSV table"),
    ],
)
def test_a_broken_file_is_refused_with_its_fault(tmp_path: Path, text: str, message: str) -> None:
    """Each kind of fault is an InputError that names file and place."""
    with pytest.raises(InputError) as caught:
        read_bulletins(write(tmp_path, text))
    assert message in str(caught.value)
    assert "bulletins.csv" in str(caught.value)


def test_a_compressed_file_is_the_same_file(tmp_path: Path) -> None:
    """A gzip file gives the rows of the file within; one cut short is refused."""
    plain = read_bulletins(write(tmp_path, f"{HEADER}\r\n{LINE}\r\n"))
    packed = gzip.compress(f"{HEADER}\n{LINE}\n".encode())
    path = tmp_path / "bulletins.csv.gz"
    path.write_bytes(packed)
    found = read_bulletins(path)
    assert (found.launched.tolist(), found.target) == (plain.launched.tolist(), plain.target)
    path.write_bytes(packed[:-12])
    with pytest.raises(InputError, match="no whole gzip file"):
        read_bulletins(path)


def test_many_broken_lines_are_counted_not_listed(tmp_path: Path) -> None:
    """Twenty faults are shown and the rest told by their number."""
    with pytest.raises(InputError) as caught:
        read_bulletins(write(tmp_path, HEADER + "\n" + f"{LINE},surplus\n" * 50))
    assert len(caught.value.problems) == 21
    assert "50" in str(caught.value.problems[-1])


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    """Another encoding, a folder and a missing file each say what to do."""
    with pytest.raises(InputError, match="UTF-8"):
        read_bulletins(write(tmp_path, HEADER.replace("extra", "й"), "cp1251"))
    with pytest.raises(InputError, match="cannot be read"):
        read_bulletins(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_bulletins(tmp_path)


def test_the_packaged_statistics_are_attributed_and_complete() -> None:
    """The packaged file names its source and licence, and every class and regime in it can be asked for."""
    from egide.io.packaged import DATA

    text = (DATA / "raids" / "fitted.toml").read_text(encoding="utf-8")
    assert "UA AirDefense Tracker / Petro Ivaniuk" in text
    assert "Air Force Command of the Armed Forces of Ukraine" in text
    assert "ODC-BY 1.0" in text
    statistics = read_raid_statistics()
    for outcome in statistics.outcomes:
        assert statistics.size(outcome.weapon_class, outcome.regime).nights == outcome.nights
        assert 0.0 < outcome.leak_low_fraction < outcome.leak_fraction < outcome.leak_high_fraction < 1.0
    with pytest.raises(InputError, match="no reported nights"):
        statistics.outcome("one_way_drone", "before_the_war")
