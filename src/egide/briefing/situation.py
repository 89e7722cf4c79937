"""The situation: what the brief is about and the raid as it is stated."""

from __future__ import annotations

from datetime import timedelta

from egide.briefing.axes_map import axes_map
from egide.briefing.case import Case
from egide.briefing.document import Block, Heading, Picture, Table, Text
from egide.briefing.ground import Ground


def situation(case: Case, ground: Ground) -> list[Block]:
    """Blocks of the section."""
    p = case.phrases
    raid = case.scenario.raid(case.raids.raid)
    blocks: list[Block] = [Heading(p.say("situation.title"))]
    if case.scenario.summary:
        blocks.append(Text(p.text(case.scenario.summary)))
    end = raid.start + timedelta(seconds=raid.duration_s)
    said = p.say(
        "situation.raid", name=p.text(raid.name), start=p.moment(raid.start), end=p.moment(end),
        launched=p.number(sum(case.raids.launched)),
    )  # fmt: skip
    if raid.reported_through is not None:
        said += " " + p.say("situation.reported", n=p.number(raid.reported_through))
    blocks.append(Text(said))
    if raid.source:
        blocks.append(Text(p.say("word.source", source=p.text(raid.source)), "note"))
    blocks.append(
        Picture(
            "axes", "png", lambda: axes_map(case, ground), p.say("situation.axes_caption"),
            p.say("situation.axes_alt", areas=p.listed(_areas(case))),
        )
    )  # fmt: skip
    blocks.append(_launch_table(case))
    return blocks


def _areas(case: Case) -> list[str]:
    groups = case.scenario.groups_of(case.raids.raid)
    return [case.launch_area(area) for area in dict.fromkeys(group.launch_area for group in groups)]


def _launch_table(case: Case) -> Table:
    """Numbers launched by launch area and type; the last line is the raid's own total."""
    p, types = case.phrases, case.raids.types
    counts: dict[str, dict[str, int]] = {}
    towards: dict[str, dict[str, None]] = {}
    for group in case.scenario.groups_of(case.raids.raid):
        row = counts.setdefault(group.launch_area, {})
        row[group.threat] = row.get(group.threat, 0) + group.count
        towards.setdefault(group.launch_area, {})[case.asset(group.target)] = None
    rows = [
        (
            case.launch_area(area), p.listed(towards[area]),
            *(p.number(row[name]) if name in row else "\u2013" for name in types),
        )
        for area, row in counts.items()
    ]  # fmt: skip
    rows.append((p.say("word.all"), "", *(p.number(count) for count in case.raids.launched)))
    return Table(
        caption=p.say("situation.table"),
        head=(
            p.say("situation.launch_area"),
            p.say("situation.towards"),
            *(case.threat(name) for name in types),
        ),
        rows=tuple(rows),
        align="ll" + "r" * len(types),
        widths=(2.0, 1.6, *(1.2 for _ in types)),
        note=p.say("situation.table_note"),
    )
