"""Agendas and minutes: drafted from plan, ledger and run folder; written as Markdown, PDF and calendar."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from egide.app.plan_folder import (
    end_of,
    ledger_of,
    outlook_in,
    plan_hash,
    plan_of,
    run_hashes,
    value_per_day,
)
from egide.app.plan_needs import matching_of, run_requirements
from egide.app.plan_words import gap_items
from egide.assessment.result import Assessment
from egide.cooperation import (
    CalendarEntry,
    Ledger,
    Minutes,
    agenda,
    at_risk,
    describe,
    diff,
    entries_of,
    entries_of_actions,
    minutes_markdown,
    minutes_typst,
    open_needs,
    overdue,
    replay,
)
from egide.cooperation.event import Event
from egide.io.atomic import write_bytes, write_text
from egide.io.calendar_files import write_calendar
from egide.io.result_files import read_result
from egide.io.scenario_files import scenario_folder
from egide.model.partner import Action
from egide.model.scenario import Scenario


@dataclass(frozen=True)
class Asked:
    """What meeting is spoken of."""

    at: datetime
    """Moment from which the next meeting is looked for; for minutes, when it was held."""
    since: datetime | None
    """The last meeting."""
    against: Path | None
    """Plan as it stood then."""
    held: bool = False
    """Whether it is over."""
    place: str = ""
    remarks: tuple[str, ...] = ()


def draft(name: str, scenario: Scenario, run: Path, asked: Asked) -> tuple[Minutes, Ledger]:
    """Draft a meeting's paper, and return the ledger it speaks of.

    Parameters
    ----------
    name : str
        Scenario folder or packaged name.
    scenario : Scenario
    run : Path
        Run folder; what it does not hold is left out.
    asked : Asked
    """
    folder = scenario_folder(name)
    meeting = _meeting(scenario, asked)
    held_at = asked.at if asked.held or meeting is None else meeting.due
    hashes, plan = run_hashes(run), plan_hash(folder)
    outlook = outlook_in(run)
    assessment = (
        read_result(Assessment, run / "assess-today") if (run / "assess-today.json").is_file() else None
    )
    state, _ = ledger_of(name, scenario, None if asked.held else end_of(None, max(asked.at, held_at)))
    asking = () if asked.held else _unrecorded(name, scenario, run, state, held_at)
    matching = matching_of(scenario, state, held_at.date(), open_needs(replay(asking)))
    changes: tuple[str, ...] = ()
    if asked.against is not None:
        before, after = plan_of(scenario_folder(asked.against)), plan_of(folder)
        changes = describe(diff(before, after), before, after)
    drafted = agenda(
        state, held_at.date(), gaps=gap_items(scenario, assessment, outlook, hashes, plan), changes=changes,
        value_per_day=value_per_day(scenario, outlook), since=asked.since, matching=matching, plan=plan,
        run=hashes.get("outlook", hashes.get("assess-today", "")),
    )  # fmt: skip
    tasks = [
        task for task in state.tasks.values() if (task.opened_at >= asked.at if asked.held else task.is_open)
    ]
    title = meeting.title if meeting is not None else f"Technical meeting, {scenario.title}"
    people = () if meeting is None else tuple(dict.fromkeys((meeting.owner, *meeting.with_partners)))
    paper = Minutes(
        title=title if asked.held else f"Agenda: {title}", held_at=held_at, place=asked.place, partners=people,
        agenda=drafted, decisions=tuple(task for task in tasks if task.kind == "decision"),
        actions=tuple(task for task in tasks if task.kind == "action"),
        remarks=(*asked.remarks, *(("Units, stocks and laydown are notional.",) if scenario.notional else ())),
    )  # fmt: skip
    return paper, state


def _unrecorded(name: str, scenario: Scenario, run: Path, state: Ledger, at: datetime) -> tuple[Event, ...]:
    """Requirements of the run folder that the ledger does not hold yet: for the meeting to look at."""
    return tuple(e for e in run_requirements(name, scenario, run, at) if e.line not in state.lines)


def _meeting(scenario: Scenario, asked: Asked) -> Action | None:
    """Next meeting of the plan, or for minutes the one of that day."""
    meetings = sorted((a for a in scenario.actions if a.kind == "meeting"), key=lambda action: action.due)
    if asked.held:
        return next((a for a in meetings if a.due.date() == asked.at.date()), None)
    return next((a for a in meetings if a.due >= asked.at), None)


def write_meeting(
    minutes: Minutes, scenario: Scenario, state: Ledger, folder: Path, stem: str, stamped_at: datetime
) -> list[Path]:
    """Write a meeting's paper as Markdown, PDF, JSON and calendar; returns the files."""
    files = [folder / f"{stem}{suffix}" for suffix in (".md", ".pdf", ".json", ".ics")]
    said = minutes_markdown(minutes)
    source = minutes_typst(minutes)
    if stem == "agenda":
        said, source = (text.replace("- Held ", "- Meeting on ", 1) for text in (said, source))
    write_text(files[0], said)
    write_bytes(files[1], _pdf(source, stamped_at))
    content = {
        "title": minutes.title, "held_at": minutes.held_at, "partners": minutes.partners,
        "plan": minutes.agenda.plan, "run": minutes.agenda.run, "ledger": minutes.agenda.ledger_head,
        "items": [asdict(item) for item in minutes.agenda.items],
        "decisions": [task.id for task in minutes.decisions], "actions": [task.id for task in minutes.actions],
    }  # fmt: skip
    write_text(files[2], json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n")
    day = minutes.agenda.as_of
    late = (*overdue(state, day), *at_risk(state, day))
    write_calendar(files[3], _entries(scenario, state, entries_of(state, late)), stamped_at, scenario.title)
    return files


def _entries(scenario: Scenario, state: Ledger, recorded: tuple[CalendarEntry, ...]) -> list[CalendarEntry]:
    """Dates of the ledger; an action keeps its hour where the ledger has not moved its day."""
    of_plan = {entry.uid: entry for entry in entries_of_actions(scenario.actions)}
    entries = []
    for entry in recorded:
        planned = of_plan.pop(entry.uid, None)
        same_day = (
            planned is not None
            and isinstance(planned.start, datetime)
            and planned.start.date() == entry.start
        )
        entries.append(planned if planned is not None and same_day else entry)
    closed = {f"{task.id}@egide" for task in state.tasks.values()}
    return [*entries, *(entry for uid, entry in of_plan.items() if uid not in closed)]


def _pdf(source: str, stamped_at: datetime) -> bytes:
    """Set Typst source on A4 with the fonts it brings; the same source gives the same bytes."""
    import typst

    page = (
        '#set page(paper: "a4", margin: 2cm, numbering: "1")\n#set text(size: 10pt)\n#set table(inset: 4pt)\n'
    )
    made: bytes = typst.compile(
        (page + source).encode(), format="pdf", ignore_system_fonts=True, timestamp=stamped_at
    )
    return made
