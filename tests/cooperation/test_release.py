"""A partner's view is the plan that never had what is withheld."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cooperation.strategies import START, histories

from egide.cooperation import (
    Event,
    Plan,
    Table,
    content_hash,
    event_from,
    ledger_bytes,
    read_ledger_bytes,
    redact,
    redact_ledger,
    replay,
    sealed,
)
from egide.cooperation.plan import canonical, content_of, opaque
from egide.errors import InputError

LOCK = st.sampled_from(["", "", "uk", "fr;uk", "fr"])
NAMES = ("alpha", "bravo", "charlie", "delta")


def rows(key: str, *records: dict[str, str]) -> Table:
    return Table(
        "csv",
        {(record[key],): {(column,): cell for column, cell in record.items() if cell} for record in records},
        tuple(dict.fromkeys(column for record in records for column in record)),
    )


def may(record: dict[str, str], partner: str) -> bool:
    locked = [part for part in record.get("releasable_to", "").split(";") if part]
    return not locked or partner in locked


@st.composite
def locked_tables(draw: st.DrawFn) -> dict[str, list[dict[str, str]]]:
    """Units on sites, pledges with lots, assets under attack, each perhaps locked."""
    units = [{"id": f"unit-{name}", "name": f"Unit {name}", "releasable_to": draw(LOCK)} for name in NAMES]
    pledges = [{"id": f"pledge-{name}", "partner": "fr", "releasable_to": draw(LOCK)} for name in NAMES]
    assets = [{"id": f"asset-{name}", "name": f"Asset {name}", "releasable_to": draw(LOCK)} for name in NAMES]
    return {
        "units": units,
        "pledges": pledges,
        "assets": assets,
        "sites": [
            {"id": f"site-{name}", "lon_deg": "30", "note": draw(st.sampled_from(["", "old"]))}
            for name in NAMES
        ],
        "laydown": [
            {"unit": f"unit-{name}", "site": f"site-{name}"} for name in NAMES if draw(st.booleans())
        ],
        "lots": [
            {
                "id": f"lot-{name}",
                "pledge": f"pledge-{name}",
                "due": "2025-08-01",
                "releasable_to": draw(LOCK),
            }
            for name in NAMES
        ],
        "raid_groups": [{"id": f"group-{name}", "target": f"asset-{name}", "count": "9"} for name in NAMES],
    }


def plan_of(tables: dict[str, list[dict[str, str]]]) -> Plan:
    return Plan(
        {
            f"{name}.csv": rows("unit" if name == "laydown" else "id", *records)
            for name, records in tables.items()
        }
    )


def never_had(tables: dict[str, list[dict[str, str]]], partner: str) -> dict[str, list[dict[str, str]]]:
    """Plain twin: strike out what is locked, then what stands on it."""
    kept = {name: [record for record in records if may(record, partner)] for name, records in tables.items()}
    ids = {name: {record.get("id") for record in records} for name, records in kept.items()}
    kept["laydown"] = [record for record in kept["laydown"] if record["unit"] in ids["units"]]
    kept["lots"] = [record for record in kept["lots"] if record["pledge"] in ids["pledges"]]
    kept["raid_groups"] = [record for record in kept["raid_groups"] if record["target"] in ids["assets"]]
    return kept


@settings(max_examples=50)
@given(locked_tables())
def test_the_view_is_that_of_a_plan_that_never_had_what_is_withheld(
    tables: dict[str, list[dict[str, str]]],
) -> None:
    full, bare = redact(plan_of(tables), "fr"), redact(plan_of(never_had(tables, "fr")), "fr")
    assert content_hash(full.plan) == content_hash(bare.plan)
    assert not bare.withheld
    for name, table in full.plan.files.items():
        if table.records:
            assert table.columns == bare.plan.files[name].columns


@settings(max_examples=50)
@given(locked_tables())
def test_nothing_withheld_is_left_in_any_cell(tables: dict[str, list[dict[str, str]]]) -> None:
    view = redact(plan_of(tables), "fr")
    text = "\n".join(
        canonical(value)
        for table in view.plan.files.values()
        for fields in table.records.values()
        for value in fields.values()
    )
    for ids in view.withheld.values():
        for withheld in ids:
            assert withheld not in text
    assert "uk" not in text


@settings(max_examples=50)
@given(locked_tables())
def test_a_view_released_again_to_the_same_partner_is_itself(tables: dict[str, list[dict[str, str]]]) -> None:
    view = redact(plan_of(tables), "fr").plan
    assert content_hash(redact(view, "fr").plan) == content_hash(view)


def test_texts_that_mention_what_is_withheld_are_emptied_and_the_releaser_is_told() -> None:
    plan = Plan(
        {
            "units.csv": rows(
                "id",
                {"id": "b-3", "name": "Battery Three", "releasable_to": "uk"},
                {"id": "b-33", "name": "x"},
            ),
            "sites.csv": rows(
                "id", {"id": "s1", "note": "kept for battery three"}, {"id": "s2", "note": "as for b-33"}
            ),
            "scenario.toml": Table(
                "toml",
                {
                    (): {("title",): "with B-3", ("egide_schema",): 1},
                    ("siting",): {("exclusion",): ["s1", "s2"]},
                },
            ),
        }
    )
    view = redact(plan, "fr")
    assert view.blanked == ("scenario.toml: .title", "sites.csv: s1.note")
    assert ("note",) not in view.plan.files["sites.csv"].records["s1",]
    assert view.plan.files["sites.csv"].records["s2",]["note",] == "as for b-33"
    assert view.plan.files["scenario.toml"].records[()]["title",] == ""
    assert view.withheld == {"units": ("b-3",)}


def test_figures_and_longer_ids_are_not_taken_for_mentions() -> None:
    plan = Plan(
        {
            "units.csv": rows(
                "id", {"id": "12", "releasable_to": "uk"}, {"id": "b-3", "releasable_to": "uk"}
            ),
            "sites.csv": rows("id", {"id": "b-3.1", "lon_deg": "12.5", "note": "12 km from b-33, lot-b-3"}),
            "notes.toml": Table("toml", {(): {("list",): ["see b-3.", "x"], ("other",): ["y"]}}),
        }
    )
    view = redact(plan, "fr")
    assert view.plan.files["sites.csv"].records == plan.files["sites.csv"].records
    assert view.plan.files["notes.toml"].records[()] == {("list",): [], ("other",): ["y"]}


def test_a_list_of_references_loses_only_what_is_withheld() -> None:
    plan = Plan(
        {
            "sites.csv": rows("id", {"id": "s1", "releasable_to": "uk"}, {"id": "s2"}),
            "scenario.toml": Table("toml", {("siting",): {("exclusion",): ["s1", "s2"]}}),
        }
    )
    assert redact(plan, "fr").plan.files["scenario.toml"].records["siting",]["exclusion",] == ["s2"]


def test_files_nobody_reads_are_left_out_unless_named() -> None:
    plan = Plan({"map.png": opaque(b"x"), "notes.md": opaque(b"y")})
    assert set(redact(plan, "fr").plan.files) == set()
    assert set(redact(plan, "fr", opaque_files=["notes.md"]).plan.files) == {"notes.md"}
    with pytest.raises(InputError):
        redact(plan, "fr", opaque_files=["notes.txt"])


@settings(max_examples=70)
@given(histories())
def test_a_released_ledger_is_that_of_an_office_that_never_knew_the_withheld_lines(
    events: tuple[Event, ...],
) -> None:
    last = {event.line: event.releasable_to for event in events if event.releasable_to}
    known = [event for event in events if not last.get(event.line) or "fr" in last[event.line]]
    view = redact_ledger(sealed(events), "fr")
    assert view == redact_ledger(sealed(known), "fr")
    assert read_ledger_bytes(ledger_bytes(view)) == view
    assert all(event.releasable_to in ((), ("fr",)) for event in view)
    if len({event.id for event in events}) < len(events):
        return  # two events of one id: which one counts hangs on what is known of the other, and admit refuses it
    in_view = {event.line for event in view}
    full = replay(events)
    for line in full.lines.values():
        if line.id not in in_view or line.id in full.problems_by_line:
            continue
        same = replay(view).lines[line.id]
        assert (same.quantities, same.committed, same.allocated) == (
            line.quantities,
            line.committed,
            line.allocated,
        )


def test_decisions_about_a_withheld_line_go_with_it_and_citations_are_exchanged() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    made = [
        {"kind": "pledged", "line": "lot-7", "quantity": 5, "releasable_to": ["uk"]},
        {"kind": "decision", "line": "d1", "title": "sign it", "owner": "fr", "serves": "lot-7"},
        {
            "kind": "decision",
            "line": "d2",
            "title": "move east",
            "owner": "fr",
            "plan": "a" * 64,
            "run": "b" * 64,
        },
        {"kind": "note", "line": "n1", "note": "wait for lot-7"},
    ]
    events = sealed(
        event_from({"id": f"e{number}", "at": at + timedelta(hours=number), **fields})
        for number, fields in enumerate(made)
    )
    plan = Plan({"ledger.jsonl": opaque(ledger_bytes(events))})
    view = redact(plan, "fr", versions={"a" * 64: "c" * 64})
    left = read_ledger_bytes(content_of(view.plan.files["ledger.jsonl"]))
    assert [(event.id, event.line) for event in left] == [("e1", "d2"), ("e2", "n1")]
    assert (left[0].plan, left[0].run) == ("c" * 64, "")
    assert left[1].note == ""
    assert view.withheld["ledger"] == ("d1", "lot-7")
    assert b"lot-7" not in ledger_bytes(left)


def test_a_row_of_help_whose_line_the_ledger_withholds_is_withheld_too() -> None:
    events = sealed(
        [
            event_from(
                {
                    "id": "e1",
                    "line": "p1",
                    "at": START,
                    "kind": "pledged",
                    "quantity": 1,
                    "releasable_to": ["uk"],
                }
            )
        ]
    )
    plan = Plan(
        {
            "ledger.jsonl": opaque(ledger_bytes(events)),
            "pledges.csv": rows("id", {"id": "p1"}, {"id": "p2"}),
            "lots.csv": rows("id", {"id": "l1", "pledge": "p1"}, {"id": "l2", "pledge": "p2"}),
        }
    )
    view = redact(plan, "fr").plan
    assert set(view.files["pledges.csv"].records) == {("p2",)}
    assert set(view.files["lots.csv"].records) == {("l2",)}
