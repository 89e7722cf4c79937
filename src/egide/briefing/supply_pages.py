"""How long stocks last, which deliveries matter most, who still owes what, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from egide.briefing.case import Case
from egide.briefing.charts import lots_chart, stock_chart
from egide.briefing.document import Block, Heading, Picture, Table, Text
from egide.briefing.front import soonest
from egide.briefing.help_lines import HelpLine, help_lines
from egide.briefing.late_lines import late_blocks
from egide.briefing.supply_charts import balance_chart, balanced
from egide.supply.sustain import Worth

LOT_ROWS = 15
"""Lots listed at most."""

BALANCE_ROWS = 15
"""Items of the balance listed at most, those that lack most first."""

_HASH_SHOWN = 16


def supply_pages(case: Case) -> list[Block]:
    """Blocks of the section on stocks and deliveries."""
    p, outlook = case.phrases, case.outlook
    blocks: list[Block] = [
        Heading(p.say("stock.title")),
        Text(
            p.say("stock.intro", campaigns=p.number(outlook.campaigns), weeks=p.number(outlook.weeks),
                  raids=p.measured(outlook.raids_per_week), seed=str(outlook.seed))
        ),
        Picture(
            "stock", "svg", lambda: stock_chart(case), p.say("stock.caption"),
            p.say("stock.alt", items=p.listed(case.item(item.item) for item in soonest(outlook.items)[:4])),
        ),
        _stock_table(case),
        *_balance(case),
    ]  # fmt: skip
    if outlook.lots:
        blocks += [
            Heading(p.say("lots.title")),
            Text(p.say("lots.intro", weeks=p.number(outlook.weeks))),
            Picture(
                "lots", "svg", lambda: lots_chart(case), p.say("lots.caption"),
                p.say("lots.alt", lots=p.listed(case.item(lot.item) for lot in outlook.lots[:3])),
            ),
            _lots_table(case),
        ]  # fmt: skip
    return [*blocks, *_levers(case)]


def _stock_table(case: Case) -> Table:
    p, day = case.phrases, case.scenario.day
    rows = []
    for item in soonest(case.outlook.items):
        early, middle, late = item.first_shortage_day
        rows.append(
            (
                case.item(item.item), p.number(item.opening_rounds), p.measured(item.mean_use_per_week),
                _day(case, early), _day(case, middle), _day(case, late),
                "\u2013" if middle is None else p.short_day(day + timedelta(days=middle)),
                p.percent(item.no_shortage_fraction),
            )
        )  # fmt: skip
    keys = ("item", "opening", "use", "early", "middle", "late", "date", "never")
    return Table(
        caption=p.say("stock.table"), head=tuple(p.say(f"stock.{key}") for key in keys), rows=tuple(rows),
        align="lrrrrrrr", widths=(2.9, 1.0, 1.1, 0.9, 0.9, 0.9, 1.3, 1.2),
        note=p.say("stock.table_note", weeks=p.number(case.outlook.weeks)),
    )  # fmt: skip


def _balance(case: Case) -> list[Block]:
    """Balance from D-day to P-day, where raids ask for anything."""
    p, items = case.phrases, balanced(case)
    if not items:
        return []
    rows = []
    for item in sorted(
        items, key=lambda item: (-item.balance.missing_rounds if item.balance else 0.0, item.item)
    ):
        balance = item.balance
        assert balance is not None  # balanced() leaves out those without
        rows.append(
            (
                case.item(item.item), p.number(item.opening_rounds), p.number(sum(balance.delivered)),
                p.number(sum(balance.produced)), p.number(balance.asked_per_week * case.outlook.weeks),
                _week(case, balance.first_deficit_week, "balance.never"), _week(case, balance.p_week, "stock.beyond"),
                p.number(balance.missing_rounds),
            )
        )  # fmt: skip
    keys = ("item", "opening", "delivered", "produced", "asked", "deficit", "p_week", "missing")
    return [
        Heading(p.say("balance.title"), 2),
        Picture(
            "balance", "svg", lambda: balance_chart(case), p.say("balance.caption"),
            p.say("balance.alt", items=p.listed(case.item(item.item) for item in items[:3])),
        ),
        Table(
            caption=p.say("balance.table", weeks=p.number(case.outlook.weeks)),
            head=tuple(p.say(f"balance.{key}") for key in keys), rows=tuple(rows[:BALANCE_ROWS]), align="lrrrrrrr",
            widths=(2.9, 1.0, 1.0, 1.0, 1.0, 1.1, 1.0, 1.0), note=p.say("balance.note"),
        ),
    ]  # fmt: skip


def _week(case: Case, week: int | None, none: str) -> str:
    return case.phrases.say(none) if week is None else case.phrases.number(week + 1)


def _levers(case: Case) -> list[Block]:
    """What partners, makers' lines and ways of spending are worth, and what many types cost."""
    p, outlook = case.phrases, case.outlook
    partners = [(case.partner(row.name), row) for row in outlook.partners]
    others = [(_line(case, row.name), row) for row in outlook.lines]
    known = ("spare", "spend")
    others += [(p.say(f"levers.{row.name}"), row) for row in outlook.doctrines if row.name in known]
    blocks: list[Block] = []
    if partners:
        blocks.append(_worth_table(case, "levers.partners", partners))
    if others:
        blocks.append(_worth_table(case, "levers.others", others))
    if outlook.types_ready_fraction is not None and outlook.one_type_ready_fraction is not None:
        ready, of_one = outlook.types_ready_fraction, outlook.one_type_ready_fraction
        types = p.number(len(outlook.fleets))
        blocks.append(
            Text(p.say("levers.types", types=types, ready=p.percent(ready), one=p.percent(of_one)), "note")
        )
    return [Heading(p.say("levers.title"), 2), *blocks] if blocks else []


