"""The ledger: replay, chain, damage, corrections, and what may not be recorded."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cooperation.strategies import START, histories

from egide.cooperation import (
    Event,
    Head,
    LedgerDamage,
    admit,
    event_from,
    ledger_bytes,
    read_ledger_bytes,
    replay,
    sealed,
    totals,
)
from egide.cooperation.bulk import events_in_bulk
from egide.cooperation.chain import GENESIS
from egide.cooperation.corrections import resolved
from egide.cooperation.event import body_of, problems_of_event, raw_event
from egide.cooperation.line import _folded, _regular
from egide.errors import InputError

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(kind: str, number: int = 1, line: str = "lot-7", **fields: object) -> Event:
    return event_from({"id": f"e{number}", "line": line, "at": AT, "kind": kind, **fields})


def life(*steps: tuple[str, int]) -> tuple[Event, ...]:
    return tuple(event(kind, number, quantity=quantity) for number, (kind, quantity) in enumerate(steps, 1))


@settings(max_examples=70)
@given(histories(), st.data())
def test_a_prefix_replayed_and_extended_is_the_whole_replayed(
    events: tuple[Event, ...], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(events)))
    whole = replay(events)
    assert replay(events[:cut]).extended(events[cut:]) == whole
    assert replay(events[:cut]).extended(events[cut:]).problems == whole.problems
    assert replay(whole.events) == whole


@settings(max_examples=70)
@given(histories())
def test_the_quick_fold_agrees_with_the_plain_one(events: tuple[Event, ...]) -> None:
    by_line: dict[str, list[Event]] = {}
    for one in events:
        by_line.setdefault(one.line, []).append(one)
    for of_line in by_line.values():
        quick = _regular(of_line)
        if quick is not None:
            problems: list[object] = []
            assert quick == _folded(of_line, problems)  # type: ignore[arg-type]
            assert problems == []


@settings(max_examples=70)
@given(histories())
def test_quantities_are_the_sum_of_what_still_counts(events: tuple[Event, ...]) -> None:
    """A slow twin: where a line has no contradiction, plain sums over its effective events give its state."""
    ledger = replay(events)
    for line in ledger.lines.values():
        if ledger.problems_by_line.get(line.id):
            continue
        effective, _ = resolved(line.id, line.events, [])
        sums: dict[str, int] = {}
        for one in effective:
            sums[one.kind] = sums.get(one.kind, 0) + (one.quantity or 0)
        for stage in ("requirement", "contracted", "shipped", "delivered", "in_service"):
            assert line.at_stage(stage) == sums.get(stage, 0)
        assert line.committed == sums.get("pledged", 0) - sums.get("withdrawn", 0)
        assert line.allocated == sums.get("allocated", 0)


@settings(max_examples=70)
@given(histories())
def test_bytes_and_back_is_identity_and_the_quick_reader_agrees_with_the_plain_one(
    events: tuple[Event, ...],
) -> None:
    chain = sealed(events)
    assert read_ledger_bytes(ledger_bytes(chain)) == chain
    bodies = [json.loads(body_of(one)) for one in events]
    assert tuple(events_in_bulk(bodies, [one.hash for one in chain], GENESIS)) == chain
    for body in bodies:
        assert problems_of_event(raw_event(body), "") == []


UNSOUND = (
    {"quantity": 2.5},
    {"quantity": -1},
    {"quantity": True},
    {"quantity": 0},
    {"partner": "De"},
    {"kind": "sent"},
    {"at": "2026-03-01"},
    {"at": "2026-03-01T12:00:00"},
    {"on": "2026-03-09"},
    {"on": "soon"},
    {"due": "2024-01-01"},
    {"money": -1.0, "currency": "EUR"},
    {"money": 1.0},
    {"currency": "EUR"},
    {"money": 1.0, "currency": "euro"},
    {"colour": "red"},
    {"refers_to": "e0"},
    {"priority": 9},
    {"plan": "abc"},
    {"line": ""},
    {"source": 3},
)


@pytest.mark.parametrize("wrong", UNSOUND, ids=str)
def test_an_unsound_event_is_refused_and_a_chain_that_holds_one_ends_there(wrong: dict[str, object]) -> None:
    sound: dict[str, object] = {
        "id": "e2",
        "line": "l",
        "at": "2026-03-01T12:00:00Z",
        "kind": "pledged",
        "quantity": 3,
        "on": "2026-02-01",
    }
    first = sealed([event_from({**sound, "id": "e1"})])
    with pytest.raises(InputError):
        event_from(sound | wrong)
    body = json.dumps(sound | wrong).encode()
    digest = hashlib.sha256(first[0].hash.encode() + body).hexdigest()
    content = ledger_bytes(first) + b'{"event":' + body + f',"hash":"{digest}"}}\n'.encode()
    with pytest.raises(LedgerDamage) as caught:
        read_ledger_bytes(content)
    assert caught.value.intact == first
    assert caught.value.line_number == 2


@settings(max_examples=60)
@given(st.data())
def test_any_edited_byte_is_found_at_its_line_and_what_comes_before_is_intact(data: st.DataObject) -> None:
    chain = sealed(life(("pledged", 40), ("contracted", 40), ("shipped", 20), ("delivered", 20)))
    content = bytearray(ledger_bytes(chain))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    line = ledger_bytes(chain)[:place].count(b"\n")
    with pytest.raises(LedgerDamage) as caught:
        read_ledger_bytes(bytes(content))
    assert caught.value.intact == chain[:line]
    assert caught.value.line_number == line + 1


@settings(max_examples=60)
@given(st.data())
def test_any_truncation_is_found_with_the_head_and_the_intact_part_is_read(data: st.DataObject) -> None:
    chain = sealed(life(("pledged", 40), ("contracted", 40), ("shipped", 20), ("delivered", 20)))
    content = ledger_bytes(chain)
    cut = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(LedgerDamage) as caught:
        read_ledger_bytes(content[:cut], head=Head(4, chain[-1].hash))
    assert caught.value.intact == chain[: content[:cut].count(b"\n")]


def test_lines_put_in_another_order_or_left_out_are_found() -> None:
    chain = sealed(life(("pledged", 40), ("contracted", 40), ("shipped", 20)))
    lines = ledger_bytes(chain).splitlines(keepends=True)
    for wrong in ([lines[1], lines[0], lines[2]], [lines[0], lines[2]], [lines[1], lines[2]]):
        with pytest.raises(LedgerDamage):
            read_ledger_bytes(b"".join(wrong))


def test_a_file_ahead_of_its_head_is_whole() -> None:
    chain = sealed(life(("pledged", 40), ("contracted", 40)))
    assert read_ledger_bytes(ledger_bytes(chain), head=Head(1, chain[0].hash)) == chain


def test_partial_quantities_add_up_and_the_three_totals_stay_apart() -> None:
    steps = (
        ("pledged", 50),
        ("allocated", 40),
        ("contracted", 40),
        ("shipped", 30),
        ("delivered", 10),
        ("delivered", 15),
    )
    first = event("pledged", 0, partner="de", item="gepard", quantity=5, money=2.0, currency="USD")
    ledger = replay([first, *life(*steps)])
    line = ledger.lines["lot-7"]
    assert (line.committed, line.allocated, line.delivered, line.outstanding) == (55, 40, 25, 15)
    assert line.stage == "delivered"
    (total,) = totals(ledger, rates={"USD": 0.9})
    assert total.key == ("de", "gepard")
    assert (total.committed, total.allocated, total.delivered) == (55, 40, 25)
    assert (total.committed_eur, total.allocated_eur, total.delivered_eur) == (1.8, 0.0, 0.0)


def test_every_currency_without_a_rate_is_named_at_once() -> None:
    events = [
        event("pledged", number, f"l{number}", quantity=1, money=1.0, currency=code)
        for number, code in enumerate(["SEK", "EUR", "NOK"])
    ]
    with pytest.raises(InputError) as caught:
        totals(replay(events))
    assert {problem.value for problem in caught.value.problems} == {"SEK", "NOK"}


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        ((("delivered", 5),), "kind"),
        ((("shipped", 5),), "kind"),
        ((("pledged", 5), ("in_service", 5)), "kind"),
        ((("contracted", 5), ("delivered", 6)), "quantity"),
        ((("pledged", 5), ("delivered", 6)), "quantity"),
        ((("requirement", 5), ("validated", 6)), "quantity"),
        ((("contracted", 9), ("shipped", 5), ("delivered", 6)), "quantity"),
        ((("pledged", 5), ("withdrawn", 6)), "quantity"),
    ],
)
def test_a_step_that_outruns_what_it_rests_on_is_kept_and_not_counted(
    steps: tuple[tuple[str, int], ...], what: str
) -> None:
    ledger = replay(life(*steps))
    assert len(ledger.events) == len(steps)
    (problem,) = ledger.problems
    assert problem.field.endswith(what)
    assert ledger.lines["lot-7"].delivered == 0 or ledger.lines["lot-7"].delivered <= 5
    with pytest.raises(InputError):
        admit(replay(()), life(*steps))


def test_dates_that_contradict_each_other_are_refused_together() -> None:
    events = [
        event("pledged", 1, "a", quantity=5, on="2025-06-01"),
        event("contracted", 2, "a", quantity=5, on="2025-05-01"),
        event("pledged", 3, "b", quantity=5, on="2025-06-01"),
        event("rescheduled", 4, "b", due="2025-01-01"),
    ]
    with pytest.raises(InputError) as caught:
        admit(replay(()), events)
    assert [problem.field for problem in caught.value.problems] == ["a/e2.on", "b/e4.due"]


def test_unknown_partners_and_items_are_named_with_the_nearest_known() -> None:
    with pytest.raises(InputError) as caught:
        admit(
            replay(()),
            [event("pledged", quantity=1, partner="germny", item="nassams")],
            partners={"germany"},
            items={"nasams"},
        )
    assert "'germany'" in str(caught.value)
    assert "'nasams'" in str(caught.value)


def test_an_id_used_twice_is_refused_and_on_replay_counted_once() -> None:
    twice = [event("pledged", 1, "a", quantity=5), event("pledged", 1, "b", quantity=7)]
    with pytest.raises(InputError):
        admit(replay(()), twice)
    ledger = replay(twice)
    assert [line.committed for line in ledger.lines.values()] == [5]
    assert len(ledger.problems) == 1


def test_an_id_used_a_third_time_is_refused_like_the_second() -> None:
    """A ledger put together elsewhere may hold an id twice: that excuses no further use of it."""
    first = event("contracted", quantity=5)
    held = replay(sealed([first, first._replace(note="again")]))
    assert len(held.problems) == 1
    with pytest.raises(InputError, match="earlier event"):
        admit(held, [first._replace(note="and again")])


def test_records_out_of_order_of_time_are_refused() -> None:
    late = event("pledged", 1, quantity=1)
    early = late._replace(id="e2", at=AT - timedelta(days=1))
    with pytest.raises(InputError, match="in order of time"):
        admit(admit(replay(()), [late]), [early])


def test_a_refused_batch_leaves_the_ledger_as_it_was() -> None:
    ledger = admit(replay(()), [event("pledged", 1, quantity=5)])
    with pytest.raises(InputError):
        admit(ledger, [event("contracted", 2, quantity=5), event("delivered", 3, quantity=9)])
    assert len(ledger.events) == 1
    assert admit(ledger, [event("contracted", 2, quantity=5)]).lines["lot-7"].at_stage("contracted") == 5


def test_a_correction_is_an_event_and_mends_what_came_after() -> None:
    wrong = life(("pledged", 5), ("delivered", 6))
    ledger = replay(wrong)
    assert ledger.problems
    mended = ledger.extended([event("corrected", 3, refers_to="e1", quantity=8, source="annex 2")])
    assert not mended.problems
    assert (mended.lines["lot-7"].committed, mended.lines["lot-7"].delivered) == (8, 6)
    assert mended.events[: len(wrong)] == wrong
    voided = mended.extended([event("voided", 4, refers_to="e2")])
    assert voided.lines["lot-7"].delivered == 0


def test_a_correction_of_nothing_is_a_problem() -> None:
    assert replay([event("voided", 1, refers_to="e9")]).problems


def test_sources_that_disagree_are_both_kept_and_the_first_is_counted() -> None:
    told = [
        event("pledged", 1, quantity=10, source="ministry"),
        event("delivered", 2, quantity=5, source="ministry"),
        event("account", 3, refers_to="e2", quantity=3, source="auditor"),
    ]
    line = replay(told).lines["lot-7"]
    (found,) = line.disagreements
    assert (found.field, found.counted, found.other) == ("quantity", 5, 3)
    assert (found.counted_source, found.other_source) == ("ministry", "auditor")
    assert line.delivered == 5
    assert line.sources == ("ministry", "auditor")


def test_a_due_day_that_slips_keeps_the_first_one() -> None:
    line = replay(
        [
            event("pledged", 1, quantity=1, on="2025-01-01", due="2025-03-01"),
            event("rescheduled", 2, due="2025-04-01"),
        ]
    ).lines["lot-7"]
    assert (line.first_due, line.due) == (date(2025, 3, 1), date(2025, 4, 1))


def test_decisions_have_an_owner_and_close_once() -> None:
    with pytest.raises(InputError):
        event("decision", title="who pays")
    opened = event("decision", 1, "d1", title="who pays", owner="fr", due="2026-04-01", plan="a" * 64)
    ledger = replay([opened])
    assert ledger.tasks["d1"].is_open
    closed = ledger.extended([event("closed", 2, "d1")])
    assert not closed.tasks["d1"].is_open
    assert closed.tasks["d1"].plan == "a" * 64
    assert closed.extended([event("closed", 3, "d1")]).problems
    assert closed.extended([event("pledged", 4, "d1", quantity=3)]).problems


def test_text_in_any_script_survives_the_file() -> None:
    chain = sealed([event("note", note='Київ, "лот 7"\n\\ é \u2028', source="Міністерство")])
    assert read_ledger_bytes(ledger_bytes(chain)) == chain
    assert START.tzinfo is UTC
