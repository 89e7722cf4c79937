"""Verbs on the ledger: `egide ledger init|show|add|import|verify|match`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from egide.app.cli import Json, _print, _say, app
from egide.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from egide.cooperation import Late, Ledger
    from egide.cooperation.event import Event
    from egide.model.scenario import Scenario

At = Annotated[str | None, Parameter(name="--at")]
"""Day (2025-07-11) or moment with its zone that is spoken of or recorded; now by default."""

Run = Annotated[Path | None, Parameter(name="--run")]
"""Run folder whose outlook says what delays cost; by default the scenario's own."""

ledger = App(name="ledger", help="Record who promised what and how far it has come; show what is late.")
app.command(ledger)


@ledger.default
def _either_order(*tokens: Annotated[str, Parameter(allow_leading_hyphen=True, show=False)]) -> Any:
    """`egide ledger SCENARIO [show]`: the scenario may stand before what is asked."""
    words = list(tokens)
    actions = [name for name in ("init", "show", "add", "import", "verify", "match") if name in words[1:]]
    action = actions[0] if actions else "show"
    if not words or words[0].startswith("-"):
        raise InputError.one(
            "command line", "ledger", None, "name a scenario, such as: egide ledger show tiny"
        )
    rest = list(words)
    if actions:
        del rest[1 + words[1:].index(action)]
    return ledger([action, *rest], exit_on_error=False, print_error=False)


@ledger.command
def init(scenario: str, *, at: At = None, json_: Json = False) -> None:
    """Start a ledger in the scenario's folder from its pledges, decisions and actions.

    Parameters
    ----------
    at
        When they are recorded; by default on D-day.
    """
    from egide.app.plan_folder import ledger_path, moment_of, opening_events
    from egide.io.scenario_files import read_scenario

    path = ledger_path(scenario, writing=True)
    read = read_scenario(scenario)
    if path.exists() and path.stat().st_size:
        raise InputError.one(str(path), "ledger", None, "is there already; add to it with: egide ledger add")
    state = _append(path, read, opening_events(read, None if at is None else moment_of(at)))
    _say(
        f"{path}: {len(state.events)} events, {len(state.lines)} lines, {len(state.tasks)} decisions and actions"
    )
    _say(f"hash {state.head}")
    if json_:
        _print({"ledger": str(path), "events": len(state.events), "hash": state.head})


@ledger.command
def show(
    scenario: str,
    *,
    at: At = None,
    by: tuple[str, ...] = ("partner", "item"),
    run: Run = None,
    json_: Json = False,
) -> int:
    """Show the state of every line, the three totals, and what is overdue or at risk.

    Of a damaged ledger the intact part is shown, with exit code 1.
    """
    from egide.app.plan_folder import (
        end_of,
        intact_ledger_of,
        moment_of,
        outlook_in,
        rates_of,
        run_to_read,
        value_per_day,
    )
    from egide.cooperation import at_risk, overdue, totals
    from egide.io.scenario_files import read_scenario

    read = read_scenario(scenario)
    moment = moment_of(at)
    state, there, damage = intact_ledger_of(scenario, read, end_of(at, moment))
    worth = value_per_day(read, outlook_in(run_to_read(scenario, run)))
    late, risky = overdue(state, moment.date(), worth), at_risk(state, moment.date(), worth)
    sums = totals(state, tuple(part for name in by for part in name.split(",")), rates_of(read))
    if damage is not None:
        _say(str(damage))
        _say(
            "shown is the intact part; egide ledger verify --mend sets the damaged file aside and goes on with it"
        )
    if not there:
        _say("no ledger yet (egide ledger init FOLDER starts one); shown from pledges.csv as of D-day")
    _say_lines(state)
    _say("\nPromised, earmarked and arrived, each for itself:")
    for total in sums:
        _say(
            f"  {' '.join(total.key):40} promised {total.committed:>8,}  earmarked {total.allocated:>8,}  "
            f"arrived {total.delivered:>8,}  money promised {total.committed_eur / 1e6:,.1f} M EUR"
        )
    _say_late("Overdue", late)
    _say_late("At risk", risky)
    for found in state.disagreements:
        _say(
            f"sources disagree: {found.line}: {found.field} is {found.counted} by {found.counted_source or 'no source'}"
            f", {found.other} by {found.other_source or 'no source'}"
        )
    for problem in state.problems:
        _say(f"contradiction, kept and not counted: {problem}")
    if json_:
        _print(
            {
                "scenario": read.name, "at": moment.isoformat(), "ledger": there, "hash": state.head,
                "lines": [_line_row(state, name) for name in state.lines],
                "tasks": [_task_row(state, name) for name in state.tasks],
                "totals": [asdict(total) for total in sums],
                "overdue": [asdict(row) for row in late], "at_risk": [asdict(row) for row in risky],
                "disagreements": [asdict(found) for found in state.disagreements],
                "problems": [str(problem) for problem in state.problems],
                "damaged_line": None if damage is None else damage.line_number,
            }
        )  # fmt: skip
    return 0 if damage is None else 1


