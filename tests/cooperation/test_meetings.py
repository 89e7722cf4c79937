"""Needs, late lines, agendas, minutes and calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.cooperation import (
    CalendarEntry,
    Ledger,
    Minutes,
    Need,
    Offer,
    PledgeRow,
    action_events,
    admit,
    agenda,
    at_risk,
    calendar_text,
    entries_of,
    entries_of_actions,
    event_from,
    match,
    minutes_markdown,
    minutes_typst,
    open_needs,
    open_offers,
    overdue,
    pledge_events,
    replay,
    requirement_events,
    rows_of_pledges,
)
from egide.cooperation.agenda import SECTIONS, AgendaItem
from egide.errors import InputError
from egide.model import Action, Pledge

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = date(2026, 3, 1)


def office() -> Ledger:
    """A small ledger: a need, an offer, a late line, a line at risk, a decision, two accounts."""

    def line(number: int, line: str, kind: str, **fields: object) -> object:
        return event_from({"id": f"e{number}", "line": line, "at": AT, "kind": kind, **fields})

    return admit(
        replay(()),
        [
            line(1, "need-1", "requirement", item="gepard", quantity=30, due="2026-06-01", priority=1),
            line(
                2,
                "gift-1",
                "pledged",
                partner="de",
                item="gepard",
                quantity=12,
                on="2026-01-05",
                due="2026-05-01",
            ),
            line(
                3,
                "lot-7",
                "pledged",
                partner="fr",
                item="sampt",
                quantity=40,
                on="2025-06-01",
                due="2026-01-30",
            ),
            line(4, "lot-7", "contracted", quantity=40, on="2025-07-01", source="ministry"),
            line(5, "lot-7", "shipped", quantity=10, on="2025-12-01"),
            line(6, "lot-7", "delivered", quantity=10, on="2026-01-10", source="ministry"),
            line(7, "lot-7", "account", refers_to="e6", quantity=8, source="auditor"),
            line(
                8,
                "lot-8",
                "pledged",
                partner="it",
                item="sampt",
                quantity=5,
                on="2026-01-01",
                due="2026-04-01",
            ),
            line(
                9,
                "d1",
                "decision",
                title="Who pays the transport",
                owner="fr",
                due="2026-03-05",
                plan="a" * 64,
                run="b" * 64,
            ),
            line(10, "a1", "action", title="Later", owner="it", due="2026-09-05"),
        ],
    )  # type: ignore[arg-type]


QUANTITIES = st.integers(1, 20)
ITEMS = st.sampled_from(["x", "y", "z"])
DUES = st.none() | st.dates(date(2026, 1, 1), date(2026, 2, 1))
NEEDS = st.lists(st.tuples(ITEMS, QUANTITIES, DUES, st.integers(1, 5)), max_size=5).map(
    lambda made: [Need(f"n{number}", *fields) for number, fields in enumerate(made)]
)
OFFERS = st.lists(st.tuples(ITEMS, QUANTITIES, DUES), max_size=5).map(
    lambda made: [Offer(f"o{number}", "fr", *fields) for number, fields in enumerate(made)]
)


@given(NEEDS, OFFERS, st.booleans())
def test_matching_loses_no_piece_and_leaves_nothing_that_would_fit(
    needs: list[Need], offers: list[Offer], swap: bool
) -> None:
    substitutes = {"x": ["y"]} if swap else None
    made = match(needs, offers, substitutes)
    for need in needs:
        met = sum(found.quantity for found in made.matches if found.need == need.line)
        assert met + sum(left.quantity for left in made.unmet if left.line == need.line) == need.quantity
    for offer in offers:
        used = sum(found.quantity for found in made.matches if found.offer == offer.line)
        assert used + sum(left.quantity for left in made.unused if left.line == offer.line) == offer.quantity
    for need in made.unmet:
        accepted = {need.item, *(substitutes or {}).get(need.item, [])}
        assert not any(left.item in accepted for left in made.unused)
    assert all(found.quantity > 0 for found in made.matches)


def test_two_instalments_of_one_line_are_two_offers() -> None:
    """Made by hand, offers may share a line: neither instalment is lost and none is counted twice."""
    offers = [
        Offer("p1", "fr", "x", 5, date(2026, 1, 1)),
        Offer("p1", "fr", "x", 7, date(2026, 2, 1)),
    ]
    made = match([Need("n", "x", 6, date(2026, 1, 10), 1)], offers)
    assert [(found.quantity, found.days_late) for found in made.matches] == [(5, 0), (1, 22)]
    assert [(left.quantity, left.due) for left in made.unused] == [(6, date(2026, 2, 1))]


@given(NEEDS, OFFERS)
def test_matching_does_not_depend_on_the_order_handed_in(needs: list[Need], offers: list[Offer]) -> None:
    assert set(match(needs, offers).matches) == set(match(needs[::-1], offers[::-1]).matches)


def test_the_more_urgent_need_is_met_first_and_early_offers_are_spared() -> None:
    needs = [Need("late", "x", 5, date(2026, 2, 1), 2), Need("now", "x", 5, date(2026, 1, 10), 1)]
    offers = [Offer("early", "fr", "x", 5, date(2026, 1, 1)), Offer("later", "de", "x", 5, date(2026, 1, 9))]
    made = match(needs, offers)
    assert [(found.need, found.offer) for found in made.matches] == [("now", "later"), ("late", "early")]
    assert all(found.days_late == 0 for found in made.matches)


def test_open_needs_are_what_nobody_has_promised() -> None:
    ledger = office()
    (need,) = open_needs(ledger)
    assert (need.line, need.quantity, need.priority) == ("need-1", 30, 1)
    served = admit(
        ledger, [event_from({"id": "e20", "line": "gift-1", "at": AT, "kind": "note", "serves": "need-1"})]
    )
    (left,) = open_needs(served)
    assert left.quantity == 18
    assert "gift-1" not in {offer.line for offer in open_offers(served)}
    assert {offer.line for offer in open_offers(ledger)} == {"gift-1", "lot-7", "lot-8"}


def test_overdue_lines_stand_with_the_value_their_delay_costs() -> None:
    (late,) = overdue(office(), TODAY, {"lot-7": 0.5})
    assert (late.line, late.outstanding, late.days_late, late.cost) == ("lot-7", 30, 30, 15.0)
    assert overdue(office(), date(2026, 1, 30)) == ()
    (unvalued,) = overdue(office(), TODAY)
    assert unvalued.cost is None


def test_lines_whose_stage_usually_takes_longer_than_is_left_are_at_risk() -> None:
    found = {late.line: late.days_late for late in at_risk(office(), TODAY)}
    assert found == {"lot-8": 120 - 31, "gift-1": 120 - 61}
    assert at_risk(office(), TODAY, lead_time_days={"pledged": 10}) == ()


def test_an_agenda_holds_every_section_that_has_something_and_cites_what_it_rests_on() -> None:
    drafted = agenda(
        office(),
        TODAY,
        gaps=["second layer over region A"],
        changes=["battery 3 moves 12 km east"],
        since=AT - timedelta(days=1),
        plan="c" * 64,
        value_per_day={"lot-7": 0.5},
    )
    assert [item.section for item in drafted.items] == sorted(
        (item.section for item in drafted.items), key=list(SECTIONS).index
    )
    assert {item.section for item in drafted.items} == {
        "Gaps",
        "Overdue",
        "At risk",
        "Decisions due",
        "Open needs",
        "Disagreements",
        "Changes",
    }
    (decision,) = drafted.section("Decisions due")
    assert (decision.owner, decision.due, decision.plan, decision.run) == (
        "fr",
        date(2026, 3, 5),
        "a" * 64,
        "b" * 64,
    )
    assert drafted.section("Overdue")[0].cost == 15.0
    assert "12 x gepard could come from de" in drafted.section("Open needs")[0].text
    assert "18 x gepard, nobody" in drafted.section("Open needs")[1].text
    assert "8 by auditor" in drafted.section("Disagreements")[0].text
    assert drafted.ledger_head == office().head


def test_a_closed_decision_is_off_the_agenda() -> None:
    closed = admit(office(), [event_from({"id": "e30", "line": "d1", "at": AT, "kind": "closed"})])
    assert agenda(closed, TODAY).section("Decisions due") == ()


def minutes() -> Minutes:
    ledger = office()
    return Minutes(
        "Technical meeting | spring",
        AT,
        "Kyiv",
        ("fr", "ua"),
        agenda(ledger, TODAY, plan="c" * 64),
        (ledger.tasks["d1"],),
        (ledger.tasks["a1"],),
        ("see https://example.org/*x*",),
    )


def test_minutes_say_who_does_what_by_when_on_which_version() -> None:
    text = minutes_markdown(minutes())
    assert "| d1 | Who pays the transport | fr | 2026-03-05 | 3 | aaaaaaaaaaaa | bbbbbbbbbbbb |" in text
    assert f"Plan version {'c' * 64}" in text
    assert "# Technical meeting \\| spring" in text
    assert "\\*x\\*" in text


def test_minutes_as_typst_are_set_without_error() -> None:
    typst = pytest.importorskip("typst")
    pdf = typst.compile(minutes_typst(minutes()).encode())
    assert pdf.startswith(b"%PDF")


def parsed(text: str) -> list[dict[str, str]]:
    """Read iCalendar back by the letter of RFC 5545: unfold, split, unescape."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    for physical in text.split("\r\n"):
        assert len(physical.encode()) <= 75
    events: list[dict[str, str]] = []
    for logical in text.replace("\r\n ", "").split("\r\n"):
        name, _, value = logical.partition(":")
        if logical == "BEGIN:VEVENT":
            events.append({})
        elif events:
            plain, index = "", 0
            while index < len(value):
                if value[index] == "\\":
                    index += 1
                    plain += {"n": "\n", "N": "\n"}.get(value[index], value[index])
                else:
                    plain += value[index]
                index += 1
            events[-1].setdefault(name, plain)
    return events


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n,;\\:é"), max_size=120)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=3)), timezone(-timedelta(hours=9, minutes=30))])
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=ZONES)


