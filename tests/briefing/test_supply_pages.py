"""The pages on stocks and help say what the outlook and the ledger say, in either language."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.briefing.made_up import outlook_of, parts_of, scenario_of

from egide.briefing.brief import Brief, brief
from egide.briefing.document import Picture, Table, Text
from egide.briefing.supply_charts import balance_chart
from egide.cooperation import Ledger, event_from, pledge_events, replay, rows_of_pledges, sealed
from egide.supply.scenario_outlook import Balance, FleetOutlook, Worth

WEEKS = 26


def balanced_outlook() -> Any:
    """An outlook of the tiny island with a balance, partners, makers' lines and doctrines."""
    outlook = outlook_of(scenario_of("tiny"), WEEKS)
    balance = Balance(10.0, (2,) * WEEKS, (1.0,) * WEEKS, (0.0,) * WEEKS, None, 6, 122.0)
    idle = Balance(0.0, (0,) * WEEKS, (0.0,) * WEEKS, (60.0,) * WEEKS, 0, None, 0.0)
    first, *rest = outlook.items
    items = (
        dataclasses.replace(first, balance=balance),
        *(dataclasses.replace(i, balance=idle) for i in rest),
    )
    worth = Worth("ally", 12.5, 11.0, 14.0, 0.0, 0.0, 1.0, 0.0, 1e6, 12.5)
    return dataclasses.replace(
        outlook, items=items, partners=(worth,), lines=(dataclasses.replace(worth, name="bolide-line"),),
        doctrines=(dataclasses.replace(worth, name="spare", value=-3.0, low=-4.0, high=-2.0),),
        fleets=(FleetOutlook("rbs-70-bolide", 2, 1, 0.5),), types_ready_fraction=0.4, one_type_ready_fraction=0.7,
    )  # fmt: skip


def made(language: str = "en", **more: Any) -> Brief:
    parts = {**parts_of(scenario_of("tiny")), "outlook": balanced_outlook(), **more}
    return brief(**parts, language=language)


def ledger_on(day: int) -> Ledger:
    """The island's pledges recorded on D-day, and a remark on a later day of September."""
    at = datetime(2025, 7, 4, tzinfo=UTC)
    events = pledge_events(rows_of_pledges(scenario_of("tiny").pledges), at)
    remark = {"id": "p1.9", "line": "p1", "kind": "note", "note": "asked again"}
    return replay(sealed([*events, event_from({**remark, "at": datetime(2025, 9, day, tzinfo=UTC)})]))


def tables(document: Brief, *head: str) -> list[Table]:
    found = [block for block in document.document.blocks if isinstance(block, Table)]
    return [table for table in found if set(head) <= set(table.head)]


def said(document: Brief) -> str:
    return " ".join(block.text for block in document.document.blocks if isinstance(block, Text))


def test_the_balance_has_a_line_for_every_item_that_raids_ask_for_and_for_no_other() -> None:
    (table,) = tables(made(), "P-week", "Lacking")
    (row,) = table.rows
    assert row[1:] == ("60", "26", "52", "260", "7", "beyond", "122")


def test_the_balance_is_drawn_once_and_is_a_picture_of_its_own() -> None:
    document = made()
    assert [b.name for b in document.document.blocks if isinstance(b, Picture)].count("balance") == 1
    assert balance_chart(document.case).startswith(b"<?xml")


def test_an_outlook_without_balances_has_neither_table_nor_picture() -> None:
    document = made(outlook=outlook_of(scenario_of("tiny"), WEEKS))
    assert not tables(document, "P-week")
    assert not any(isinstance(b, Picture) and b.name == "balance" for b in document.document.blocks)


def test_partners_lines_and_doctrines_stand_with_what_they_avert() -> None:
    partners, others = tables(made(), "Change", "Averted", "Worse with it")
    assert [row[0] for row in partners.rows] == ["The ally"]
    assert partners.rows[0][1] == "12.5"
    assert [row[1] for row in others.rows] == ["12.5", "\u22123.0"]
    assert "a week" in others.rows[0][0]
    assert "40%" in said(made())


def test_a_line_that_is_overdue_stands_with_what_its_delay_costs() -> None:
    """Due on 1 August, spoken of on 10 September: 40 days at what a day's delay of both its lots costs."""
    (table,) = tables(made(ledger=ledger_on(10)), "A day costs")
    (row,) = table.rows
    assert (row[0], row[3], row[5], row[6]) == ("p1", "18", "40", "overdue")
    per_day = sum(
        lot.value_per_day_of_delay for lot in balanced_outlook().lots if lot.id in ("lot-1", "lot-2")
    )
    assert (float(row[7]), float(row[8])) == pytest.approx((per_day, 40 * per_day), abs=0.05)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "no ledger is kept"), ("fr", "il n'y a pas de registre")]
)
def test_the_hashes_of_plan_and_ledger_are_printed(language: str, words: str) -> None:
    ledger = ledger_on(10)
    kept = said(made(language, ledger=ledger, plan="ab12" * 16))
    assert ledger.head[:16] in kept
    assert "ab12ab12ab12ab12" in kept
    assert words in said(made(language, plan="ab12" * 16)).replace("\u00a0", " ")
