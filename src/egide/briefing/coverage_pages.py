"""Coverage, laydown and gaps: before and after, by height and by region."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from egide.assessment.result import Assessment, AssetRow, HeightRow
from egide.briefing.assessment_pages import assessment_pages
from egide.briefing.band_pages import band_pages
from egide.briefing.case import BOTH, NOT_ASSESSED, Case, footprints
from egide.briefing.document import Block, Heading, Picture, Table, Text
from egide.briefing.ground import Ground
from egide.briefing.maps import coverage_map, gaps_map, laydown_map
from egide.briefing.site_pages import site_pages

GRAVEST = 4
"""Single losses listed of each laydown at most."""


def coverage_pages(case: Case, ground: Ground) -> list[Block]:
    """Blocks of the sections on coverage, laydown and gaps."""
    p = case.phrases
    return [
        Heading(p.say("coverage.title")),
        Text(
            p.say("coverage.intro", threat=case.threat(case.today.reference_threat),
                  surface=p.say(f"surface.{case.today.surface}"))
        ),
        _people(case),
        _assets_and_land(case),
        *_coverage_maps(case, ground),
        *band_pages(case, ground),
        Heading(p.say("laydown.title")),
        Text(
            p.say("laydown.intro", objective=p.number(case.design.objective, 3), today=p.number(case.design.today, 3),
                  bound=p.number(case.design.bound, 3), gap=p.percent(case.design.gap, 1),
                  height=p.height(case.design.height_agl_m), status=p.say(f"status.{case.design.status}"))
        ),
        Picture("laydown", "png", lambda: laydown_map(case, ground), p.say("laydown.caption"), p.say("laydown.alt")),
        *([] if case.by_region else [_unit_table(case)]),
        Heading(p.say("gaps.title")),
        Picture(
            "gaps", "png", lambda: gaps_map(case, ground),
            p.say("gaps.caption_region" if case.by_region else "gaps.caption_cell", height=p.height(case.height_m)),
            p.say("gaps.alt", regions=p.listed(case.region(name) for name in case.regions()[:4]) or "\u2013"),
        ),
        *([_regions_table(case)] if case.by_region else [_gap_table(case), _asset_table(case)]),
        Text(_ballistic(case), "note"),
        *_losses(case),
        *assessment_pages(case),
        *site_pages(case, ground),
    ]  # fmt: skip


def _by_height(case: Case, key: str, columns: dict[str, Callable[[HeightRow], str]], note: str) -> Table:
    p = case.phrases
    rows = []
    for row in case.today.heights:
        after = case.designed.at(row.height_agl_m)
        cells = [BOTH.format(say(row), say(after)) for say in columns.values()]
        rows.append((p.height(row.height_agl_m), *cells))
    return Table(
        caption=p.say(f"coverage.{key}"),
        head=(p.say("coverage.height"), *(p.say(f"coverage.{name}") for name in columns)),
        rows=tuple(rows),
        align="r" * (len(columns) + 1),
        widths=(1.0, *(2.4 for _ in columns)),
        note=note,
    )


def _people(case: Case) -> Table:
    p = case.phrases
    columns: dict[str, Callable[[HeightRow], str]] = {
        "one_sensor": lambda row: p.number(row.people_sensor),
        "two_sensors": lambda row: p.number(row.people_two_sensors),
        "one_effector": lambda row: p.number(row.people_effector),
        "two_effectors": lambda row: p.number(row.people_two_effectors),
    }
    note = p.say("coverage.people_note", total=p.number(case.today.people_total))
    return _by_height(case, "people", columns, note)


def _assets_and_land(case: Case) -> Table:
    p = case.phrases
    columns: dict[str, Callable[[HeightRow], str]] = {
        "assets_sensor": lambda row: p.number(row.assets_sensor),
        "assets_effector": lambda row: p.number(row.assets_effector),
        "land_sensor": lambda row: p.percent(row.area_sensor_fraction),
        "land_effector": lambda row: p.percent(row.area_effector_fraction),
    }
    note = p.say("coverage.assets_note", total=p.number(case.today.assets_total))
    return _by_height(case, "assets", columns, note)


def _coverage_maps(case: Case, ground: Ground) -> list[Block]:
    p = case.phrases
    found: list[Block] = []
    for height in case.map_heights_m:
        before, after = case.today.at(height), case.designed.at(height)
        found.append(
            Picture(
                f"coverage-{height:g}", "png", partial(coverage_map, case, ground, height),
                p.say("coverage.map_caption", height=p.height(height)),
                p.say(
                    "coverage.map_alt", height=p.height(height),
                    sensor_today=p.percent(before.area_sensor_fraction),
                    sensor_designed=p.percent(after.area_sensor_fraction),
                    effector_today=p.percent(before.area_effector_fraction),
                    effector_designed=p.percent(after.area_effector_fraction),
                ),
            )
        )  # fmt: skip
    return found


def _losses(case: Case) -> list[Block]:
    """The gravest losses of a single unit, named by type where reports are by region."""
    p = case.phrases
    rows = []
    for key, result in (("today", case.today), ("designed", case.designed)):
        for row in result.losses[:GRAVEST]:
            names = (
                [case.item(one) for one in row.types]
                if case.by_region
                else [case.unit(one) for one in row.units]
            )
            numbers = (
                row.people_sensor,
                row.people_effector,
                row.people_two_effectors,
                row.assets_below_required,
            )
            rows.append((p.say(f"word.{key}"), p.listed(names), *(p.number(number) for number in numbers)))
    if not rows:
        return []
    keys = ("laydown", "unit", "no_sensor", "no_effector", "no_second", "below")
    return [
        Table(
            caption=p.say("loss.table", height=p.height(case.height_m)),
            head=tuple(p.say(f"loss.{key}") for key in keys),
            rows=tuple(rows),
            align="llrrrr",
            widths=(1.0, 2.8, 1.5, 1.5, 1.5, 1.3),
            note=p.say("loss.note"),
        )
    ]


def _regions_table(case: Case) -> Table:
    """Units, gaps and warning by region, today and as designed."""
    p = case.phrases
    before, after = case.gaps(case.today), case.gaps(case.designed)
    units = case.units_by_region(case.scenario.laydown), case.units_by_region(case.design.laydown)
    names = dict.fromkeys([*case.regions(), *units[0], *units[1]])
    rows = []
    for rank, name in enumerate(names, start=1):
        gap = tuple(
            (one.people_without_sensor, one.people_without_effector, one.assets_below_required)
            if one
            else (0, 0, 0)
            for one in (before.get(name), after.get(name))
        )
        posts = [one.get(name, (0, 0)) for one in units]
        rows.append(
            (
                p.number(rank) if name in case.regions() else "",
                case.region(name),
                *(BOTH.format(p.number(posts[0][at]), p.number(posts[1][at])) for at in range(2)),
                *(BOTH.format(p.number(gap[0][at]), p.number(gap[1][at])) for at in range(3)),
                BOTH.format(
                    *(_warning_of_region(case, result, name) for result in (case.today, case.designed))
                ),
            )
        )
    keys = ("rank", "region", "sensors", "effectors", "no_sensor", "no_effector", "below", "warning")
    return Table(
        caption=p.say("gaps.table", height=p.height(case.height_m)),
        head=tuple(p.say(f"gaps.{key}") for key in keys),
        rows=tuple(rows),
        align="rlrrrrrr",
        widths=(0.4, 1.7, 1.1, 1.1, 2.2, 2.2, 1.1, 1.8),
        note=p.say("gaps.table_note"),
    )


def _warning_of_region(case: Case, result: Assessment, region: str) -> str:
    """Shortest warning of the region's assets; a dash where it has none."""
    times = [row.warning_s for row in result.assets if row.region == region]
    if not times:
        return "\u2013"
    known = [time for time in times if time is not None]
    return case.phrases.minutes(min(known) if len(known) == len(times) else None)