@given(st.lists(st.tuples(TEXTS, TEXTS, MOMENTS | st.dates(date(2025, 1, 1), date(2027, 1, 1))), max_size=4))
def test_a_calendar_read_back_says_what_was_written(made: list[tuple[str, str, datetime | date]]) -> None:
    entries = [
        CalendarEntry(f"u{number}@egide", title, start, 3600.0, text)
        for number, (title, text, start) in enumerate(made)
    ]
    back = parsed(calendar_text(entries, AT))
    assert len(back) == len(entries)
    for entry, read in zip(entries, back, strict=True):
        assert (read["UID"], read["SUMMARY"], read.get("DESCRIPTION", "")) == (
            entry.uid,
            entry.title,
            entry.description,
        )
        if isinstance(entry.start, datetime):
            start = datetime.strptime(read["DTSTART"], "%Y%m%dT%H%M%S%z")
            assert start == entry.start.replace(microsecond=0)
            assert datetime.strptime(read["DTEND"], "%Y%m%dT%H%M%S%z") - start == timedelta(hours=1)
        else:
            assert read["DTSTART;VALUE=DATE"] == f"{entry.start:%Y%m%d}"


def test_calendars_refuse_moments_without_zone_and_doubled_uids() -> None:
    twice = CalendarEntry("u", "a", datetime(2026, 1, 1))
    with pytest.raises(InputError) as caught:
        calendar_text([twice, twice], datetime(2026, 1, 1))
    assert len(caught.value.problems) == 4


