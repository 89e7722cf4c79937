"""Verbs on versions, meetings and releases: `egide agenda|minutes|diff|merge|seal|release`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from egide.app.cli import SEED, Json, Out, _print, _say, app
from egide.app.ledger_verbs import At, Run
from egide.errors import InputError

if TYPE_CHECKING:
    from egide.cooperation import Agenda, Minutes


@app.command
def agenda(
    scenario: str, *, at: At = None, out: Out = None, run: Run = None,
    since: Annotated[str | None, Parameter(name="--since")] = None,
    against: Annotated[Path | None, Parameter(name="--against")] = None, json_: Json = False,
) -> None:  # fmt: skip
    """Draft the next technical meeting: gaps, overdue lines, decisions due, what changed since the last.

    Parameters
    ----------
    at
        Day from which the next meeting is looked for; by default D-day.
    since
        Day of the last meeting; what the ledger recorded after it counts as new.
    against
        Plan as it stood at the last meeting.
    """
    from egide.app.meetings import Asked, draft, write_meeting
    from egide.app.plan_folder import moment_of, run_folder, run_to_read
    from egide.io.scenario_files import read_scenario

    read = read_scenario(scenario)
    first = moment_of(at, datetime.combine(read.day, time.min, UTC))
    asked = Asked(first, None if since is None else moment_of(since), against)
    folder = run_to_read(scenario, run)
    minutes, state = draft(scenario, read, folder, asked)
    files = write_meeting(minutes, read, state, run_folder(scenario, out), "agenda", first)
    _say_agenda(minutes.agenda)
    for path in files:
        _say(str(path))
    if json_:
        _print({**_meeting_json(minutes), "files": [str(path) for path in files]})


def _say_agenda(drafted: Agenda) -> None:
    section = ""
    for item in drafted.items:
        if item.section != section:
            section = item.section
            _say(f"\n{section}")
        _say(f"  {item.text}{f' ({item.owner})' if item.owner else ''}")


def _meeting_json(minutes: Minutes) -> dict[str, Any]:
    return {
        "title": minutes.title, "held_at": minutes.held_at.isoformat(), "partners": list(minutes.partners),
        "plan": minutes.agenda.plan, "run": minutes.agenda.run, "ledger": minutes.agenda.ledger_head,
        "items": [asdict(item) for item in minutes.agenda.items],
    }  # fmt: skip


@app.command
def minutes(
    scenario: str, *, held: Annotated[str, Parameter(name="--held")], out: Out = None, run: Run = None,
    place: str = "", remark: tuple[str, ...] = (), json_: Json = False,
) -> None:  # fmt: skip
    """Write the minutes of a meeting: its agenda, and the decisions and actions recorded since it began.

    Parameters
    ----------
    held
        Day or moment it was held.
    remark
        Sentences to put on paper.
    """
    from egide.app.meetings import Asked, draft, write_meeting
    from egide.app.plan_folder import moment_of, run_folder, run_to_read
    from egide.io.scenario_files import read_scenario

    read = read_scenario(scenario)
    moment = moment_of(held)
    written, state = draft(
        scenario,
        read,
        run_to_read(scenario, run),
        Asked(moment, None, None, held=True, place=place, remarks=remark),
    )
    files = write_meeting(written, read, state, run_folder(scenario, out), "minutes", moment)
    for path in files:
        _say(str(path))
    if json_:
        _print({**_meeting_json(written), "files": [str(path) for path in files]})


@app.command
def diff(
    first: str, second: str, *, seed: Annotated[int | None, SEED] = None, trials: int = 300,
    campaigns: int = 200, json_: Json = False,
) -> None:  # fmt: skip
    """Compare two plans, or two run folders, in the field's words.

    Parameters
    ----------
    first, second
        Scenario folders or packaged names: each change is said with what it alone brings about. Run folders:
        their results are compared.
    seed
        With it, shortages and leakers are computed too; without it only coverage.
    """
    from egide.io.packaged import example_names
    from egide.io.scenario_files import MAIN

    plans = [(Path(name) / MAIN).is_file() or name in example_names() for name in (first, second)]
    if all(plans):
        from egide.app.plan_diff import Chance, plan_differences

        found = plan_differences(first, second, None if seed is None else Chance(seed, trials, campaigns))
    elif any(plans):
        other, plan = (second, first) if plans[0] else (first, second)
        remedy = f"is no plan as {plan} is; name two plans or two run folders"
        raise InputError.one("diff", "folders", other, remedy)
    else:
        from egide.app.outputs import run_differences

        found = run_differences(Path(first), Path(second))
    for words in found["words"]:
        _say(words)
    if json_:
        _print(found)


@app.command
def merge(
    base: str, ours: str, theirs: str, *, out: Annotated[Path, Parameter(name="--out")], json_: Json = False
) -> int:
    """Merge what two sides made of one plan; exit code 1 when something must be settled by people."""
    from egide.app.plan_folder import is_ledger
    from egide.cooperation import Plan, read_ledger_bytes
    from egide.cooperation import merge as merge_plans
    from egide.cooperation.plan import content_of
    from egide.io.ledger_files import write_ledger
    from egide.io.plan_files import read_plan, write_plan
    from egide.io.scenario_files import scenario_folder

    sides = [scenario_folder(name) for name in (base, ours, theirs)]
    found = merge_plans(*(read_plan(side) for side in sides))
    ledgers = {name: table for name, table in found.plan.files.items() if is_ledger(name)}
    rest = Plan({name: table for name, table in found.plan.files.items() if name not in ledgers})
    sealed = write_plan(rest, out, like=sides[0])
    for name, table in ledgers.items():
        write_ledger(out / name, read_ledger_bytes(content_of(table), name))
    for conflict in found.conflicts:
        _say(str(conflict))
    _say(
        f"{out}: {len(found.conflicts)} conflicts{'; what is in conflict stays as it was' * bool(found.conflicts)}"
    )
    if json_:
        _print(
            {
                "out": str(out),
                "seal": sealed.hash,
                "conflicts": [str(conflict) for conflict in found.conflicts],
            }
        )
    return 1 if found.conflicts else 0


@app.command
def seal(
    scenario: str,
    *,
    keep: Annotated[bool, Parameter(name="--keep", negative="")] = False,
    json_: Json = False,
) -> None:
    """Print the hashes that say which plan this is.

    Parameters
    ----------
    keep
        Keep a copy under `.egide` in the folder, so that the hash can be turned into the plan again.
    """
    from egide.app.plan_folder import ledger_path, plan_hash
    from egide.io.ledger_files import read_ledger
    from egide.io.plan_files import keep_snapshot, seal_folder
    from egide.io.scenario_files import scenario_folder

    folder = scenario_folder(scenario)
    ledger_path(scenario, writing=keep)
    found = keep_snapshot(folder) if keep else seal_folder(folder)
    head = read_ledger(ledger_path(scenario)).head
    said = plan_hash(folder)
    _say(f"plan   {said} (what it says, whatever the layout; the ledger apart)")
    _say(f"files  {found.hash} (every byte of {len(found.files)} files)")
    _say(f"ledger {head}")
    if json_:
        _print({"plan": said, "seal": found.hash, "ledger": head, "files": dict(found.files)})


@app.command
def release(
    scenario: str, *, to: Annotated[str, Parameter(name="--to")], out: Out = None,
    seed: Annotated[int | None, SEED] = None, trials: int = 2_000, weeks: int = 26, campaigns: int = 500,
    brief: Annotated[bool, Parameter(name="--brief", negative="")] = False, json_: Json = False,
) -> None:  # fmt: skip
    """Write the view that one partner may have; every result in it is computed from the redacted plan.

    What was withheld is said to you alone, on this terminal; nothing in the folder tells of it.

    Parameters
    ----------
    to
        Id of the partner.
    out
        New folder of the view; by default the scenario's name with `-for-` and the partner's.
    seed
        With it the whole line is computed on the view; without it only what hangs on no chance.
    brief
        Set the brief too.
    """
    from egide.app.release import Effort
    from egide.app.release import release as release_plan

    out = Path(f"{scenario.rstrip('/')}-for-{to}") if out is None else out
    done = release_plan(scenario, to, out, Effort(seed, trials, weeks, campaigns, brief))
    withheld = [f"{table}: {', '.join(ids)}" for table, ids in done.withheld.items()]
    _say(f"{out}: view for {to}, plan {done.plan}")
    for word, rows in (
        ("withheld", withheld), ("emptied because it mentions what is withheld", done.blanked),
        ("not handed over, because nobody has read what is inside", done.left_out),
        ("not computed", done.not_computed),
    ):  # fmt: skip
        _say(f"{word}: {'; '.join(rows) or 'nothing'}")
    _say("read the view before it leaves: no rule finds a secret that is paraphrased")
    if json_:
        _print(
            {
                "out": str(out), "partner": to, "plan": done.plan, "withheld": done.withheld,
                "blanked": done.blanked, "left_out": done.left_out, "computed": done.computed,
                "not_computed": done.not_computed,
            }
        )  # fmt: skip
