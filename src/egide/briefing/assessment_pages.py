"""Warning, defended asset list, gap register and scorecard, as tables that a town can use."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from egide.assessment.atlas import Atlas
from egide.assessment.result import Assessment
from egide.assessment.rows import RegisterRow, WorksheetRow
from egide.briefing.case import BOTH, Case
from egide.briefing.document import Block, Bullets, Heading, Table, Text

TARGETS_SHOWN = 12
"""Places or regions in the table of warnings."""

AXES_SHOWN = 6
"""Axes with a column of their own."""

CLASSES_SHOWN = 2
"""Classes of threat with a table of warnings of their own."""

SECONDS_SHOWN = 1_000.0
"""Time from which minutes are shown all the same [s]."""

LINES_SHOWN = 8
"""Lines of the worksheet and of the register."""


def assessment_pages(case: Case) -> list[Block]:
    """Blocks of the sections on warning, worksheet, register and scorecard."""
    return [*_warning(case), *_worksheet(case), *_register(case), *_scorecard(case)]


def class_words(case: Case, label: str) -> str:
    """A class of threat in the words of the page, and whether its part keeps silent."""
    name, _, part = label.partition(", ")
    words = case.phrases.say(f"threat_class.{name}")
    return f"{words}, {case.phrases.say(f'atlas.{part}')}" if part else words


def axis_words(case: Case, atlas: Atlas) -> list[str]:
    """Names of the axes."""
    p = case.phrases
    return [
        p.say(f"compass.{axis}") if f"compass.{axis}" in p.table else p.text(name)
        for axis, name in zip(atlas.axes, atlas.axis_names, strict=True)
    ]


def _warning(case: Case) -> list[Block]:
    p, atlas = case.phrases, case.today.atlas
    if not atlas.targets:
        return []
    blocks: list[Block] = [Heading(p.say("atlas.title")), Text(p.say("atlas.intro"))]
    for number, label in enumerate(atlas.classes[:CLASSES_SHOWN]):
        blocks.append(_warning_table(case, number, label))
    if atlas.not_assessed:
        names = p.listed(p.say(f"threat_class.{name}") for name in atlas.not_assessed)
        blocks.append(Text(p.say("atlas.not_assessed", classes=names), "note"))
    return blocks


def _warning_table(case: Case, number: int, label: str) -> Table:
    p, atlas = case.phrases, case.today.atlas
    shown = axis_words(case, atlas)[:AXES_SHOWN]
    rows = (_region_rows if case.by_region else _target_rows)(case, number, len(shown))
    what = "region" if case.by_region else "target"
    note = p.say(f"atlas.note_{what}")
    if len(atlas.axes) > AXES_SHOWN:
        note += " " + p.say("atlas.more_axes", n=p.number(len(atlas.axes) - AXES_SHOWN))
    return Table(
        caption=p.say(
            f"atlas.table_{what}",
            threat=class_words(case, label),
            height=p.height(atlas.heights_agl_m[number]),
        ),
        head=(
            p.say(f"atlas.{what}"),
            p.say("atlas.people"),
            *shown,
            p.say("atlas.shortest"),
            *(() if case.by_region else (p.say("atlas.margin"),)),
        ),
        rows=tuple(rows),
        align="lr" + "r" * len(shown) + ("r" if case.by_region else "rr"),
        widths=(1.7, 1.0, *(0.9 for _ in shown), 1.5, *(() if case.by_region else (1.4,))),
        note=note,
    )


def _target_rows(case: Case, number: int, axes: int) -> Iterable[tuple[str, ...]]:
    """Places, the largest first, and assets whose responders have a stated time."""
    p, before, after = case.phrases, case.today.atlas, case.designed.atlas
    waiting = [n for n in range(before.places, len(before.targets)) if np.isfinite(before.responders_s[n])]
    places = sorted(range(before.places), key=lambda n: (-int(before.people[n]), before.targets[n]))
    for target in [*places[: max(TARGETS_SHOWN - len(waiting), 4)], *waiting]:
        asked = _known(float(before.responders_s[target]))
        name = p.text(before.names[target])
        if asked is not None:
            name += f" ({p.say('atlas.responders', time=_time(case, asked))})"
        times = [_known(float(seconds)) for seconds in before.warning_s[target, number, :axes]]
        worst = [_known(float(atlas.shortest_s[target, number])) for atlas in (before, after)]
        yield (
            name, p.number(int(before.people[target])), *(_time(case, seconds) for seconds in times),
            BOTH.format(*(_time(case, seconds) for seconds in worst)),
            BOTH.format(*(_margin(case, seconds, asked) for seconds in worst)) if asked is not None else "\u2013",
        )  # fmt: skip


def _time(case: Case, seconds: float | None) -> str:
    """Whole seconds where responders count them, else as any time on the pages."""
    p = case.phrases
    counted = any(asset.responders_s is not None for asset in case.scenario.assets)
    if seconds is None or not counted or seconds >= SECONDS_SHOWN:
        return p.minutes(seconds)
    return f"{p.number(math.floor(seconds))}\u00a0s"


def _margin(case: Case, seconds: float | None, asked_s: float) -> str:
    """Warning less the time that responders need; with its sign."""
    if seconds is None:
        return case.phrases.say("warning.none")
    margin = math.floor(seconds - asked_s)
    return f"{'+' if margin > 0 else ''}{case.phrases.number(margin)}\u00a0s"


def _region_rows(case: Case, number: int, axes: int) -> Iterable[tuple[str, ...]]:
    """Regions with the most people: what half of them have at least."""
    p, before, after = case.phrases, case.today.atlas, case.designed.atlas
    people = before.people_by_region
    names = sorted(people, key=lambda name: (-people[name], name))
    for name in names[:TARGETS_SHOWN]:
        half, shortest = before.half_of(name, number), []
        for atlas in (before, after):
            shortest.append(
                "\u2013" if atlas is None else p.minutes(_known(min(atlas.half_of(name, number))))
            )
        yield (
            case.region(name), p.number(people[name]), *(p.minutes(_known(t)) for t in half[:axes]),
            BOTH.format(*shortest),
        )  # fmt: skip


def _known(seconds: float) -> float | None:
    return seconds if np.isfinite(seconds) and seconds >= 0.0 else None


def _worksheet(case: Case) -> list[Block]:
    p = case.phrases
    before, after = (_last_phase(one) for one in (case.today, case.designed))
    if not before:
        return []
    counts = [sum(row.is_defended for row in rows.values()) for rows in (before, after)]
    rows = []
    for row in list(before.values())[:LINES_SHOWN]:
        new = after.get(row.id, row)
        rows.append(
            (
                p.number(row.rank) if row.rank_low == row.rank_high
                else f"{p.number(row.rank)} ({p.number(row.rank_low)}\u2013{p.number(row.rank_high)})",
                _asset_words(case, row), p.number(row.required_layers),
                BOTH.format(_layers(case, row.layers), _layers(case, new.layers)),
                BOTH.format(_layers(case, row.layers_after_loss), _layers(case, new.layers_after_loss)),
                BOTH.format(*(p.say(f"worksheet.{'yes' if one.is_defended else 'no'}") for one in (row, new))),
                _risk(case, new),
            )
        )  # fmt: skip
    keys = ("rank", "asset", "required", "layers", "after_loss", "defended", "risk")
    phases = dict.fromkeys(row.phase for row in case.today.worksheet)
    return [
        Heading(p.say("worksheet.title")),
        Text(
            p.say(
                "worksheet.intro", total=p.number(len(before)), today=p.number(counts[0]),
                designed=p.number(counts[1]), phases=p.number(len(phases)),
                threat=class_words(case, _label(case.today)),
            )
        ),
        Table(
            caption=p.say("worksheet.table"), head=tuple(p.say(f"worksheet.{key}") for key in keys),
            rows=tuple(rows), align="llrrrrl", widths=(0.9, 1.7, 0.8, 1.0, 1.0, 1.1, 2.6),
            note=p.say("worksheet.note"),
        ),
    ]  # fmt: skip


def _last_phase(found: Assessment) -> dict[str, WorksheetRow]:
    if not found.worksheet:
        return {}
    last = found.worksheet[-1].phase
    return {row.id: row for row in found.worksheet if row.phase == last}


def _label(found: Assessment) -> str:
    """Class that the reference threat stands for."""
    return found.atlas.classes[found.atlas.class_of(found.reference_threat)]


def _asset_words(case: Case, row: WorksheetRow) -> str:
    p = case.phrases
    if case.by_region:
        return f"{p.text(row.kind)}, {case.region(row.region)}"
    return p.text(row.name)


def _layers(case: Case, layers: dict[str, int | None]) -> str:
    count = layers.get(_label(case.today))
    return "\u2013" if count is None else case.phrases.number(count)


def _risk(case: Case, row: WorksheetRow) -> str:
    """What remains, as designed: short of layers, short after a loss, without a warning, not assessed."""
    p = case.phrases
    label = _label(case.today)
    after = row.layers_after_loss.get(label)
    unknown = [name for name, count in row.layers.items() if count is None]
    parts = []
    if not row.is_defended:
        parts.append(p.say("worksheet.short"))
    elif after is not None and after < row.required_layers:
        parts.append(p.say("worksheet.short_after_loss"))
    if row.warning_s is None:
        parts.append(p.say("worksheet.no_track"))
    if unknown:
        names = p.listed(p.say(f"threat_class.{name.partition(', ')[0]}") for name in unknown)
        parts.append(p.say("worksheet.not_assessed", classes=names))
    return "; ".join(parts) or "\u2013"


def _register(case: Case) -> list[Block]:
    p = case.phrases
    if not case.designed.register:
        return []
    rows = [
        (
            case.region(row.region), p.say(f"register.{row.lacks}"),
            _heights(case, row),
            p.listed(_axis_names(case, row)), p.number(row.people), p.number(len(row.assets)), _closing(case, row),
        )
        for row in case.designed.register[:LINES_SHOWN]
    ]  # fmt: skip
    keys = ("region", "lacks", "heights", "axes", "people", "assets", "closes")
    return [
        Heading(p.say("register.title")),
        Text(p.say("register.intro", total=p.number(len(case.designed.register)))),
        Table(
            caption=p.say("register.table"), head=tuple(p.say(f"register.{key}") for key in keys),
            rows=tuple(rows), align="llllrrl", widths=(1.1, 1.3, 1.2, 1.3, 0.9, 0.7, 2.6), note=p.say("register.note"),
        ),
    ]  # fmt: skip


def _heights(case: Case, row: RegisterRow) -> str:
    """Heights of a gap, three or more that follow each other as a range."""
    p, reported = case.phrases, case.scenario.heights_agl_m
    run = [height for height in reported if row.heights_agl_m[0] <= height <= row.heights_agl_m[-1]]
    if len(run) > 2 and len(run) == len(row.heights_agl_m):
        return p.say("band.from_to", low=p.height(run[0]), high=p.height(run[-1]))
    return p.listed(p.height(height) for height in row.heights_agl_m)


def _axis_names(case: Case, row: RegisterRow) -> Iterable[str]:
    atlas = case.designed.atlas
    names = dict(zip(atlas.axes, axis_words(case, atlas), strict=True))
    return [names.get(axis, axis) for axis in row.axes]


def _closing(case: Case, row: RegisterRow) -> str:
    p = case.phrases
    if not row.unit_type:
        return p.say("register.nothing_closes")
    if case.by_region:
        where = p.say("register.in_region", region=case.region(row.site_region))
    else:
        site = case.scenario.site(row.site)
        where = p.say("register.at_site", site=p.text(site.name or site.id))
    return p.say(
        "register.closing", item=case.item(row.unit_type), where=where, share=p.percent(row.closes_fraction)
    )


def _scorecard(case: Case) -> list[Block]:
    p = case.phrases
    rows = []
    for before, after in zip(
        case.today.scorecard.guidelines, case.designed.scorecard.guidelines, strict=True
    ):
        key = before.name.replace(" ", "_")
        say: Callable[[float], str] = p.minutes if before.unit == "s" else (lambda value: p.number(value, 2))
        rows.append(
            (
                p.say(f"score.{key}"), BOTH.format(say(before.number), say(after.number)),
                p.say(f"score.{key}_says"), p.say(f"score.map_{before.layer or 'table'}"),
            )
        )  # fmt: skip
    keys = ("guideline", "number", "says", "map")
    tensions = [
        p.say(
            "score.tension", first=p.say(f"score.{one.first.replace(' ', '_')}"),
            second=p.say(f"score.{one.second.replace(' ', '_')}"),
            asked=p.say(f"score.{one.asked_for.replace(' ', '_')}"),
            because=p.say(f"score.because_{one.asked_for.replace(' ', '_')}"),
        )
        for one in case.designed.scorecard.tensions
    ]  # fmt: skip
    blocks: list[Block] = [
        Heading(p.say("score.title")),
        Text(p.say("score.intro")),
        Table(
            caption=p.say("score.table"), head=tuple(p.say(f"score.{key}") for key in keys), rows=tuple(rows),
            align="lrll", widths=(1.3, 1.4, 4.4, 1.3),
        ),
    ]  # fmt: skip
    if tensions:
        blocks += [Text(p.say("score.tensions")), Bullets(tuple(tensions))]
    return blocks