def test_due_days_of_the_ledger_are_on_the_calendar() -> None:
    ledger = office()
    entries = entries_of(ledger, overdue(ledger, TODAY))
    assert [entry.uid for entry in entries] == [
        "d1@egide",
        "a1@egide",
        "gift-1@egide",
        "lot-7@egide",
        "lot-8@egide",
    ]
    assert "30 days late" in entries[3].description
    assert len(parsed(calendar_text(entries, AT))) == 5


def test_rows_become_events_that_the_ledger_takes() -> None:
    pledge = Pledge(
        id="p-1",
        partner="fr",
        item="sampt",
        quantity=10,
        stage="contracted",
        allocated=8,
        delivered=4,
        promised_on=date(2025, 1, 1),
        due=date(2026, 1, 1),
        money_eur=5e6,
        source="press",
    )
    ledger = admit(replay(()), pledge_events(rows_of_pledges([pledge]), AT))
    line = ledger.lines["p-1"]
    assert (line.committed, line.allocated, line.at_stage("contracted"), line.delivered) == (10, 8, 10, 4)
    assert line.at_stage("funded") == 0, "no step is invented that nobody reported"
    assert line.money == {("pledged", "EUR"): 5e6}


def test_a_row_told_again_adds_nothing_and_another_source_becomes_an_account() -> None:
    row = PledgeRow("p-1", "fr", "sampt", committed=10, delivered=4, source="press")
    ledger = admit(replay(()), pledge_events([row], AT))
    assert pledge_events([row], AT, ledger) == ()
    more = admit(
        ledger,
        pledge_events(
            [PledgeRow("p-1", "fr", "sampt", committed=10, delivered=6, source="press")], AT, ledger
        ),
    )
    assert more.lines["p-1"].delivered == 6
    audit = PledgeRow("p-1", "fr", "sampt", committed=10, delivered=3, source="audit")
    told = admit(more, pledge_events([audit], AT, more))
    assert told.lines["p-1"].delivered == 6
    assert [found.other for found in told.lines["p-1"].disagreements] == [3]
    assert pledge_events([audit], AT, told) == ()


