"""The ledger's file: append-only, atomic, locked, and readable after damage."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egide.cooperation import Event, LedgerDamage, event_from, replay
from egide.errors import InputError
from egide.io.ledger_files import append, head_path, mend, read_events, read_ledger, write_ledger

AT = datetime(2026, 3, 1, tzinfo=UTC)


def pledged(number: int, quantity: int = 5) -> Event:
    fields = {"id": f"e{number}", "line": f"lot-{number}", "at": AT, "kind": "pledged", "quantity": quantity}
    return event_from(fields)


def test_an_absent_file_is_an_empty_ledger_and_appending_makes_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ledger.jsonl"
    assert read_ledger(path) == replay(())
    ledger = append(path, [pledged(1)])
    assert read_ledger(path) == ledger
    assert read_ledger(path).lines["lot-1"].committed == 5


def test_appending_never_rewrites_what_stands(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    append(path, [pledged(1)])
    before = path.read_bytes()
    append(path, [pledged(2), pledged(3)])
    assert path.read_bytes().startswith(before)
    assert [event.id for event in read_events(path)] == ["e1", "e2", "e3"]


def test_a_refused_batch_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    append(path, [pledged(1)])
    before = path.read_bytes(), head_path(path).read_bytes()
    with pytest.raises(InputError, match="no known item"):
        append(path, [pledged(2), pledged(3)._replace(item="sampt")], items={"gepard"})
    assert (path.read_bytes(), head_path(path).read_bytes()) == before


def test_whole_lines_missing_at_the_end_are_found_by_the_head_and_nothing_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    append(path, [pledged(1), pledged(2)])
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(LedgerDamage) as caught:
        append(path, [pledged(3)])
    assert [event.id for event in caught.value.intact] == ["e1"]
    assert caught.value.line_number == 2
    assert len(path.read_bytes().splitlines()) == 1


def test_a_deleted_file_beside_its_head_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    append(path, [pledged(1)])
    path.unlink()
    with pytest.raises(LedgerDamage):
        read_events(path)


def test_mending_keeps_the_damaged_file_whole_and_goes_on_with_the_intact_part(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    append(path, [pledged(1), pledged(2)])
    damaged = path.read_bytes()[:-10]
    path.write_bytes(damaged)
    aside = mend(path)
    assert aside is not None
    assert aside.read_bytes() == damaged
    assert [event.id for event in read_events(path)] == ["e1"]
    assert mend(path) is None
    assert append(path, [pledged(2)]).lines["lot-2"].committed == 5


def test_a_machine_that_stopped_before_the_head_was_written_lost_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    append(path, [pledged(1)])
    old_head = head_path(path).read_bytes()
    append(path, [pledged(2)])
    head_path(path).write_bytes(old_head)
    assert len(append(path, [pledged(3)]).events) == 3


def test_an_unreadable_head_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    append(path, [pledged(1)])
    for content in (b"{}", b"[]", b"nonsense", b'{"count": -1, "hash": "x"}'):
        head_path(path).write_bytes(content)
        with pytest.raises(InputError, match="no head"):
            read_events(path)


def test_a_written_ledger_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    events = append(path, [pledged(1)]).events
    write_ledger(tmp_path / "view" / "ledger.jsonl", events)
    assert read_events(tmp_path / "view" / "ledger.jsonl") == events
    with pytest.raises(InputError):
        write_ledger(path, events)


def _writer(path: str, first: int) -> None:
    for number in range(first, first + 5):
        append(path, [pledged(number)])


def test_two_writers_at_once_lose_no_event(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    context = multiprocessing.get_context(
        "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    )
    writers = [context.Process(target=_writer, args=(str(path), first)) for first in (0, 100)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert {event.id for event in read_events(path)} == {f"e{n}" for n in (*range(5), *range(100, 105))}
