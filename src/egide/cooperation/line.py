"""The state of one line, one decision or one action, derived from its events and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from egide.cooperation.corrections import Disagreement, distinct, last_release, problem_of, resolved
from egide.cooperation.event import COUNTED, REFERRING, STAGES, TASKS, Event
from egide.errors import Problem

_STAGE: Final = {stage: order for order, stage in enumerate(STAGES)}
_CONTRACTED: Final = _STAGE["contracted"]
_SHIPPED: Final = _STAGE["shipped"]
_DELIVERED: Final = _STAGE["delivered"]


class Line(NamedTuple):
    """One line of need or help, as its events leave it; a tuple, because thousands are built at once."""

    id: str
    partner: str
    item: str
    maker: str
    place: str
    serves: str
    """Requirement line it answers"""
    quantities: tuple[int, ...]
    """Pieces that reached each of `STAGES`, cumulated per stage"""
    first_on: tuple[date | None, ...]
    """First stated day of each of `STAGES`"""
    committed: int
    """Pieces promised, withdrawals taken off"""
    allocated: int
    """Pieces earmarked"""
    promised_on: date | None
    due: date | None
    """Latest stated due day"""
    first_due: date | None
    """First stated due day, kept when it slips"""
    money: Mapping[tuple[str, str], float]
    """Amounts by kind of event and currency"""
    disagreements: tuple[Disagreement, ...]
    events: tuple[Event, ...]
    """Every event of the line, as recorded"""

    def at_stage(self, stage: str) -> int:
        """Pieces that reached a stage."""
        return self.quantities[_STAGE[stage]]

    @property
    def sources(self) -> tuple[str, ...]:
        """Everybody who says something about it, in order."""
        return distinct([event.source for event in self.events])

    @property
    def evidence(self) -> tuple[str, ...]:
        """Everything that proves something about it, in order."""
        return distinct([event.evidence for event in self.events])

    @property
    def releasable_to(self) -> tuple[str, ...]:
        """Partners who may see it, as last stated; empty means everybody."""
        return last_release(self.events)

    @property
    def required(self) -> int:
        """Pieces asked for."""
        return self.quantities[0]

    @property
    def delivered(self) -> int:
        """Pieces arrived."""
        return self.quantities[_DELIVERED]

    @property
    def ordered(self) -> int:
        """Pieces on order: contracted, or where nothing was contracted (gifts from stock) promised."""
        return self.quantities[_CONTRACTED] or max(self.committed, self.allocated)

    @property
    def outstanding(self) -> int:
        """Pieces on order that have not arrived."""
        return max(0, self.ordered - self.delivered)

    @property
    def stage(self) -> str:
        """Furthest stage any piece has reached; a promise when none has, else empty."""
        for order in range(len(STAGES) - 1, -1, -1):
            if self.quantities[order]:
                return STAGES[order]
        return "allocated" if self.allocated else ("pledged" if self.committed else "")

    @property
    def is_need(self) -> bool:
        """Whether it asks for something and nobody has promised anything on the line itself."""
        return self.required > 0 and not (self.committed or self.allocated or self.ordered)


@dataclass(slots=True)
class _Tally:
    """What folding a line's events has come to so far; never leaves this module."""

    partner: str = ""
    item: str = ""
    maker: str = ""
    place: str = ""
    serves: str = ""
    quantities: list[int] = field(default_factory=lambda: [0] * len(STAGES))
    first_on: list[date | None] = field(default_factory=lambda: [None] * len(STAGES))
    committed: int = 0
    allocated: int = 0
    promised_on: date | None = None
    due: date | None = None
    first_due: date | None = None
    money: dict[tuple[str, str], float] = field(default_factory=dict)


def derive_line(line: str, events: Sequence[Event]) -> tuple[Line, tuple[Problem, ...]]:
    """Fold one line's events, in order of record.

    An event that contradicts what came before it is kept in `events`, counted in nothing, and named in the
    problems, until a correction mends it.
    """
    tally = _regular(events)
    problems: list[Problem] = []
    disagreements: tuple[Disagreement, ...] = ()
    if tally is None:
        effective, disagreements = resolved(line, events, problems)
        tally = _folded(effective, problems)
    state = Line(
        id=line, partner=tally.partner, item=tally.item, maker=tally.maker, place=tally.place,
        serves=tally.serves, quantities=tuple(tally.quantities), first_on=tuple(tally.first_on),
        committed=tally.committed, allocated=tally.allocated, promised_on=tally.promised_on,
        due=tally.due, first_due=tally.first_due, money=tally.money, disagreements=disagreements,
        events=tuple(events),
    )  # fmt: skip
    return state, tuple(problems)