def test_what_a_pledge_says_is_in_service_is_what_was_delivered() -> None:
    pledge = Pledge(
        id="p-1",
        partner="fr",
        item="sampt",
        quantity=3,
        stage="in_service",
        allocated=3,
        delivered=2,
        promised_on=date(2025, 1, 1),
    )
    line = admit(replay(()), pledge_events(rows_of_pledges([pledge]), AT)).lines["p-1"]
    assert (line.delivered, line.at_stage("in_service"), line.outstanding) == (2, 2, 1)


def test_actions_of_a_scenario_become_tasks_and_dates_with_their_hour() -> None:
    made = [
        Action(id="a1", kind="meeting", title="Technical meeting", owner="ua", due=AT, with_partners=("fr",)),
        Action(id="d1", kind="decision", title="Order", owner="ua", due=AT, priority=1),
    ]
    ledger = admit(replay(()), action_events(made, AT))
    assert [(task.kind, task.due, task.priority) for task in ledger.tasks.values()] == [
        ("action", TODAY, 2),
        ("decision", TODAY, 1),
    ]
    back = parsed(calendar_text(entries_of_actions(made), AT))
    assert (back[0]["DTSTART"], back[0]["DTEND"]) == ("20260301T120000Z", "20260301T140000Z")
    assert "With: fr" in back[0]["DESCRIPTION"]


def test_two_rows_of_one_id_are_refused() -> None:
    row = PledgeRow("p-1", "fr", "sampt", committed=10)
    with pytest.raises(InputError, match="stands twice"):
        pledge_events([row, row], AT)


def test_needs_become_requirements() -> None:
    events = requirement_events(
        [{"line": "need-9", "item": "gepard", "quantity": 4, "priority": 2}], AT, "siting"
    )
    assert open_needs(replay(events))[0].quantity == 4
    with pytest.raises(InputError):
        requirement_events([{"line": "need-9", "item": "gepard", "quantity": 1.5}], AT, "siting")


def test_an_agenda_item_can_be_handed_in_whole() -> None:
    item = AgendaItem("Gaps", "no layer over region A", owner="ua", priority=1)
    assert agenda(replay(()), TODAY, gaps=[item]).items == (item,)