def _line(case: Case, name: str) -> str:
    """What a makers' line turns out; steady production is stated with the stock of its item."""
    made = {line.id: (line.item, line.rounds_per_week) for line in case.scenario.production}
    made |= {f"line-{stock.item}": (stock.item, stock.production_per_week) for stock in case.scenario.stocks}
    item, rate = made.get(name, (name, 0.0))
    return case.phrases.say("levers.line", item=case.item(item), rate=case.phrases.measured(rate))


def _worth_table(case: Case, key: str, named: Sequence[tuple[str, Worth]]) -> Table:
    p = case.phrases
    rows = [
        (
            name, p.measured(row.value), f"{p.measured(row.low)} \u2026 {p.measured(row.high)}",
            "\u2013" if row.value_per_million_eur is None else p.measured(row.value_per_million_eur),
            p.percent(row.worse_fraction),
        )
        for name, row in named
    ]  # fmt: skip
    keys = ("name", "value", "interval", "worth", "worse")
    return Table(
        caption=p.say(key), head=tuple(p.say(f"levers.{name}") for name in keys), rows=tuple(rows), align="lrrrr",
        widths=(3.4, 1.0, 1.6, 1.1, 1.2), note=p.say("levers.note"),
    )  # fmt: skip


def _day(case: Case, day: float | None) -> str:
    return case.phrases.say("stock.beyond") if day is None else case.phrases.number(day)


def _lots_table(case: Case) -> Table:
    p, outlook = case.phrases, case.outlook
    rows = []
    for lot in outlook.lots[:LOT_ROWS]:
        worth = lot.value_per_million_eur
        rows.append(
            (
                p.number(lot.rank), f"{p.number(lot.quantity)} \u00d7 {case.item(lot.item)}", case.partner(lot.partner),
                p.short_day(case.scenario.day + timedelta(days=lot.due_day)), p.measured(lot.value),
                f"{p.measured(lot.low)}\u2013{p.measured(lot.high)}", p.measured(lot.value_per_day_of_delay),
                "\u2013" if worth is None else p.measured(worth), p.percent(lot.rank_probability),
            )
        )  # fmt: skip
    keys = ("rank", "lot", "partner", "due", "value", "interval", "delay", "worth", "certain")
    return Table(
        caption=p.say("lots.table"), head=tuple(p.say(f"lots.{key}") for key in keys), rows=tuple(rows),
        align="rllrrrrrr", widths=(0.5, 2.7, 1.4, 1.3, 1.0, 1.4, 1.0, 1.0, 1.0),
        note=p.say("lots.table_note", days=p.number(outlook.delay_days)),
    )  # fmt: skip


