"""Rows from elsewhere (a scenario's pledges, an imported table, computed needs) as events of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from egide.cooperation.event import STAGES, Event, events_from
from egide.cooperation.ledger import Ledger, replay
from egide.errors import InputError, Problem
from egide.model import Action, Pledge


@dataclass(frozen=True, slots=True)
class PledgeRow:
    """One row of a table of pledges or deliveries, in the ledger's words."""

    line: str
    partner: str
    item: str
    committed: int = 0
    """Pieces promised"""
    allocated: int = 0
    """Pieces earmarked"""
    delivered: int = 0
    """Pieces arrived"""
    promised_on: date | None = None
    delivered_on: date | None = None
    due: date | None = None
    maker: str = ""
    place: str = ""
    money: float | None = None
    """Amount in `currency`, of the promise or allocation; of the delivery when there is neither"""
    currency: str = ""
    stage: str = ""
    """How far all promised pieces have come, up to shipped; `in_service` speaks of those delivered"""
    evidence: str = ""
    source: str = ""
    releasable_to: tuple[str, ...] = ()


def rows_of_pledges(pledges: Iterable[Pledge]) -> tuple[PledgeRow, ...]:
    """Return a scenario's pledges as rows."""
    return tuple(
        PledgeRow(
            line=pledge.id, partner=pledge.partner, item=pledge.item, committed=pledge.quantity,
            allocated=pledge.allocated, delivered=pledge.delivered, promised_on=pledge.promised_on,
            due=pledge.due, maker=pledge.maker or "", money=pledge.money_eur,
            currency="" if pledge.money_eur is None else "EUR",
            stage="" if pledge.stage in ("requirement", "delivered") else pledge.stage,
            source=pledge.source, releasable_to=pledge.releasable_to,
        )
        for pledge in pledges
    )  # fmt: skip


def pledge_events(rows: Iterable[PledgeRow], at: datetime, ledger: Ledger | None = None) -> tuple[Event, ...]:
    """Return the events that record rows, one set per row, ready for `admit`.

    A line that the ledger knows already is never promised twice: what the row says of a happening the ledger
    holds from another source becomes another account of it, shown and not counted; what it adds (a further
    delivery told by the same source) becomes a new event.

    Parameters
    ----------
    rows : iterable of PledgeRow
    at : datetime.datetime
        When they are recorded, with its zone.
    ledger : Ledger, optional
        What is known so far.

    Raises
    ------
    InputError
        Two rows of one line, and everything wrong with the rows' values.
    """
    known = ledger or replay(())
    named: list[tuple[str, Mapping[str, object]]] = []
    seen: set[str] = set()
    doubles = []
    for row in rows:
        if row.line in seen:
            doubles.append(
                Problem("pledges", "line", row.line, "stands twice; give each lot an id of its own")
            )
            continue
        seen.add(row.line)
        named += [(f"line {row.line}", fields) for fields in _of_row(row, at, known)]
    if doubles:
        raise InputError(doubles)
    return events_from(named)


def _of_row(row: PledgeRow, at: datetime, ledger: Ledger) -> list[dict[str, object]]:
    steps: list[tuple[str, int, date | None]] = [
        ("pledged", row.committed, row.promised_on),
        ("allocated", row.allocated, None if row.committed else row.promised_on),
    ]
    if row.stage in STAGES[1:5]:
        steps.append((row.stage, max(row.committed, row.allocated), None))
    steps.append(("delivered", row.delivered, row.delivered_on))
    if row.stage == "in_service":
        steps.append(("in_service", row.delivered, None))
    history = ledger.events_by_line.get(row.line, ())
    made: list[dict[str, object]] = []
    money_told = False
    for kind, quantity, on in steps:
        if not quantity:
            continue
        fields: dict[str, object] = {
            "line": row.line,
            "at": at,
            "source": row.source,
            "evidence": row.evidence,
        }
        fields |= {
            "partner": row.partner,
            "item": row.item,
            "maker": row.maker,
            "on": on,
            "quantity": quantity,
        }
        if row.money is not None and not money_told:
            fields |= {"money": row.money, "currency": row.currency}
            money_told = True
        if kind in ("pledged", "allocated"):
            fields |= {"due": row.due, "place": row.place, "releasable_to": row.releasable_to}
        made += _told(fields, kind, history)
    for number, fields in enumerate(made, start=len(history) + 1):
        fields["id"] = f"{row.line}.{number}"
    return made


def _told(fields: dict[str, object], kind: str, history: Sequence[Event]) -> list[dict[str, object]]:
    """One event for what is new, none for what was said already, an account for another source."""
    before = [event for event in history if event.kind == kind]
    if not before:
        return [{**fields, "kind": kind}]
    others = [event for event in before if event.source != fields["source"]]
    if others:
        counted = others[0]
        accounts = [event for event in history if event.kind == "account" and event.refers_to == counted.id]
        if any(_same(event, fields) for event in (counted, *accounts)):
            return []
        return [{**fields, "kind": "account", "refers_to": counted.id, "releasable_to": ()}]
    quantity = fields["quantity"]
    more = (quantity if isinstance(quantity, int) else 0) - sum(event.quantity or 0 for event in before)
    return [{**fields, "kind": kind, "quantity": more}] if more > 0 else []


def _same(event: Event, fields: Mapping[str, object]) -> bool:
    told = [name for name in ("quantity", "on", "due", "money") if fields.get(name) is not None]
    return all(getattr(event, name) == fields[name] for name in told)


def action_events(actions: Iterable[Action], at: datetime) -> tuple[Event, ...]:
    """Return the events that open a scenario's meetings, decisions and actions; a meeting is an action.

    Parameters
    ----------
    actions : iterable of Action
    at : datetime.datetime
        When they are recorded, with its zone.
    """
    return events_from(
        (
            f"action {action.id}",
            {
                "id": f"{action.id}.1", "line": action.id, "at": at, "title": action.title,
                "owner": action.owner, "kind": "decision" if action.kind == "decision" else "action",
                "due": action.due.date(), "priority": action.priority, "source": action.source,
            },
        )
        for action in actions
    )  # fmt: skip


def requirement_events(needs: Iterable[Mapping[str, object]], at: datetime, source: str) -> tuple[Event, ...]:
    """Return the events that make requirements of computed needs and shortages.

    Parameters
    ----------
    needs : iterable of mapping
        Each with `line`, `item`, `quantity`, and optionally `due`, `priority`, `place`, `note`, `plan`, `run`
        and `releasable_to`.
    at : datetime.datetime
    source : str
        What computed them, such as "siting of plan 3f2a".

    Raises
    ------
    InputError
        With everything wrong with the needs.
    """
    return events_from(
        (
            f"need {need.get('line')}",
            {"id": f"{need.get('line')}.1", "at": at, "kind": "requirement", "source": source, **need},
        )
        for need in needs
    )
