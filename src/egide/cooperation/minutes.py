"""Minutes of a meeting: what was decided, who does what by when, and on which version of the plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from egide.cooperation.agenda import SECTIONS, Agenda
from egide.cooperation.task import Task

_COLUMNS: Final = ("Id", "What", "Owner", "Due", "Priority", "Rests on plan", "Run")


@dataclass(frozen=True, slots=True)
class Minutes:
    """What a meeting leaves on paper; the ledger holds the same decisions and actions as events."""

    title: str
    held_at: datetime
    place: str
    partners: tuple[str, ...]
    """Who took part"""
    agenda: Agenda
    decisions: tuple[Task, ...]
    actions: tuple[Task, ...]
    remarks: tuple[str, ...] = ()


def minutes_markdown(minutes: Minutes) -> str:
    """Return the minutes as Markdown."""
    return _written(minutes, _markdown_text, "# ", "## ", _markdown_table)


def minutes_typst(minutes: Minutes) -> str:
    """Return the minutes as Typst source, from which a PDF is set."""
    return _written(minutes, _typst_text, "= ", "== ", _typst_table)


def _written(
    minutes: Minutes, clean: Callable[[str], str], title: str, heading: str,
    table: Callable[[Sequence[Sequence[str]]], list[str]],
) -> str:  # fmt: skip
    agenda = minutes.agenda
    lines = [title + clean(minutes.title), ""]
    lines += [f"- {clean(text)}" for text in _particulars(minutes)]
    for section in SECTIONS:
        items = agenda.section(section)
        if items:
            lines += ["", heading + section, ""]
            for item in items:
                owner = f" ({item.owner})" if item.owner else ""
                cost = f"; value of the delay: {item.cost:,.3g}" if item.cost is not None else ""
                lines.append(f"- {clean(item.text + owner + cost)}")
    for name, tasks in (("Decisions", minutes.decisions), ("Actions", minutes.actions)):
        lines += ["", heading + name, ""]
        rows = [[clean(cell) for cell in _row(task)] for task in tasks]
        lines += table([_COLUMNS, *rows]) if rows else ["None."]
    if minutes.remarks:
        lines += ["", heading + "Remarks", "", *(f"- {clean(text)}" for text in minutes.remarks)]
    return "\n".join([*lines, ""])


def _particulars(minutes: Minutes) -> list[str]:
    held = minutes.held_at.isoformat(timespec="minutes").replace("+00:00", "Z")
    said = [f"Held {held}" + (f", {minutes.place}" if minutes.place else "")]
    said.append(f"Partners: {', '.join(minutes.partners) or 'none stated'}")
    for word, digest in (
        ("Plan", minutes.agenda.plan), ("Run", minutes.agenda.run), ("Ledger", minutes.agenda.ledger_head),
    ):  # fmt: skip
        if digest:
            said.append(f"{word} version {digest}")
    return said


def _row(task: Task) -> list[str]:
    due = task.due.isoformat() if task.due else "none"
    return [
        task.id,
        task.title,
        task.owner,
        due,
        str(task.priority),
        task.plan[:12] or "none",
        task.run[:12] or "none",
    ]


def _markdown_table(rows: Sequence[Sequence[str]]) -> list[str]:
    written = [f"| {' | '.join(row)} |" for row in rows]
    return [written[0], "|" + " --- |" * len(rows[0]), *written[1:]]


def _typst_table(rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [", ".join(f"[{cell}]" for cell in row) + "," for row in rows]
    return [f"#table(columns: {len(rows[0])},", *(f"  {row}" for row in cells), ")"]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _markdown_text(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_{}[]<>#|" else char for char in _one_line(text))


def _typst_text(text: str) -> str:
    # "//" would open a comment and swallow the rest of a source's address.
    return "".join(f"\\{char}" if char in "\\`*_{}[]<>#$@~/" else char for char in _one_line(text))
