"""A plan as one partner may have it: redacted first, then everything derived is computed from what is left."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from egide.app.line import Line
from egide.app.outputs import write_assessment
from egide.app.plan_folder import is_ledger
from egide.cooperation import Plan, Redaction, content_hash, ledger_bytes, read_ledger_bytes, redact, sealed
from egide.cooperation.plan import content_of, opaque
from egide.cooperation.references import REFERENCES
from egide.errors import InputError
from egide.io.ledger_files import write_ledger
from egide.io.plan_files import read_plan, write_plan
from egide.io.scenario_files import read_scenario, scenario_folder
from egide.model.scenario import Scenario

HANGS_ON = {
    **REFERENCES,
    "store": ("stores",), "origin": ("stores",), "destination": ("stores", "places", "assets", "sites"),
    "scenario": (),
}  # fmt: skip
"""Columns that name records of other tables, those of supply included."""

_BESIDE_STEM = (".prj", ".hdr", ".wld", ".tfw", ".tifw")
"""Endings of files that hold the projection or the place of a raster of the same name."""

NOBODY = "nobody"
"""Stands for a release to no partner at all."""


@dataclass
class Released:
    """What was written for a partner, and for the releaser alone what was taken out."""

    folder: Path
    partner: str
    plan: str
    """Hash of the view [hex]."""
    withheld: dict[str, tuple[str, ...]]
    blanked: tuple[str, ...]
    left_out: tuple[str, ...]
    """Files nobody has read, which are not handed over."""
    computed: list[str] = field(default_factory=list)
    not_computed: list[str] = field(default_factory=list)
    """Stages that the view cannot carry, with the reason."""


@dataclass(frozen=True)
class Effort:
    """How much of the line is computed on the view."""

    seed: int | None
    """Without one nothing is computed in which chance enters."""
    trials: int = 2_000
    weeks: int = 26
    campaigns: int = 500
    with_brief: bool = False
    quiet: bool = False


def release(name: str, partner: str, out: Path, effort: Effort) -> Released:
    """Write a partner's view of a plan and compute on it what was computed on the plan.

    Nothing of the full plan's results is read: every map, table, total and hash comes from the redacted plan.

    Parameters
    ----------
    name : str
        Scenario folder or packaged name.
    partner : str
        Id of the partner.
    out : Path
        Folder that is made; its results go to `run` inside it.
    effort : Effort

    Raises
    ------
    InputError
        For a partner the plan does not know, a folder in use, and a view that is no sound scenario.
    """
    folder = scenario_folder(name)
    scenario = read_scenario(name)
    known = sorted(found.id for found in scenario.partners)
    if partner not in known:
        raise InputError.one(
            "release", "--to", partner, f"is no partner of the plan; known: {', '.join(known)}"
        )
    view = redact_folder(folder, partner, scenario)
    there = out.exists()
    write_plan(_without_ledger(view.plan), out)
    try:
        read_scenario(out)
    except InputError as error:
        _remove(out, there)
        remedy = f"without what is withheld the plan is no sound scenario: {error.problems[0]}"
        raise InputError.one("release", "--to", partner, remedy) from None
    for file, table in view.plan.files.items():
        if is_ledger(file):
            write_ledger(out / file, read_ledger_bytes(content_of(table), file))
    handed = set(view.plan.files)
    released = Released(
        out, partner, content_hash(_without_ledger(view.plan)), dict(view.withheld), view.blanked,
        tuple(sorted(set(read_plan(folder).files) - handed)),
    )  # fmt: skip
    _compute(released, effort)
    return released


def redact_folder(folder: Path, partner: str, scenario: Scenario) -> Redaction:
    """Redact a scenario's folder; the elevation model it names is handed over, other unread files are not.

    Citations of the full plan in the ledger become those of the view. Requirements that a run of the full plan
    computed are withheld whole: their quantities count what the partner may not see.
    """
    plan = _derived_withheld(read_plan(folder))
    terrain = Path(scenario.terrain.path)
    opaque = []
    if terrain.is_absolute() and terrain.is_relative_to(folder.resolve()):
        inside = terrain.relative_to(folder.resolve()).as_posix()
        opaque = [file for file in plan.files if _of_terrain(file, inside)]
    first = redact(plan, partner, opaque_files=opaque, references=HANGS_ON)
    versions = {content_hash(_without_ledger(plan)): content_hash(_without_ledger(first.plan))}
    return redact(plan, partner, opaque_files=opaque, references=HANGS_ON, versions=versions)


def _of_terrain(file: str, terrain: str) -> bool:
    """Whether a file is the elevation model, in its folder, or a file beside it that says where it lies."""
    at = PurePosixPath(terrain)
    beside = {str(at.with_suffix(suffix)) for suffix in _BESIDE_STEM if at.suffix}
    return file == terrain or file.startswith(f"{terrain}/") or file in beside | {f"{terrain}.aux.xml"}


def _derived_withheld(plan: Plan) -> Plan:
    """Plan whose ledger lets nobody see lines that a run computed."""
    files = dict(plan.files)
    for file, table in plan.files.items():
        if is_ledger(file):
            events = read_ledger_bytes(content_of(table), file)
            derived = {event.line for event in events if event.kind == "requirement" and event.run}
            marked = [
                event._replace(releasable_to=(NOBODY,)) if event.line in derived else event
                for event in events
            ]
            files[file] = opaque(ledger_bytes(sealed(marked)))
    return Plan(files)


def _without_ledger(plan: Plan) -> Plan:
    return Plan({file: table for file, table in plan.files.items() if not is_ledger(file)})


def _remove(out: Path, was_there: bool) -> None:
    """Take back a view that is none; the folder stays where a person had made it."""
    for path in out.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    if not was_there:
        out.rmdir()


def _compute(released: Released, effort: Effort) -> None:
    """Run the line on the view as far as the view carries it."""
    line = Line(str(released.folder), None, seed=effort.seed, quiet=effort.quiet)

    def maps(which: str) -> None:
        found = line.assessment(which)
        inputs = {"assessment": line.folder.key_of(f"assess-{which}")}
        line.folder.files(
            f"maps-{which}", inputs, lambda: write_assessment(line.scenario, found, line.folder.path, which)
        )

    stages: dict[str, Callable[[], object]] = {
        "assessment of the laydown today": lambda: maps("today"),
        "siting": lambda: line.design,
        "assessment of the designed laydown": lambda: maps("designed"),
        "raid on the laydown today": lambda: line.raids("today", None, effort.trials),
        "raid on the designed laydown": lambda: line.raids("designed", None, effort.trials),
        "outlook": lambda: line.outlook("designed", effort.trials, effort.weeks, effort.campaigns),
    }
    if effort.with_brief:
        stages["brief"] = lambda: line.brief(effort.trials, effort.weeks, effort.campaigns, ("en", "fr"))
    by_chance = [title for title in stages if title != "assessment of the laydown today"]
    for title, stage in stages.items():
        if effort.seed is None and title in by_chance:
            released.not_computed.append(f"{title}: no seed was given")
            continue
        try:
            stage()
            released.computed.append(title)
        except InputError as error:
            released.not_computed.append(f"{title}: {error.problems[0]}")
