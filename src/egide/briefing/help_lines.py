"""Lines of help as the brief shows them, from the scenario's pledges or from a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from egide.briefing.case import Case


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One line of help: what was promised, what was earmarked, what arrived, each for itself."""

    partner: str
    maker: str
    item: str
    stage: str
    committed: int
    allocated: int
    delivered: int
    due: date | None
    source: str
    confidence: str
    """published, derived or assumed; empty where a ledger holds the line."""

    @property
    def open(self) -> bool:
        """Whether something promised has not arrived."""
        return self.delivered < self.committed


def help_lines(case: Case) -> tuple[HelpLine, ...]:
    """Lines of help, open ones first, the soonest due ahead; a ledger's lines where one is given."""
    lines = _from_ledger(case) if case.ledger is not None else _from_pledges(case)
    far = date.max
    return tuple(sorted(lines, key=lambda line: (not line.open, line.due or far, line.partner, line.item)))


def _from_pledges(case: Case) -> list[HelpLine]:
    return [
        HelpLine(
            pledge.partner, pledge.maker or "", pledge.item, pledge.stage, pledge.quantity, pledge.allocated,
            pledge.delivered, pledge.due, pledge.source, pledge.confidence,
        )
        for pledge in case.scenario.pledges
    ]  # fmt: skip


def _from_ledger(case: Case) -> list[HelpLine]:
    assert case.ledger is not None
    return [
        HelpLine(
            line.partner, line.maker, line.item, line.stage, line.committed or line.ordered, line.allocated,
            line.delivered, line.due, "; ".join(line.sources), "",
        )
        for line in case.ledger.lines.values()
        if not line.is_need
    ]  # fmt: skip
