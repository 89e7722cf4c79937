"""Verbs beside `egide site`: `egide needs` and `egide study`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from egide.app.cli import Json, Out, Seed, _known_laydown, _line, _print, _say, app
from egide.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from egide.app.line import Line
    from egide.siting.needs_result import Needs
    from egide.siting.study_result import Study


@app.command
def needs(
    scenario: str, *, seed: Seed, out: Out = None, budget: float | None = None, by: date | None = None,
    laydown: Literal["today", "designed"] = "designed", json_: Json = False,
) -> None:  # fmt: skip
    """Find the cheapest additions that meet the stated requirements, units and passive measures alike.

    Parameters
    ----------
    budget
        What the additions may cost together [EUR]; by default the scenario's `siting.budget_eur`.
    by
        Day by which they must be in service, such as `2026-01-01`; by default any day.
    laydown
        What they are added to: `today` (as stated) or `designed`.
    """
    _known_laydown(laydown)
    line = _line(scenario, out, seed)
    found = needs_of(line, laydown, budget, by)
    line.folder.files(
        "needs-tables", {"needs": line.folder.key_of("needs")}, lambda: _needs_tables(found, line.folder.path)
    )
    for words in found.words():
        _say(words)
    _say(f"written to {line.folder.path}")
    if json_:
        _print(found.to_json())


def needs_of(line: Line, laydown: str, budget_eur: float | None = None, by: date | None = None) -> Needs:
    """Needs of a run folder, computed or reused."""
    from egide.siting.needs import needs as find_needs
    from egide.siting.needs_result import Needs

    posts = line.laydown(laydown)
    inputs = {
        **line.base("title", "summary", "country", "laydown", "pledges", "lots", "stocks", "actions"),
        "laydown": posts.model_dump(mode="json"), "budget_eur": budget_eur,
        "by": None if by is None else by.isoformat(), "seed": line.seed,
    }  # fmt: skip

    def compute() -> Needs:
        from egide.app.progress import bar
        from egide.coverage.cover import cover
        from egide.siting.options import unswept, with_options

        coverage = line.coverage
        if unswept(line.scenario, coverage):
            with bar("cover for the options", line.quiet) as tick:
                coverage = cover(with_options(line.scenario), line.terrain, tick=tick)
        assert line.seed is not None  # the verb asks for it
        with bar("needs", line.quiet) as tick:
            return find_needs(
                line.scenario,
                coverage,
                seed=line.seed,
                budget_eur=budget_eur,
                by=by,
                laydown=posts,
                tick=tick,
            )

    return line._result("needs", Needs, inputs, compute)


def _needs_tables(found: Needs, folder: Path) -> Iterator[Path]:
    """Write additions, requirements and front as CSV, for spreadsheets and figures."""
    from egide.io.atomic import write_text

    for name, frame in (
        ("needs", found.to_frame()), ("needs-requirements", found.requirement_frame()),
        ("needs-front", found.front_frame()),
    ):  # fmt: skip
        path = folder / f"{name}.csv"
        write_text(path, frame.to_csv(lineterminator="\n"))
        yield path


@app.command
def study(
    scenario: str, *, seed: Seed, out: Out = None, samples: int = 3,
    family: Annotated[tuple[str, ...], Parameter(negative="")] = (), json_: Json = False,
) -> None:  # fmt: skip
    """Say how the design moves with the candidate grid, the elevation model and the weights.

    Parameters
    ----------
    samples
        Draws of each family that is varied at random.
    family
        What is varied: `sites`, `grid`, `terrain`, `shares`, `scores`; may be given more than once; by default all.
    """
    if samples < 1:
        raise InputError.one("study", "--samples", samples, "give a whole number of at least 1")
    line = _line(scenario, out, seed)
    found = study_of(line, samples, family)
    line.folder.files(
        "study-tables", {"study": line.folder.key_of("study")}, lambda: _study_tables(found, line.folder.path)
    )
    _say(found.to_frame().drop(columns=["bound"]).round(3).to_string())
    for words in found.words():
        _say(words)
    _say(f"written to {line.folder.path}")
    if json_:
        _print(found.to_json())


def study_of(line: Line, samples: int, families: tuple[str, ...]) -> Study:
    """Study of a run folder, computed or reused."""
    from egide.siting.study import study as make_study
    from egide.siting.study_result import FAMILIES, Study

    chosen = families or FAMILIES
    design = line.design
    inputs = {
        "design": line.folder.key_of("design"), "samples": samples, "families": list(chosen), "seed": line.seed
    }  # fmt: skip

    def compute() -> Study:
        from egide.app.progress import bar

        assert line.seed is not None  # the verb asks for it
        coverage = line.coverage
        with bar("study", line.quiet) as tick:
            return make_study(
                line.scenario, line.terrain, seed=line.seed, coverage=coverage, design=design,
                samples=samples, families=chosen, tick=tick,
            )  # fmt: skip

    return line._result("study", Study, inputs, compute)


def _study_tables(found: Study, folder: Path) -> Iterator[Path]:
    """Write variants and bands as CSV."""
    from egide.io.atomic import write_text

    for name, frame in (("study", found.to_frame()), ("study-bands", found.band_frame())):
        path = folder / f"{name}.csv"
        write_text(path, frame.to_csv(lineterminator="\n"))
        yield path
