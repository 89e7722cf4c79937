"""What verbs leave in a run folder for people and other programs, and how runs are shown and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from egide.app.assessment_outputs import write_maps, write_tables
from egide.app.runs import RECORD
from egide.assessment.assess import reference_threat
from egide.assessment.compare import Difference, compare
from egide.assessment.result import Assessment
from egide.coverage.reach import points_at
from egide.coverage.result import UNSEEN, Coverage, decode
from egide.errors import InputError
from egide.io.atomic import write_text
from egide.io.result_files import read_result
from egide.model.scenario import Scenario
from egide.raids.simulate import RaidResult
from egide.siting.design import DefenceDesign
from egide.siting.needs_result import Needs
from egide.siting.study_result import Study
from egide.supply.sustain import Outlook


def coverage_rows(scenario: Scenario, coverage: Coverage) -> list[dict[str, Any]]:
    """One row a station: how many demand cells in range lie in line of sight at each reported height."""
    rows = []
    for station, window in zip(coverage.stations, coverage.windows, strict=True):
        r, c = np.nonzero(window.codes != UNSEEN)
        lowest = decode(window.codes[r, c])
        ground = points_at(coverage, r + window.row, c + window.col, 0.0).amsl_m
        seen = {
            f"seen_{height:g}_agl_m": int((lowest <= ground + height).sum())
            for height in scenario.heights_agl_m
        }
        rows.append({"site": station.site, "mast_m": station.mast_m, "cells_in_range": int(r.size), **seen})
    return rows


def write_coverage(scenario: Scenario, coverage: Coverage, folder: Path) -> Iterator[Path]:
    """Write `cover.json`: what every mast sees, at which k and on which surface."""
    content = {
        "k_factor": coverage.k_factor,
        "surface": coverage.surface,
        "cell_m": coverage.grid.cell_m,
        "reference_threat": reference_threat(scenario).id,
        "stations": coverage_rows(scenario, coverage),
    }
    path = folder / "cover.json"
    write_text(path, json.dumps(content, indent=1) + "\n")
    yield path


def write_assessment(scenario: Scenario, found: Assessment, folder: Path, which: str) -> Iterator[Path]:
    """Write the tables of an assessment as CSV and its maps as GeoTIFF.

    Where the scenario reports by region, assets go by kind and region and units by type.
    """
    yield from write_tables(scenario, found, folder, which)
    yield from write_maps(found, folder, which)


_RESULTS = {
    "assess-today": Assessment,
    "assess-designed": Assessment,
    "design": DefenceDesign,
    "raid-today": RaidResult,
    "raid-designed": RaidResult,
    "outlook": Outlook,
    "needs": Needs,
    "study": Study,
}


def _results(folder: Path) -> dict[str, Any]:
    if not (folder / RECORD).is_file():
        remedy = "is no run folder; run `egide run SCENARIO --seed N` first"
        raise InputError.one(str(folder), RECORD, None, remedy)
    # Raids other than the first have stages of their own, with the raid's id at the end.
    others = [path.stem for path in sorted(folder.glob("raid-*-*.json")) if path.stem not in _RESULTS]
    named = {stem: RaidResult for stem in others if stem.startswith(("raid-today-", "raid-designed-"))}
    return {
        stage: read_result(kind, folder / stage)
        for stage, kind in {**_RESULTS, **named}.items()
        if (folder / f"{stage}.json").is_file()
    }


def run_summary(folder: Path) -> dict[str, str]:
    """One line for each stage of a run folder."""
    return {stage: _words(result) for stage, result in _results(folder).items()}


def _words(result: Any) -> str:
    if isinstance(result, Assessment):
        rows = [
            f"{row.height_agl_m:g} m: {row.people_sensor:,} under a sensor, {row.people_effector:,} under an effector"
            for row in result.heights
        ]
        return f"{result.laydown}; of {result.people_total:,} people, " + "; ".join(rows)
    if isinstance(result, DefenceDesign):
        return f"value {result.objective:.4f}, bound {result.bound:.4f}, gap {100 * result.gap:.2f} %"
    if isinstance(result, RaidResult):
        row = result.summary()[0]
        return f"{row['launched']} threats, {row['q10']:.0f} to {row['q90']:.0f} get through (80 %)"
    if isinstance(result, Needs):
        return result.words()[0]
    if isinstance(result, Study):
        return result.short_words()
    first = next((item for item in result.items if item.first_shortage_day[1] is not None), None)
    if first is None:
        return f"no shortage within {result.weeks} weeks in half of the campaigns"
    return f"{first.item} runs short first, median day {first.first_shortage_day[1]:.0f}"


def run_differences(first: Path, second: Path) -> dict[str, Any]:
    """What changes between two run folders, as words and numbers.

    Raises
    ------
    InputError
        When a folder is no run folder.
    """
    a, b = _results(first), _results(second)
    words: list[str] = []
    for stage in ("assess-today", "assess-designed"):
        if stage in a and stage in b:
            found = compare({"a": a[stage], "b": b[stage]}).differences
            words += [f"{stage}: {item.words()}" for item in found if _changes(item)]
    if "design" in a and "design" in b:
        words += _moved_units(a["design"], b["design"])
    for stage in a:
        if stage.startswith("raid-") and stage in b:
            one, two = (result[stage].summary()[0] for result in (a, b))
            words.append(
                f"{stage}: mean leakers {one['mean']:.1f} -> {two['mean']:.1f} "
                f"(80 % interval {one['q10']:.0f} to {one['q90']:.0f} -> {two['q10']:.0f} to {two['q90']:.0f})"
            )
    if "outlook" in a and "outlook" in b:
        words += _moved_stocks(a["outlook"], b["outlook"])
    return {"first": str(first), "second": str(second), "words": words or ["nothing changes"]}


def _changes(item: Difference) -> bool:
    return any((item.people_sensor, item.people_effector, item.people_two_effectors, item.assets_effector))


def _moved_units(one: DefenceDesign, two: DefenceDesign) -> list[str]:
    before = {post.unit: post for post in one.laydown.posts}
    after = {post.unit: post for post in two.laydown.posts}
    words = []
    for unit in sorted(before.keys() | after.keys()):
        a, b = before.get(unit), after.get(unit)
        if a is None and b is not None:
            words.append(f"design: {unit} is added at {b.site}")
        elif b is None and a is not None:
            words.append(f"design: {unit} leaves {a.site}")
        elif a is not None and b is not None and a.site != b.site:
            words.append(f"design: {unit} moves from {a.site} to {b.site}")
        elif a is not None and b is not None and a.bearing_deg != b.bearing_deg:
            words.append(f"design: {unit} turns from {a.bearing_deg:g} to {b.bearing_deg:g} degrees")
    return words


def _moved_stocks(one: Outlook, two: Outlook) -> list[str]:
    before = {item.item: item.no_shortage_fraction for item in one.items}
    return [
        f"outlook: chance of a shortage of {item.item} goes from {100 * (1 - before[item.item]):.0f} "
        f"to {100 * (1 - item.no_shortage_fraction):.0f} %"
        for item in two.items
        if item.item in before and abs(before[item.item] - item.no_shortage_fraction) >= 0.005
    ]
