"""What an assessment leaves in a run folder: tables as CSV, the scorecard as JSON, the site plan, maps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from egide.assessment.compare import compare
from egide.assessment.probable_result import ProbableCoverage
from egide.assessment.result import Assessment
from egide.assessment.site_plan_drawing import site_plan
from egide.io.atomic import write_text
from egide.io.raster_files import write_map
from egide.model.scenario import Scenario


def write_tables(scenario: Scenario, found: Assessment, folder: Path, which: str) -> Iterator[Path]:
    """Write the tables of an assessment, its scorecard, and its site plan where units may be shown.

    Where the scenario reports by region, assets go by kind and region, units by type, and there is no site
    plan to draw.
    """
    sensors, effectors = found.site_plan_frames()
    frames = {
        "heights": found.to_frame(),
        "layers": found.layers_frame(),
        "detection": found.detection_frame().round(4),
        "losses": found.losses_frame().set_index("lost"),
        "worksheet": found.worksheet_frame().set_index("phase") if found.worksheet else None,
        "gaps": found.register_frame().set_index("region") if found.register else None,
        "atlas": (
            found.atlas.region_table().set_index("region")
            if scenario.report_by_region
            else found.atlas.table().set_index("target")
        ),
        "sensors": sensors.set_index("type") if len(sensors) else None,
        "effectors": effectors.set_index("type") if len(effectors) else None,
        "assets": None if scenario.report_by_region else found.assets_frame(),
    }
    for name, frame in frames.items():
        if frame is not None:
            path = folder / f"{which}-{name}.csv"
            write_text(path, frame.to_csv(lineterminator="\n"))
            yield path
    path = folder / f"{which}-scorecard.json"
    content = asdict(found.scorecard) | {
        "false_alarms_per_day": found.false_alarms_per_day,
        "heights_are_above": found.heights_are_above,
        "not_assessed": list(found.atlas.not_assessed),
    }
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    yield path
    if not scenario.report_by_region:
        path = folder / f"{which}-siteplan.geojson"
        write_text(path, json.dumps(site_plan(scenario, found), ensure_ascii=False, indent=1) + "\n")
        yield path


def write_comparison(today: Assessment, designed: Assessment, folder: Path) -> Iterator[Path]:
    """Write what the design changes: in words and figures as JSON, layer by layer as CSV."""
    found = compare({"today": today, "designed": designed})
    path = folder / "comparison.json"
    content = {"words": found.words(), **found.to_json()}
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    yield path
    path = folder / "comparison-layers.csv"
    write_text(path, found.layers_frame().to_csv(lineterminator="\n"))
    yield path


def write_maps(found: Assessment, folder: Path, which: str) -> Iterator[Path]:
    """Write the maps of an assessment: sensors and effectors over each cell, and detection."""
    above = f"above {found.heights_are_above}" + (", notional laydown" if found.notional else "")
    for layer in found.maps:
        for what, values in (("sensors", layer.sensors), ("effectors", layer.effectors)):
            words = f"number of {what} over each cell at {layer.height_agl_m:g} m {above}"
            path = folder / f"{which}-{what}-{layer.height_agl_m:g}m.tif"
            yield write_map(path, found.frame, values, words)
    chance = found.detection_map
    for what, values in (("independent", chance.independent), ("common-cause", chance.common_cause)):
        words = (
            f"probability of detection by any sensor [per cent], {what}, at {chance.height_agl_m:g} m {above}"
        )
        path = folder / f"{which}-detection-{what}-{chance.height_agl_m:g}m.tif"
        yield write_map(path, found.frame, values, words)


def band_words(found: ProbableCoverage, height_agl_m: float) -> list[str]:
    """What a person reads of the band at one height: people under coverage over terrains and over k."""
    band, bent = found.at(height_agl_m), found.refraction_at(height_agl_m)
    said = []
    for what, values in (("sensor", "people_sensor"), ("cued effector", "people_effector")):
        low, middle, high = getattr(band, values)
        counts = [getattr(row, values) for row in bent]
        over_k = (
            f"; {min(counts):,} to {max(counts):,} for k from {min(row.k_factor for row in bent):.2f} to "
            f"{max(row.k_factor for row in bent):.2f}"
            if bent
            else ""
        )
        said.append(
            f"people under a {what} at {height_agl_m:g} m: {low:,.0f} to {high:,.0f}, middle {middle:,.0f}, over "
            f"{found.samples} terrains redrawn with an error of {found.error_m:g} m{over_k}"
        )
    return said


def write_probable(found: ProbableCoverage, folder: Path, which: str) -> Iterator[Path]:
    """Write probable coverage: bands and refraction as CSV, the probability over each cell as maps."""
    for name, frame in (("probable", found.to_frame()), ("refraction", found.refraction_frame())):
        path = folder / f"{which}-{name}.csv"
        write_text(path, frame.round(4).to_csv(lineterminator="\n"))
        yield path
    for layer in found.maps:
        for what, values in (("sensors", layer.sensors), ("effectors", layer.effectors)):
            words = (
                f"share of {found.samples} redrawn terrains with {what} over each cell at "
                f"{layer.height_agl_m:g} m [per cent]"
            )
            path = folder / f"{which}-probable-{what}-{layer.height_agl_m:g}m.tif"
            yield write_map(path, found.frame, values, words)