def _unit_table(case: Case) -> Table:
    p, scenario = case.phrases, case.scenario
    reasons = {reason.unit: reason for reason in case.design.reasons}
    rows = []
    for unit in scenario.units:
        places = []
        for laydown in (scenario.laydown, case.design.laydown):
            post = laydown.post_of(unit.id)
            if post is None:
                places.append("\u2013")
            else:
                site = scenario.site(post.site)
                places.append(f"{p.text(site.name or site.id)}, {p.number(post.bearing_deg)}\u00b0")
        reason = reasons.get(unit.id)
        only = "\u2013" if reason is None else p.listed(case.asset(one) for one in reason.assets_only_by_it)
        rows.append(
            (
                p.text(unit.name or unit.id), case.partner(unit.partner), *places,
                "\u2013" if reason is None else p.percent(reason.marginal_value, 1), only or "\u2013",
            )
        )  # fmt: skip
    keys = ("unit", "partner", "today", "designed", "marginal", "only")
    return Table(
        caption=p.say("laydown.table"), head=tuple(p.say(f"laydown.{key}") for key in keys), rows=tuple(rows),
        align="llllrl", widths=(1.8, 1.2, 2.2, 2.2, 1.3, 1.8), note=p.say("laydown.table_note"),
    )  # fmt: skip