def help_pages(case: Case) -> list[Block]:
    """Blocks of the section on who owes what and what to do next."""
    p, lines = case.phrases, help_lines(case)
    blocks: list[Block] = [
        Heading(p.say("help.title")),
        Text(p.say("help.intro")),
        Text(_versions(case), "note"),
        *late_blocks(case),
    ]
    still = [line for line in lines if line.open]
    arrived = [line for line in lines if not line.open]
    if still:
        blocks.append(_help_table(case, still, "help.open"))
    if arrived:
        blocks.append(_help_table(case, arrived, "help.arrived"))
    if not lines:
        blocks.append(Text(p.say("front.help.nothing")))
    if case.scenario.actions:
        blocks += [Heading(p.say("actions.title")), _action_table(case)]
    if any(partner.contribution for partner in case.scenario.partners):
        blocks += [Heading(p.say("partners.title"), 2), _partner_table(case)]
    return blocks


def _versions(case: Case) -> str:
    """Which plan and which ledger the brief rests on."""
    p, ledger = case.phrases, case.ledger
    plan = case.plan[:_HASH_SHOWN] or "\u2013"
    if ledger is None:
        return p.say("help.no_ledger", plan=plan)
    return p.say(
        "help.ledger", plan=plan, head=ledger.head[:_HASH_SHOWN], events=p.number(len(ledger.events))
    )


def _help_table(case: Case, lines: list[HelpLine], key: str) -> Table:
    p = case.phrases
    rows = [
        (
            case.partner(line.partner), case.item(line.item), case.partner(line.maker) if line.maker else "\u2013",
            p.say(f"help_stage.{line.stage}") if f"help_stage.{line.stage}" in p.table else line.stage,
            p.number(line.committed), p.number(line.allocated), p.number(line.delivered), _due(case, line.due),
            _basis(case, line),
        )
        for line in lines
    ]  # fmt: skip
    keys = ("partner", "item", "maker", "stage", "committed", "allocated", "delivered", "due", "basis")
    return Table(
        caption=p.say(key), head=tuple(p.say(f"help.{name}") for name in keys), rows=tuple(rows),
        align="llllrrrll", widths=(1.3, 2.2, 1.7, 1.1, 1.2, 1.0, 1.0, 1.2, 1.0),
    )  # fmt: skip


def _due(case: Case, due: date | None) -> str:
    return case.phrases.say("help.no_date") if due is None else case.phrases.short_day(due)


def _basis(case: Case, line: HelpLine) -> str:
    return case.phrases.say(f"confidence.{line.confidence}") if line.confidence else "\u2013"


def _action_table(case: Case) -> Table:
    """Actions by day, the technical meeting first as it is the first due."""
    p = case.phrases
    ranked = sorted(case.scenario.actions, key=lambda action: (action.due, action.priority, action.id))
    rows = [
        (
            p.short_day(action.due.date()), p.say(f"action.{action.kind}"), p.text(action.title), case.partner(action.owner),
            case.partners(action.with_partners) or "\u2013", p.number(action.priority),
        )
        for action in ranked
    ]  # fmt: skip
    keys = ("due", "kind", "action", "owner", "with", "priority")
    return Table(
        caption=p.say("actions.table"), head=tuple(p.say(f"actions.{key}") for key in keys), rows=tuple(rows),
        align="lllllr", widths=(1.1, 0.8, 3.6, 1.1, 3.2, 0.75), note=p.say("actions.note"),
    )  # fmt: skip


def _partner_table(case: Case) -> Table:
    p = case.phrases
    rows = [
        (p.text(partner.name), p.say(f"partner_kind.{partner.kind}"), p.text(partner.contribution),
         p.text(partner.source) or p.say(f"confidence.{partner.confidence}"))
        for partner in case.scenario.partners
        if partner.contribution
    ]  # fmt: skip
    keys = ("name", "kind", "contribution", "source")
    return Table(
        caption=p.say("partners.table"), head=tuple(p.say(f"partners.{key}") for key in keys), rows=tuple(rows),
        align="llll", widths=(1.6, 0.9, 4.0, 2.2),
    )  # fmt: skip
