"""Seals, diffs, merges and the words for them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cooperation.strategies import VALUES, histories, plans

from egide.cooperation import (
    Change,
    Event,
    Plan,
    Table,
    apply,
    changes_by_record,
    content_hash,
    describe,
    diff,
    ledger_bytes,
    merge,
    merge_ledgers,
    people_words,
    read_ledger_bytes,
    replay,
    seal,
    sealed,
    sentence,
    shortage_words,
)
from egide.cooperation.plan import canonical, opaque, same
from egide.cooperation.words import duration_words, move_words
from egide.errors import InputError


def says_the_same(first: Plan, second: Plan) -> bool:
    return content_hash(first) == content_hash(second)


def rows(*records: dict[str, str], key: str = "id") -> Table:
    return Table(
        "csv",
        {(record[key],): {(column,): cell for column, cell in record.items() if cell} for record in records},
        tuple(dict.fromkeys(column for record in records for column in record)),
    )


@given(plans(), plans())
def test_diff_then_apply_is_identity(before: Plan, after: Plan) -> None:
    changes = diff(before, after)
    assert says_the_same(apply(before, changes), after)
    assert bool(changes) != says_the_same(before, after)
    for group in changes_by_record(changes):
        assert len({(change.file, change.record) for change in group}) == 1


@given(plans(), plans(), plans())
def test_applying_to_a_plan_that_says_otherwise_is_refused(before: Plan, after: Plan, other: Plan) -> None:
    changes = diff(before, after)
    try:
        made = apply(other, changes)
    except InputError:
        return
    assert diff(made, other) == () or changes
    # Where it was taken, every change holds afterwards.
    assert not {change.where for change in diff(made, after)} & {change.where for change in changes}


@settings(max_examples=100)
@given(plans(), plans(), plans())
def test_merge_commutes_and_takes_what_only_one_side_changed(base: Plan, ours: Plan, theirs: Plan) -> None:
    one, two = merge(base, ours, theirs), merge(base, theirs, ours)
    assert says_the_same(one.plan, two.plan)
    assert [(c.file, c.record, c.field, c.ours, c.theirs) for c in one.conflicts] == [
        (c.file, c.record, c.field, c.theirs, c.ours) for c in two.conflicts
    ]
    assert says_the_same(merge(base, ours, base).plan, ours)
    assert says_the_same(merge(base, ours, ours).plan, ours)
    assert not merge(base, ours, base).conflicts


@given(plans(), plans(), plans())
def test_a_merge_without_conflict_is_both_diffs_applied(base: Plan, ours: Plan, theirs: Plan) -> None:
    merged = merge(base, ours, theirs)
    mine, yours = diff(base, ours), diff(base, theirs)
    if not merged.conflicts and not {c.file for c in mine} & {c.file for c in yours}:
        assert says_the_same(merged.plan, apply(apply(base, mine), yours))


def test_fields_of_one_record_changed_apart_merge_and_changed_alike_conflict() -> None:
    base = Plan({"units.csv": rows({"id": "b3", "rounds": "4", "name": "Battery 3"})})
    ours = Plan({"units.csv": rows({"id": "b3", "rounds": "8", "name": "Battery 3"})})
    theirs = Plan({"units.csv": rows({"id": "b3", "rounds": "4", "name": "Third"})})
    both = merge(base, ours, theirs)
    assert not both.conflicts
    assert both.plan.files["units.csv"].records["b3",] == {
        ("id",): "b3",
        ("rounds",): "8",
        ("name",): "Third",
    }
    clash = merge(base, ours, Plan({"units.csv": rows({"id": "b3", "rounds": "6", "name": "Battery 3"})}))
    (conflict,) = clash.conflicts
    assert (conflict.base, conflict.ours, conflict.theirs) == ("4", "8", "6")
    assert (
        str(conflict)
        == "units.csv: b3.rounds: both sides changed it, differently: was '4'; ours '8'; theirs '6'"
    )
    assert says_the_same(clash.plan, base)


def test_two_units_sent_to_one_site_by_the_two_sides_conflict() -> None:
    def posts(first: str, second: str) -> Plan:
        return Plan(
            {"laydown.csv": rows({"unit": "b3", "site": first}, {"unit": "b4", "site": second}, key="unit")}
        )

    merged = merge(posts("s1", "s2"), posts("s9", "s2"), posts("s1", "s9"))
    assert len(merged.conflicts) == 2
    assert all("'s9'" in conflict.reason for conflict in merged.conflicts)
    assert says_the_same(merged.plan, posts("s1", "s2"))


def test_what_one_side_removed_and_the_other_relies_on_conflicts() -> None:
    units = {"id": "b3", "name": "Battery 3"}
    base = Plan({"units.csv": rows(units, {"id": "b4", "name": "x"}), "laydown.csv": rows(key="unit")})
    ours = Plan({"units.csv": rows({"id": "b4", "name": "x"}), "laydown.csv": rows(key="unit")})
    theirs = replace(
        base, files={**base.files, "laydown.csv": rows({"unit": "b3", "site": "s1"}, key="unit")}
    )
    (conflict,) = merge(base, ours, theirs).conflicts
    assert "'b3'" in conflict.reason


@settings(max_examples=40)
@given(histories(), histories(), histories())
def test_merged_ledgers_keep_every_event_and_commute(
    start: tuple[Event, ...], ours: tuple[Event, ...], theirs: tuple[Event, ...]
) -> None:
    def renamed(events: tuple[Event, ...], mark: str) -> list[Event]:
        plain = [event for event in events if not event.refers_to]
        return [event._replace(id=f"{mark}{number}") for number, event in enumerate(plain)]

    shared = sealed(renamed(start, "s"))
    last = shared[-1].hash if shared else "0" * 64
    mine = (*shared, *sealed(renamed(ours, "o"), last))
    yours = (*shared, *sealed(renamed(theirs, "t"), last))
    if not shared and mine and yours:
        with pytest.raises(InputError):
            merge_ledgers(mine, yours)
        return
    merged = merge_ledgers(mine, yours)
    assert merged == merge_ledgers(yours, mine)
    assert {event.id for event in merged} == {event.id for event in (*mine, *yours)}
    assert merged[: len(shared)] == shared
    assert read_ledger_bytes(ledger_bytes(merged)) == merged
    tables = [Plan({"ledger.jsonl": opaque(ledger_bytes(events))}) for events in (shared, mine, yours)]
    assert tables[0] == tables[1] or merge(*tables).plan.files["ledger.jsonl"].kind == "opaque"
    assert not merge(*tables).conflicts
    assert replay(merged) == replay(merged)


@given(VALUES, VALUES)
def test_values_of_two_types_are_never_the_same(first: object, second: object) -> None:
    assert same(first, second) == (type(first) is type(second) and first == second)
    assert (canonical(first) == canonical(second)) == same(first, second)


@given(st.dictionaries(st.sampled_from(["a.csv", "b/c.toml", "d"]), st.binary(max_size=4)))
def test_a_seal_depends_on_content_and_names_and_nothing_else(files: dict[str, bytes]) -> None:
    turned = dict(reversed(files.items()))
    assert seal(files) == seal(turned)
    for name in files:
        assert seal({**files, name: files[name] + b"!"}).hash != seal(files).hash
        moved = {("e" if key == name else key): value for key, value in files.items()}
        assert seal(moved).hash != seal(files).hash


def test_the_hash_of_a_sealed_folder_can_be_checked_with_common_tools() -> None:
    """`sha256sum` over the sorted files, then over its output, gives the seal's hash; made so for b and a."""
    sealed_folder = seal({"b.txt": b"two\n", "a.txt": b"one\n"})
    assert sealed_folder.files["a.txt"] == "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
    listing = "".join(f"{digest}  {name}\n" for name, digest in sealed_folder.files.items())
    assert hashlib.sha256(listing.encode()).hexdigest() == sealed_folder.hash