def _gap_table(case: Case) -> Table:
    """Gaps by region where single assets are shown as well."""
    full = _regions_table(case)
    keep = (1, 4, 5, 6)
    return Table(
        caption=full.caption, head=tuple(full.head[at] for at in keep),
        rows=tuple(tuple(row[at] for at in keep) for row in full.rows),
        align="lrrr", widths=(1.6, 2.2, 2.2, 2.0),
    )  # fmt: skip


def _asset_table(case: Case) -> Table:
    """The critical asset list with layers and warning, today and as designed."""
    p = case.phrases
    after = {row.id: row for row in case.designed.assets}
    at = case.height_number
    rows = []
    for row in case.today.assets:
        new: AssetRow = after[row.id]
        rows.append(
            (
                p.text(row.name), p.text(row.kind), p.number(row.tier), p.number(row.score),
                p.number(row.required_layers), BOTH.format(p.number(row.sensor_layers[at]), p.number(new.sensor_layers[at])),
                BOTH.format(p.number(row.effector_layers[at]), p.number(new.effector_layers[at])),
                BOTH.format(p.minutes(row.warning_s), p.minutes(new.warning_s)),
            )
        )  # fmt: skip
    keys = ("asset", "kind", "tier", "score", "required", "sensor_layers", "effector_layers", "warning")
    return Table(
        caption=p.say("assets.table", height=p.height(case.height_m)),
        head=tuple(p.say(f"assets.{key}") for key in keys),
        rows=tuple(rows),
        align="llrrrrrr",
        widths=(1.8, 1.2, 0.7, 0.8, 1.0, 1.2, 1.2, 1.9),
        note=p.say("assets.table_note"),
    )


def _ballistic(case: Case) -> str:
    """What is said of defence against ballistic missiles: entered footprints, or that it was not assessed."""
    p = case.phrases
    said = []
    for key, result in (("today", case.today), ("designed", case.designed)):
        counts: dict[str, int] = {}
        for row in result.assets:
            counts[row.ballistic] = counts.get(row.ballistic, 0) + 1
        parts = []
        for words, count in sorted(counts.items()):
            if words == NOT_ASSESSED:
                parts.append(p.counted("ballistic.not_assessed", count))
            elif footprints(words) == 0:
                parts.append(p.counted("ballistic.no_footprint", count))
            else:
                parts.append(p.counted("ballistic.footprints", count, layers=p.number(footprints(words))))
        if parts:
            said.append(p.say("ballistic.each", laydown=p.say(f"word.{key}"), parts="; ".join(parts)))
    return p.say("ballistic.intro", each=" ".join(said)) if said else p.say("ballistic.none")