def _regular(events: Sequence[Event]) -> _Tally | None:
    """Fold events that follow each other as they should, fast; None at the first that needs a closer look.

    A ledger of 100,000 events is replayed in under a second because most lines are regular. `_folded` is the
    same fold without the hurry, and the tests hold the two against each other.
    """
    state = _Tally()
    quantities, first_on, money = state.quantities, state.first_on, state.money
    latest: date | None = None
    for event in events:
        kind, on = event.kind, event.on
        if kind in REFERRING or (latest and on and on < latest):
            return None
        if (event.partner or event.item or event.maker) and not _agrees(state, event):
            return None
        latest = on or latest
        order = _STAGE.get(kind)
        if order is not None:
            reached = quantities[order] + event.quantity  # type: ignore[operator]
            ceiling = _ceiling(state, order)
            if ceiling is not None and reached > ceiling:
                return None
            quantities[order] = reached
            if first_on[order] is None:
                first_on[order] = on
        elif kind == "pledged":
            state.committed += event.quantity  # type: ignore[operator]
            state.promised_on = state.promised_on or on
        elif kind == "allocated":
            state.allocated += event.quantity  # type: ignore[operator]
        elif kind in COUNTED or kind in TASKS:
            return None
        if event.money is not None:
            money[kind, event.currency] = money.get((kind, event.currency), 0.0) + event.money
        due = event.due
        if due is not None:
            if latest is not None and due < latest:
                return None
            state.due = due
            state.first_due = state.first_due or due
        state.place = event.place or state.place
        state.serves = event.serves or state.serves
    return state


def _agrees(state: _Tally, event: Event) -> bool:
    """Take over what the event says about who and what; False when it contradicts the line."""
    partner, maker, item = event.partner, event.maker, event.item
    if partner != state.partner and partner:
        if state.partner:
            return False
        state.partner = partner
    if item != state.item and item:
        if state.item:
            return False
        state.item = item
    if maker != state.maker and maker:
        if state.maker:
            return False
        state.maker = maker
    return True


def _ceiling(state: _Tally, order: int) -> int | None:
    """Most that may have reached a stage: what reached the nearest earlier stage on record, None for any.

    Gifts from stock have no contract, so for them the promise stands for the order.
    """
    before, most = -1, None
    for stage in range(order - 1, -1, -1):
        if state.quantities[stage]:
            before, most = stage, state.quantities[stage]
            break
    if order >= _SHIPPED and before < _CONTRACTED:
        promised = max(state.committed, state.allocated)
        most = promised if most is None else min(most, promised)
    if order > _DELIVERED and before < _DELIVERED:
        return 0
    return most


def _folded(events: Iterable[Event], problems: list[Problem]) -> _Tally:
    """Fold events one by one; what contradicts the line is left out and named in `problems`."""
    state = _Tally()
    for event in events:
        found = _contradiction(state, event)
        if found is not None:
            problems.append(problem_of(event, *found))
            continue
        _agrees(state, event)
        _count(state, event)
        if event.due is not None:
            state.due = event.due
            state.first_due = state.first_due or event.due
        state.place = event.place or state.place
        state.serves = event.serves or state.serves
    return state


def _contradiction(state: _Tally, event: Event) -> tuple[str, object, str] | None:
    """Why an event cannot follow what the line has been through, as (field, value, remedy)."""
    for name in ("partner", "item", "maker"):
        value, known = getattr(event, name), getattr(state, name)
        if value and known and value != known:
            return name, value, f"the line is about {known!r}; correct it, or open a line of its own"
    if event.kind in TASKS:
        return "kind", event.kind, "belongs to a decision or an action; give it an id of its own"
    quantity = event.quantity or 0
    if event.kind == "withdrawn" and quantity > state.committed:
        return "quantity", quantity, f"withdraws more than the {state.committed} promised"
    promised_on = state.promised_on
    order = _STAGE.get(event.kind)
    if order is not None:
        ceiling = _ceiling(state, order)
        if ceiling == 0:
            return (
                "kind",
                event.kind,
                "comes before the step it needs; record the order or the delivery first",
            )
        if ceiling is not None and state.quantities[order] + quantity > ceiling:
            reached = state.quantities[order] + quantity
            return "quantity", reached, f"exceeds the {ceiling} of the step before; record those first"
        earlier = [day for day in state.first_on[:order] if day is not None]
        if promised_on is not None and order >= _CONTRACTED:
            earlier.append(promised_on)
        if event.on is not None and earlier and event.on < max(earlier):
            return "on", str(event.on), f"is before an earlier step of the line, {max(earlier)}"
    if event.due is not None and promised_on is not None and event.due < promised_on:
        return "due", str(event.due), f"is before the day it was promised, {promised_on}"
    return None


def _count(state: _Tally, event: Event) -> None:
    quantity = event.quantity or 0
    order = _STAGE.get(event.kind)
    if order is not None:
        state.quantities[order] += quantity
        days = [day for day in (state.first_on[order], event.on) if day is not None]
        state.first_on[order] = min(days, default=None)
    elif event.kind == "allocated":
        state.allocated += quantity
    elif event.kind == "withdrawn":
        state.committed -= quantity
    elif event.kind == "pledged":
        state.committed += quantity
        state.promised_on = state.promised_on or event.on
    if event.money is not None:
        key = (event.kind, event.currency)
        state.money[key] = state.money.get(key, 0.0) + event.money
