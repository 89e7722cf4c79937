"""The folder of a plan as verbs see it: its ledger, its hash, the rates, the outlook of its run folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from egide.app.runs import RECORD
from egide.cooperation import (
    Ledger,
    LedgerDamage,
    action_events,
    content_hash,
    pledge_events,
    replay,
    rows_of_pledges,
)
from egide.cooperation.event import Event
from egide.cooperation.plan import LEDGER_FILE, Plan
from egide.errors import InputError
from egide.io.ledger_files import read_events
from egide.io.packaged import example_names
from egide.io.plan_files import plan_bytes, plan_of_bytes
from egide.io.scenario_files import MAIN, scenario_folder
from egide.model.scenario import Scenario

if TYPE_CHECKING:
    from egide.siting.needs_result import NeedLine
    from egide.supply.sustain import Outlook

_DAY_LENGTH = len("2025-07-11")


def moment_of(text: str | None, otherwise: datetime | None = None) -> datetime:
    """Moment that a person wrote: a day (its beginning, UTC) or a moment with its zone; now without one.

    Raises
    ------
    InputError
        When it is neither.
    """
    if text is None:
        return otherwise or datetime.now(UTC).replace(microsecond=0)
    remedy = "write a day such as 2025-07-11, or a moment with its zone such as 2025-07-11T09:00Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError.one("command line", "--at", text, remedy) from None
    if len(text) > _DAY_LENGTH and moment.tzinfo is None:
        raise InputError.one("command line", "--at", text, remedy)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def end_of(text: str | None, moment: datetime) -> datetime:
    """Last moment that a state asked for by day takes in: the end of the day for a day, the moment else."""
    if text is not None and len(text) <= _DAY_LENGTH:
        return datetime.combine(moment.date(), time.max, UTC)
    return moment


def ledger_path(name: str, *, writing: bool = False) -> Path:
    """Where the ledger of a scenario lies.

    Raises
    ------
    InputError
        When it is to be written and the scenario is a packaged one.
    """
    folder = scenario_folder(name)
    if writing and not (Path(name) / MAIN).is_file():
        remedy = f"is packaged and read-only; make a copy of your own: egide new FOLDER --from {name}"
        raise InputError.one("command line", "scenario", name, remedy)
    return folder / LEDGER_FILE


def opening_events(scenario: Scenario, at: datetime | None = None) -> tuple[Event, ...]:
    """Events that record a scenario's pledges, meetings, decisions and actions, by default as of D-day."""
    recorded = at or datetime.combine(scenario.day, time.min, UTC)
    rows = rows_of_pledges(scenario.pledges)
    return (*pledge_events(rows, recorded), *action_events(scenario.actions, recorded))


def ledger_of(name: str, scenario: Scenario, until: datetime | None = None) -> tuple[Ledger, bool]:
    """State of a scenario's ledger at a moment, and whether there is a ledger.

    Without one, the scenario's own pledges and actions are shown as if they had been recorded on D-day.
    """
    path = ledger_path(name)
    there = path.exists()
    events = read_events(path) if there else opening_events(scenario)
    return replay(event for event in events if until is None or event.at <= until), there


def intact_ledger_of(
    name: str, scenario: Scenario, until: datetime | None = None
) -> tuple[Ledger, bool, LedgerDamage | None]:
    """As `ledger_of`; of a damaged ledger what comes before the damage, and the damage."""
    try:
        return *ledger_of(name, scenario, until), None
    except LedgerDamage as damage:
        return replay(event for event in damage.intact if until is None or event.at <= until), True, damage


def rates_of(scenario: Scenario) -> dict[str, float]:
    """Euros for one unit of each currency the scenario states."""
    return {"EUR": 1.0, **{currency.id.upper(): currency.rate_eur for currency in scenario.currencies}}


def plan_of(folder: str | Path) -> Plan:
    """Plan of a folder without its ledger, which has a chain and a hash of its own."""
    content = {name: data for name, data in plan_bytes(folder).items() if not is_ledger(name)}
    return plan_of_bytes(content)


def is_ledger(name: str) -> bool:
    """Whether a file of a plan is its ledger."""
    return name.rsplit("/", 1)[-1] == LEDGER_FILE


def plan_hash(folder: str | Path) -> str:
    """Hash of what a plan says, its ledger apart: the same for any order of rows and any layout [hex]."""
    return content_hash(plan_of(folder))


def run_to_read(name: str, given: Path | None) -> Path:
    """Run folder that was named, or the scenario's usual one, which need not be there.

    Raises
    ------
    InputError
        When one was named that is no run folder: a paper without its results would look like one that has none.
    """
    if given is not None and not (given / RECORD).is_file():
        raise InputError.one(
            str(given), "--run", None, "is no run folder; run `egide run SCENARIO --seed N` first"
        )
    return run_folder(name, given)


def run_folder(name: str, given: Path | None) -> Path:
    """Run folder that was named, or the scenario's usual one."""
    if given is not None:
        return given
    if (Path(name) / MAIN).is_file() or name not in example_names():
        return Path(name) / "run"
    return Path(f"{name}-run")


def run_hashes(folder: Path) -> dict[str, str]:
    """Key of each stage of a run folder: the hash of all that went into it [hex]; empty without one."""
    record = folder / RECORD
    if not record.is_file():
        return {}
    try:
        stages = json.loads(record.read_text(encoding="utf-8"))["stages"]
        return {stage: str(held["key"]) for stage, held in stages.items()}
    except (ValueError, KeyError, TypeError):
        remedy = "is damaged; delete it to run every stage again"
        raise InputError.one(str(record), "(whole)", None, remedy) from None


def outlook_in(folder: Path) -> Outlook | None:
    """Outlook of a run folder, if it holds one."""
    if not (folder / "outlook.json").is_file():
        return None
    from egide.io.result_files import read_result
    from egide.supply.sustain import Outlook

    return read_result(Outlook, folder / "outlook")


def needs_in(folder: Path) -> tuple[NeedLine, ...]:
    """What siting would add to meet the requirements, as `egide needs` left it in a run folder; none without."""
    if not (folder / "needs.json").is_file():
        return ()
    from egide.io.result_files import read_result
    from egide.siting.needs_result import Needs

    return read_result(Needs, folder / "needs").needs


def value_per_day(scenario: Scenario, outlook: Outlook | None) -> Mapping[str, float]:
    """Leakers that a day of delay costs, by lot and by pledge: the sum over the lots of a pledge."""
    if outlook is None:
        return {}
    by_lot = {lot.id: lot.value_per_day_of_delay for lot in outlook.lots}
    found = dict(by_lot)
    for lot in scenario.lots:
        if lot.pledge is not None and lot.id in by_lot:
            found[lot.pledge] = found.get(lot.pledge, 0.0) + by_lot[lot.id]
    return found