def _say_lines(state: Ledger) -> None:
    for line in state.lines.values():
        due = f", due {line.due}" if line.due else ""
        asked = f", {line.required:,} asked for" if line.required else ""
        _say(
            f"{line.id}: {line.item or 'no item'} from {line.partner or 'nobody yet'}, {line.stage or 'nothing'}; "
            f"{line.committed:,} promised, {line.allocated:,} earmarked, {line.delivered:,} arrived{asked}{due}"
        )
    for task in state.tasks.values():
        word = "open" if task.is_open else "closed"
        _say(f"{task.id}: {task.kind} {word}: {task.title} ({task.owner}, due {task.due or 'no day'})")


def _say_late(word: str, rows: Sequence[Late]) -> None:
    _say(f"\n{word}: {'nothing' if not rows else len(rows)}")
    for row in rows:
        cost = (
            ""
            if row.cost is None
            else f"; the delay costs {row.cost:,.2f} leakers ({row.value_per_day:,.2f} a day)"
        )
        _say(
            f"  {row.line}: {row.outstanding:,} x {row.item} from {row.partner}, due {row.due}, "
            f"{row.days_late} days {'late' if word == 'Overdue' else 'expected late'}{cost}"
        )


def _line_row(state: Ledger, name: str) -> dict[str, Any]:
    line = state.lines[name]
    return {
        "id": line.id, "partner": line.partner, "item": line.item, "maker": line.maker, "place": line.place,
        "stage": line.stage, "required": line.required, "committed": line.committed, "allocated": line.allocated,
        "delivered": line.delivered, "outstanding": line.outstanding, "promised_on": line.promised_on,
        "due": line.due, "first_due": line.first_due, "serves": line.serves, "sources": list(line.sources),
        "evidence": list(line.evidence), "releasable_to": list(line.releasable_to),
        "money": [{"kind": kind, "currency": code, "amount": sum_} for (kind, code), sum_ in line.money.items()],
    }  # fmt: skip


def _task_row(state: Ledger, name: str) -> dict[str, Any]:
    task = state.tasks[name]
    return {
        "id": task.id, "kind": task.kind, "title": task.title, "owner": task.owner, "due": task.due,
        "priority": task.priority, "open": task.is_open, "plan": task.plan, "run": task.run,
    }  # fmt: skip