@pytest.mark.parametrize("path", ["", "/etc/x", "../x", "a//b", "a/./b"])
def test_paths_that_leave_the_folder_are_not_sealed(path: str) -> None:
    with pytest.raises(InputError):
        seal({path: b""})


def kyiv(site: str, due: str, bearing: str = "90") -> Plan:
    return Plan(
        {
            "units.csv": rows({"id": "battery-3", "name": ""}, {"id": "radar-1", "name": "Radar Alpha"}),
            "sites.csv": rows(
                {"id": "s1", "lon_deg": "30.0", "lat_deg": "50.0"},
                {"id": "s2", "lon_deg": "30.1674", "lat_deg": "50.0"},
            ),
            "laydown.csv": rows(
                {"unit": "battery-3", "site": site, "bearing_deg": bearing},
                {"unit": "radar-1", "site": "s1"},
                key="unit",
            ),
            "lots.csv": rows({"id": "lot-7", "due": due, "quantity": "40"}),
        }
    )


def test_changes_are_said_in_the_words_of_the_field() -> None:
    before, after = kyiv("s1", "2025-08-01"), kyiv("s2", "2025-08-22")
    said = describe(diff(before, after), before, after)
    assert said == ("battery 3 moves 12 km east", "lot 7 slips three weeks")
    assert describe(diff(after, before), after, before) == (
        "battery 3 moves 12 km west",
        "lot 7 comes forward three weeks",
    )
    assert sentence(said[0], [people_words(2, 400_000, 260_000)]) == (
        "battery 3 moves 12 km east: 140,000 people lose their second layer"
    )
    assert sentence(said[1], [shortage_words("item X", "March", 0.2, 0.55), ""]) == (
        "lot 7 slips three weeks: shortage of item X in March rises from 20 to 55 %"
    )


