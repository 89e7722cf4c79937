"""The command line: each verb is one call of the public API.

JSON goes to standard output, words to standard error. Exit codes: 0 done, 1 it could not be done, 2 the
input is wrong, 130 stopped by the person.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter, validators

from egide._version import __version__
from egide.app.backtest_verb import backtest
from egide.app.terrain_verbs import terrain
from egide.errors import Cancelled, EgideError, InputError

Out = Annotated[Path | None, Parameter(name="--out")]
"""Run folder; by default `run` inside a scenario folder, `./NAME-run` for a packaged name."""

Json = Annotated[bool, Parameter(name="--json", negative="")]
"""Print the result as JSON on standard output."""

SEED = Parameter(name="--seed", validator=validators.Number(gte=0, lt=2**63))
Seed = Annotated[int, SEED]
"""Root of every draw."""

Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]
"""How many: at least one; refused before anything is computed."""

Weeks = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=4_000))]
"""Weeks that the outlook reaches."""

app = App(
    name="egide",
    help="Plan the air defence of a territory: assess, deploy, respond, sustain, coordinate.",
    version=__version__,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)


def _say(text: str) -> None:
    from egide.app.progress import console

    console.print(text, markup=False)


def _print(content: Any) -> None:
    json.dump(content, sys.stdout, ensure_ascii=False, indent=1, default=str)
    sys.stdout.write("\n")


def _line(scenario: str, out: Path | None, seed: int | None = None, quiet: bool = False) -> Any:
    from egide.app.line import Line

    return Line(scenario, out, seed=seed, quiet=quiet)


@app.command
def new(folder: Path, *, source: Annotated[str, Parameter(name="--from")] = "tiny") -> None:
    """Copy a packaged scenario to a new folder, ready to be edited, with JSON Schemas for editors."""
    from egide.io.scenario_files import copy_example
    from egide.io.schemas import add_schemas

    copy_example(source, folder)
    add_schemas(folder)
    _say(f"{folder}: a copy of {source}; next: egide check {folder}")


@app.command
def check(scenario: str, *, json_: Json = False) -> None:
    """Read a scenario and its elevation model, and report every problem at once."""
    from dataclasses import asdict

    from egide.io.scenario_terrain import check_scenario

    try:
        read = check_scenario(scenario)
    except InputError as error:
        if json_:
            _print({"scenario": scenario, "problems": [asdict(problem) for problem in error.problems]})
        raise
    counts = {"places": len(read.places), "assets": len(read.assets), "sites": len(read.sites),
              "units": len(read.units), "raids": len(read.raids), "lots": len(read.lots)}  # fmt: skip
    _say(f"{read.name}: no problem found ({', '.join(f'{n} {what}' for what, n in counts.items())})")
    if json_:
        _print({"scenario": read.name, "problems": [], "counts": counts, "hash": read.fingerprint()})


@app.command
def cover(scenario: str, *, out: Out = None, json_: Json = False) -> None:
    """Sweep the lines of sight of every site, and write what each mast sees at every height."""
    from egide.app.outputs import coverage_rows, write_coverage

    line = _line(scenario, out)
    inputs = line.base("laydown")
    line.folder.files("cover", inputs, lambda: write_coverage(line.scenario, line.coverage, line.folder.path))
    _say(f"{line.folder.path / 'cover.json'}: {len(line.coverage.stations)} masts swept")
    if json_:
        _print(coverage_rows(line.scenario, line.coverage))


@app.command
def assess(scenario: str, *, out: Out = None, json_: Json = False) -> None:
    """Say what the stated laydown covers: people and assets by height and layer, warning, gaps, and the band.

    The band is how far coverage hangs on the error of the elevation model and on refraction; once it is there,
    the brief shows it.
    """
    from egide.app.assessment_outputs import band_words, write_probable
    from egide.app.outputs import write_assessment

    line = _line(scenario, out)
    found = line.assessment("today")
    inputs = {"assessment": line.folder.key_of("assess-today")}
    line.folder.files(
        "maps-today", inputs, lambda: write_assessment(line.scenario, found, line.folder.path, "today")
    )
    band = line.probable("today")
    line.folder.files(
        "band-today", {"probable": line.folder.key_of("probable-today")},
        lambda: write_probable(band, line.folder.path, "today"),
    )  # fmt: skip
    _say(found.to_frame().to_string())
    for words in band_words(band, found.planning_height_agl_m):
        _say(words)
    _say(f"written to {line.folder.path}")
    if json_:
        _print({**found.to_json(), "probable": band.to_json()})


@app.command
def site(scenario: str, *, seed: Seed, out: Out = None, json_: Json = False) -> None:
    """Place the units where they cover most, with a bound that no laydown can beat."""
    from egide.app.design_words import design_words

    line = _line(scenario, out, seed)
    design = line.design
    line.assessment("designed")
    for words in design_words(design, by_region=line.scenario.report_by_region):
        _say(words)
    _say(f"written to {line.folder.path}")
    study = line.kept_study()
    if study is not None:
        _say(f"study: {study.short_words()}")
    if json_:
        _print(design.to_json())


def _known_laydown(laydown: str) -> None:
    if laydown not in ("today", "designed"):
        raise InputError.one("raid", "--laydown", laydown, "choose today or designed")


@app.command
def brief(
    scenario: str, *, seed: Seed, out: Out = None, trials: Count = 2_000, weeks: Weeks = 26,
    campaigns: Count = 500, language: tuple[Literal["en", "fr"], ...] = ("en", "fr"),
) -> None:  # fmt: skip
    """Write the brief as HTML and PDF."""
    line = _line(scenario, out, seed)
    for path in line.brief(trials, weeks, campaigns, tuple(language)):
        _say(str(path))


@app.command
def run(
    scenario: str, *, seed: Seed, out: Out = None, trials: Count = 2_000, weeks: Weeks = 26,
    campaigns: Count = 500, json_: Json = False,
) -> None:  # fmt: skip
    """Carry a scenario through every stage to the brief; stages whose inputs did not change are reused."""
    line = _line(scenario, out, seed)
    files = line.brief(trials, weeks, campaigns, ("en", "fr"))
    _say(
        f"computed: {', '.join(line.folder.computed) or 'nothing'}; reused: {', '.join(line.folder.reused) or 'nothing'}"
    )
    for path in files:
        _say(str(path))
    if json_:
        _print({"out": str(line.folder.path), "files": [str(path) for path in files]})


@app.command
def show(run_folder: Path, *, json_: Json = False) -> None:
    """Show what a run folder holds: its stages and the first lines of each answer."""
    from egide.app.outputs import run_summary

    summary = run_summary(run_folder)
    for stage, words in summary.items():
        _say(f"{stage}: {words}")
    if json_:
        _print(summary)


catalogue = App(
    name="catalogue", help="List, show and audit the types of sensors, effectors, rounds and threats."
)
app.command(catalogue)
app.command(terrain)
app.command(backtest)


@catalogue.command(name="list")
def list_types(*, json_: Json = False) -> None:
    """List every type: id, name, kind, maker."""
    from dataclasses import asdict

    from egide.io.catalogue_files import read_catalogue

    rows = [asdict(row) for row in read_catalogue().rows()]
    if json_:
        _print(rows)
        return
    for row in rows:
        _say(f"{row['id']:28} {row['kind']:16} {row['maker']:32} {row['name']}")


@catalogue.command(name="show")
def show_type(type_id: str, *, json_: Json = False) -> None:
    """Show one type with the source and confidence of every number."""
    from egide.io.catalogue_files import read_catalogue

    held = read_catalogue()
    item = held.find(type_id)
    if json_:
        _print(item.model_dump(mode="json"))
        return
    _say(f"{item.name} ({item.id})")
    cited: dict[str, None] = {}
    for row in held.figures():
        if row.id == type_id:
            low, high = row.figure.band
            band = f" [{low:g} .. {high:g}]" if low != high else ""
            why = [row.figure.confidence.value, row.figure.source or "no source"]
            if row.figure.source:
                cited[row.figure.source] = None
            note = f": {row.figure.note}" if row.figure.note else ""
            _say(f"  {row.field} = {row.figure.value:g}{band}  {', '.join(why)}{note}")
    for source in (held.source(label) for label in cited):
        _say(f"  {source.id}: {source.title}, {source.publisher}, {source.date}. {source.url}")


@catalogue.command
def audit(*, json_: Json = False) -> int:
    """List every number that lacks a source or a reason; exit code 1 when there is one."""
    from egide.io.catalogue_files import read_catalogue
    from egide.model.catalogue_audit import audit as audit_catalogue

    held = read_catalogue()
    findings = audit_catalogue(held)
    figures = held.figures()
    counts: dict[str, int] = {}
    for row in figures:
        counts[row.figure.confidence.value] = counts.get(row.figure.confidence.value, 0) + 1
    for finding in findings:
        _say(f"{finding.table}[{finding.id}].{finding.field}: {finding.message}")
    _say(
        f"{len(figures)} figures ({', '.join(f'{n} {word}' for word, n in counts.items())}), {len(findings)} findings"
    )
    if json_:
        _print({"findings": [str(finding) for finding in findings], "counts": counts})
    return 1 if findings else 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(_guarded(list(sys.argv[1:] if arguments is None else arguments)))


def _guarded(arguments: list[str]) -> int:
    try:
        result = app(arguments, exit_on_error=False, print_error=False)
        return result if isinstance(result, int) else 0
    except CycloptsError as error:
        _say(f"egide: {error}\nsee: egide --help")
        return 2
    except InputError as error:
        _say(f"egide: {error}")
        return 2
    except KeyboardInterrupt:
        _say("egide: stopped; finished stages are kept and will be reused")
        return 130
    except Cancelled as error:
        _say(f"egide: {error}")
        return 130
    except EgideError as error:
        _say(f"egide: {error}")
        return 1
    except BrokenPipeError:
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _say(
            f"egide: {where}{error.strerror or error}; see that the place exists, has room and may be written"
        )
        return 1


# The other verbs register themselves on `app`, which they import from here.
from egide.app import cooperation_verbs, ledger_verbs, raid_verbs, siting_verbs, supply_verbs  # noqa: E402, F401