@ledger.command
def add(
    scenario: str,
    event: str | None = None,
    *,
    at: At = None,
    line: str = "", kind: str = "", partner: str = "", maker: str = "", item: str = "",
    quantity: int | None = None, money: float | None = None, currency: str = "", on: str | None = None,
    due: str | None = None, place: str = "", serves: str = "", refers_to: str = "", evidence: str = "",
    source: str = "", releasable_to: tuple[str, ...] = (), owner: str = "", title: str = "",
    priority: int | None = None, note: str = "", cite: bool = False,
    from_run: Annotated[bool, Parameter(name="--from-run", negative="")] = False, run: Run = None,
    json_: Json = False,
) -> None:  # fmt: skip
    """Append one event, given by options or as one JSON object; or what a run finds lacking, as requirements.

    Parameters
    ----------
    event
        The event as JSON; options override its fields.
    cite
        Cite the plan as it stands, and the run folder's outlook, in the event.
    from_run
        Record what the run folder's outlook and needs find lacking: one requirement an item that runs short, one
        for each addition that siting asks for.
    """
    from egide.app.plan_folder import ledger_path, moment_of, plan_hash, run_hashes, run_to_read
    from egide.cooperation import event_from
    from egide.io.ledger_files import read_ledger
    from egide.io.scenario_files import read_scenario

    path = ledger_path(scenario, writing=True)
    read = read_scenario(scenario)
    recorded = moment_of(at)
    if from_run:
        events = _requirements(scenario, read, recorded, run)
    else:
        given = {
            "line": line, "kind": kind, "partner": partner, "maker": maker, "item": item, "quantity": quantity,
            "money": money, "currency": currency, "on": on, "due": due, "place": place, "serves": serves,
            "refers_to": refers_to, "evidence": evidence, "source": source, "releasable_to": releasable_to,
            "owner": owner, "title": title, "priority": priority, "note": note,
        }  # fmt: skip
        fields = {
            **_json_fields(event),
            **{name: value for name, value in given.items() if value not in ("", None, ())},
        }
        if cite:
            fields["plan"] = plan_hash(Path(scenario))
            fields["run"] = run_hashes(run_to_read(scenario, run)).get("outlook", "")
        fields.setdefault("at", recorded)
        history = read_ledger(path).events_by_line.get(str(fields.get("line", "")), ())
        fields.setdefault("id", f"{fields.get('line', 'event')}.{len(history) + 1}")
        events = (event_from(fields),)
    state = _append(path, read, events)
    for found in events:
        _say(f"recorded: {found.line} {found.kind}{'' if found.quantity is None else f' {found.quantity:,}'}")
    _say(f"hash {state.head}")
    if json_:
        _print({"recorded": [found.id for found in events], "hash": state.head})