def test_every_kind_of_change_has_words() -> None:
    before, after = kyiv("s1", "2025-08-01"), kyiv("s1", "2025-08-01", bearing="120")
    del after.files["units.csv"].records["radar-1",]  # type: ignore[attr-defined]
    del after.files["laydown.csv"].records["radar-1",]  # type: ignore[attr-defined]
    del after.files["sites.csv"]  # type: ignore[attr-defined]
    said = describe(diff(before, after), before, after)
    assert "battery 3 turns from 90° to 120°" in said
    assert "Radar Alpha leaves s1" in said
    assert "Radar Alpha is removed from units" in said
    assert "sites.csv is removed" in said


@given(plans(), plans())
def test_words_never_fail_and_there_is_a_clause_for_every_record(before: Plan, after: Plan) -> None:
    changes = diff(before, after)
    said = describe(changes, before, after)
    assert len(said) == len(changes_by_record(changes))
    assert all(said)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "one day"),
        (7, "one week"),
        (10, "ten days"),
        (21, "three weeks"),
        (100, "100 days"),
        (0, "no days"),
    ],
)
def test_durations_are_said_as_people_say_them(days: int, words: str) -> None:
    assert duration_words(days) == words


def test_directions_are_those_of_the_compass_and_short_moves_are_in_metres() -> None:
    assert move_words(30.0, 50.0, 30.0, 50.5).endswith("km north")
    assert move_words(30.0, 50.0, 29.5, 49.7).endswith("km south-west")
    assert move_words(30.0, 50.0, 30.0, 49.999) == "111 m south"


def test_a_change_tells_where_it_is() -> None:
    change = Change("units.csv", "changed", ("b3",), ("name",), "a", "b")
    assert change.where == "units.csv: b3.name"
    assert Change("a.toml", "changed", ("units", "#b3"), ("size", "x")).where == "a.toml: units[b3].size.x"
    assert people_words(1, 5, 5) == ""
    assert date(2025, 1, 1) != "2025-01-01"