def _json_fields(text: str | None) -> dict[str, Any]:
    import json

    if text is None:
        return {}
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError.one("command line", "event", text, f"is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise InputError.one("command line", "event", text, "must be one JSON object")
    return content


def _requirements(name: str, scenario: Scenario, at: datetime, run: Path | None) -> tuple[Event, ...]:
    """What the outlook and siting of a run find lacking, as requirements the ledger does not hold yet."""
    from egide.app.plan_folder import ledger_path, needs_in, outlook_in, run_folder
    from egide.app.plan_needs import run_requirements
    from egide.io.ledger_files import read_ledger

    folder = run_folder(name, run)
    if outlook_in(folder) is None and not needs_in(folder):
        remedy = (
            f"holds neither outlook nor needs; run: egide sustain {name} --seed N, or: egide needs {name}"
        )
        raise InputError.one(str(folder), "--from-run", None, remedy)
    known = read_ledger(ledger_path(name)).lines
    return tuple(event for event in run_requirements(name, scenario, folder, at) if event.line not in known)


@ledger.command(name="import")
def import_table(
    scenario: str, table: Path, *, mapping: str, at: At = None,
    dry_run: Annotated[bool, Parameter(name="--dry-run", negative="")] = False, json_: Json = False,
) -> None:  # fmt: skip
    """Take over pledges and deliveries from a CSV file or a workbook, through a mapping.

    Parameters
    ----------
    mapping
        A packaged mapping such as `kiel`, or a TOML file.
    dry_run
        Check and count, write nothing.
    """
    from egide.app.plan_folder import ledger_path, moment_of, rates_of
    from egide.cooperation import admit, pledge_events
    from egide.io.ledger_files import read_ledger
    from egide.io.pledge_import import read_pledges
    from egide.io.scenario_files import read_scenario

    path = ledger_path(scenario, writing=not dry_run)
    read = read_scenario(scenario)
    partners, items = _known(read)
    found = read_pledges(table, mapping, partners=partners, items=items)
    state = read_ledger(path)
    events = pledge_events(found.rows, moment_of(at), state)
    # Without writing, the same checks are made on the ledger in memory.
    if dry_run:
        after = admit(state, events, partners=partners, items=items, currencies=rates_of(read))
    else:
        after = _append(path, read, events)
    _say(f"{len(found.rows)} rows, {len(events)} new events, {len(found.left_out)} values or rows left out")
    for left in found.left_out:
        _say(f"  left out: row {left.row} {left.field or '(whole row)'} = {left.value!r}: {left.reason}")
    _say(f"hash {after.head}{' (nothing written)' if dry_run else ''}")
    if json_:
        _print(
            {
                "rows": len(found.rows), "events": len(events), "hash": after.head, "written": not dry_run,
                "left_out": [asdict(left) for left in found.left_out],
            }
        )  # fmt: skip


@ledger.command
def verify(
    scenario: str,
    *,
    mend: Annotated[bool, Parameter(name="--mend", negative="")] = False,
    json_: Json = False,
) -> int:
    """Check the ledger's chain of hashes; exit code 1 when it is damaged.

    Parameters
    ----------
    mend
        Set a damaged file aside, whole, and go on with its intact part.
    """
    from egide.app.plan_folder import ledger_path
    from egide.cooperation import LedgerDamage
    from egide.io.ledger_files import mend as mend_file
    from egide.io.ledger_files import read_ledger

    path = ledger_path(scenario, writing=mend)
    if not path.exists():
        raise InputError.one(str(path), "ledger", None, "is not there; start one with: egide ledger init")
    try:
        state = read_ledger(path)
    except LedgerDamage as damage:
        _say(str(damage))
        _say(f"{len(damage.intact)} events before the damage are intact")
        aside = mend_file(path) if mend else None
        if aside is not None:
            _say(f"the damaged file is kept as {aside}; the ledger goes on with its intact part")
        if json_:
            _print(
                {
                    "intact": len(damage.intact), "damaged_line": damage.line_number,
                    "kept_as": None if aside is None else str(aside),
                }
            )  # fmt: skip
        return 1
    _say(f"{path}: {len(state.events)} events, the chain is whole; hash {state.head}")
    if json_:
        _print({"intact": len(state.events), "damaged_line": None, "hash": state.head})
    return 0


@ledger.command
def match(scenario: str, *, at: At = None, json_: Json = False) -> None:
    """Set open needs against promises nobody counts on yet, then against what could still be ordered.

    Pieces of a promise that are lots of the plan are left out: the outlook that found the need counts on them.
    """
    from egide.app.plan_folder import end_of, ledger_of, moment_of
    from egide.app.plan_needs import matching_of
    from egide.io.scenario_files import read_scenario

    read, moment = read_scenario(scenario), moment_of(at)
    state, _ = ledger_of(scenario, read, end_of(at, moment))
    found = matching_of(read, state, moment.date())
    for row in found.matches:
        late = "" if not row.days_late else f", {row.days_late} days late"
        _say(f"{row.need}: {row.quantity:,} x {row.item} could come from {row.partner} ({row.offer}{late})")
    for need in found.unmet:
        _say(f"{need.line}: {need.quantity:,} x {need.item}, nobody has promised them")
    for offer in found.unused:
        _say(
            f"{offer.line}: {offer.quantity:,} x {offer.item} from {offer.partner or 'a maker'} answer no need"
        )
    if json_:
        _print(asdict(found))


def _known(scenario: Scenario) -> tuple[set[str], set[str]]:
    """Partners and catalogue items that events may name."""
    catalogue = scenario.catalogue
    items = {
        row.id
        for rows in (
            catalogue.sensors,
            catalogue.effectors,
            catalogue.interceptors,
            catalogue.passive_measures,
        )
        for row in rows
    }
    return {partner.id for partner in scenario.partners}, items


def _append(path: Path, scenario: Scenario, events: Sequence[Event]) -> Ledger:
    from egide.app.plan_folder import rates_of
    from egide.io.ledger_files import append

    partners, items = _known(scenario)
    return append(path, events, partners=partners, items=items, currencies=rates_of(scenario))
