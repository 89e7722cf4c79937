"""Why the design stands as it does, and what could be added to meet the requirements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from egide.briefing.case import BOTH, Case
from egide.briefing.document import Block, Bullets, Heading, Table, Text
from egide.model.partner import Requirement
from egide.siting.needs_result import Addition, GuidelineChange, Needs

DASH = "\u2013"

TYPES = 12
"""Types in the table of what single units give, at most."""

BINDINGS = 3
"""Limits of which is said what one more unit would be worth, at most."""


def siting_pages(case: Case) -> list[Block]:
    """Blocks of the sections on the design and on needs."""
    return [*_design(case), *([] if case.needs is None else _needs(case, case.needs))]


def _design(case: Case) -> list[Block]:
    p, design = case.phrases, case.design
    blocks: list[Block] = [
        Heading(p.say("siting.title")),
        Text(
            p.say("siting.bound", objective=p.number(design.objective, 3), bound=p.number(design.bound, 3),
                  gap=p.percent(design.gap, 1), options=p.number(design.options), points=p.number(design.points))
        ),
        Text(_study(case), "note"),
    ]  # fmt: skip
    limits = _limits(case)
    return [*blocks, *([Bullets(limits)] if limits else []), *_kinds(case)]


def _limits(case: Case) -> tuple[str, ...]:
    """What binds the design, and what it cannot give."""
    p, design = case.phrases, case.design
    dearest = [one for one in design.bindings if one.limit == "units" and one.at_least > 0.0][:BINDINGS]
    said = [
        p.say("siting.one_more", item=case.item(one.name), low=p.number(one.at_least, 4))
        if one.at_most is None
        else p.say(
            "siting.one_more_between", item=case.item(one.name), low=p.number(one.at_least, 4),
            high=p.number(one.at_most, 4),
        )
        for one in dearest
    ]  # fmt: skip
    if design.layers_short:
        proven = sum(one.layers >= one.most for one in design.layers_short)
        said.append(p.counted("siting.short", len(design.layers_short), proven=p.number(proven)))
    if design.unplaced:
        said.append(p.counted("siting.unplaced", len(design.unplaced)))
    return tuple(said)


def _study(case: Case) -> str:
    """How far the design hangs on what was assumed, where that was studied."""
    p = case.phrases
    if case.study is None:
        return p.say("siting.no_study")
    one = case.study.band()
    said = p.say(
        "siting.study", variants=p.number(one.variants), low=p.number(one.objective[0], 3),
        high=p.number(one.objective[1], 3), kept_low=p.percent(one.posts_kept_fraction[0]),
        kept_high=p.percent(one.posts_kept_fraction[1]), people_low=p.number(one.people_effector[0]),
        people_high=p.number(one.people_effector[1]),
    )  # fmt: skip
    if one.least_stated_fraction is not None:
        said += " " + p.say("siting.study_least", least=p.percent(one.least_stated_fraction, 1))
    return said


def _kinds(case: Case) -> list[Block]:
    """What the units of each type alone give; where reports are by region no unit is named."""
    p = case.phrases
    share: dict[str, list[float]] = {}
    only: dict[str, int] = {}
    people: dict[str, int] = {}
    for reason in case.design.reasons:
        unit = case.scenario.unit(reason.unit)
        name = unit.effector or unit.sensor or ""
        share.setdefault(name, []).append(reason.marginal_value)
        only[name] = only.get(name, 0) + len(reason.assets_only_by_it)
        people[name] = max(
            people.get(name, 0), reason.people_sensed_only_by_it, reason.people_engaged_only_by_it
        )
    if not share:
        return []
    ranked = sorted(share, key=lambda name: (-max(share[name]), name))
    rows = [
        (
            case.item(name), p.number(len(share[name])), p.percent(max(share[name]), 1),
            p.percent(min(share[name]), 1), p.number(only[name]), p.number(people[name]),
        )
        for name in ranked[:TYPES]
    ]  # fmt: skip
    note = p.say("siting.kinds_note")
    if len(ranked) > TYPES:
        note += " " + p.say("siting.kinds_more", n=p.number(len(ranked) - TYPES))
    keys = ("type", "units", "most", "least", "only", "people")
    return [
        Table(
            caption=p.say("siting.kinds"), head=tuple(p.say(f"siting.{key}") for key in keys), rows=tuple(rows),
            align="lrrrrr", widths=(3.0, 0.8, 1.2, 1.2, 1.4, 1.6), note=note,
        )
    ]  # fmt: skip


def _guidelines(case: Case, changes: Iterable[GuidelineChange]) -> list[Block]:
    """The six employment guidelines of what stands, and with the additions."""
    p = case.phrases
    rows = []
    for one in changes:
        key = one.name.replace(" ", "_")
        before, after = (p.minutes(n) if one.unit == "s" else p.number(n, 2) for n in (one.before, one.after))
        rows.append((p.say(f"score.{key}"), BOTH.format(before, after), p.say(f"score.{key}_says")))
    if not rows:
        return []
    return [
        Table(
            caption=p.say("needs.guidelines"),
            head=(p.say("score.guideline"), p.say("score.number"), p.say("score.says")), rows=tuple(rows),
            align="lrl", widths=(1.5, 1.5, 5.0),
        )
    ]  # fmt: skip


def _needs(case: Case, found: Needs) -> list[Block]:
    p = case.phrases
    blocks: list[Block] = [
        Heading(p.say("needs.title")),
        Text(
            p.say("needs.intro", cost=_money(case, found.cost_eur), low=_money(case, found.cost_low_eur),
                  high=_money(case, found.cost_high_eur), bound=_money(case, found.bound_eur),
                  additions=p.number(len(found.additions)), options=p.number(found.options))
            + " "
            + (p.say("needs.no_budget") if found.budget_eur is None
               else p.say("needs.budget", budget=_money(case, found.budget_eur)))
        ),
        _requirement_table(case, found),
    ]  # fmt: skip
    if found.additions:
        blocks.append(_addition_table(case, found.additions))
    if len(found.front) > 1:
        blocks.append(_front_table(case, found))
    if found.not_bought:
        one = found.not_bought[0]
        where = case.region(one.region) if case.by_region or not one.asset else case.asset(one.asset)
        blocks.append(
            Text(p.say("needs.next", item=case.item(one.item), region=where, cost=_money(case, one.cost_eur),
                       value=p.percent(one.value_added, 2)))
        )  # fmt: skip
    return [*blocks, *_guidelines(case, found.guidelines), Text(p.say("needs.note"), "note")]


def _money(case: Case, eur: float) -> str:
    return case.phrases.say("needs.million", n=case.phrases.measured(eur / 1e6))


def _requirement_table(case: Case, found: Needs) -> Table:
    p = case.phrases
    stated = {one.id: one for one in case.scenario.requirements}
    rows = []
    for row in found.requirements:
        short = (
            p.say("needs.short_of", n=p.number(row.short), least=p.number(row.least_short))
            if row.short
            else DASH
        )
        rows.append(
            (
                p.number(row.priority), _asked(case, stated[row.id]),
                f"{p.number(row.met_before)} \u2192 {p.number(row.met)}", p.number(row.needed), short,
                _money(case, row.cost_eur) if row.cost_eur > 0.0 else DASH,
                _money(case, row.alone_eur) if row.alone_eur else DASH,
                _day(case, row.ready),
            )
        )  # fmt: skip
    keys = ("priority", "asked", "met", "needed", "short", "cost", "alone", "ready")
    return Table(
        caption=p.say("needs.requirements"), head=tuple(p.say(f"needs.{key}") for key in keys), rows=tuple(rows),
        align="rlrrrrrr", widths=(0.4, 3.0, 0.8, 0.7, 1.3, 1.0, 1.0, 1.2), note=p.say("needs.requirements_note"),
    )  # fmt: skip


def _asked(case: Case, one: Requirement) -> str:
    """A requirement in words."""
    p = case.phrases
    if one.asset is not None:
        whom = case.asset(one.asset)
    else:
        whom = p.text(one.asset_kind) if one.asset_kind else p.say("needs.all_assets")
    parts = []
    if one.layers:
        parts.append(p.counted("needs.layers", one.layers))
    if one.warning_s:
        parts.append(p.say("needs.warning", time=p.minutes(one.warning_s)))
    return p.say("needs.sentence", whom=whom, what=p.listed(parts) or DASH,
                 threat=p.say(f"threat_class.{one.threat_class}"))  # fmt: skip


def _day(case: Case, iso: str) -> str:
    return case.phrases.short_day(date.fromisoformat(iso)) if iso else DASH


def _addition_table(case: Case, additions: Iterable[Addition]) -> Table:
    """Additions, alike ones of a region together."""
    p = case.phrases
    groups: dict[tuple[str, str], list[Addition]] = {}
    for one in additions:
        groups.setdefault((one.option, one.region), []).append(one)
    rows = []
    for (_, region), same in groups.items():
        one = same[0]
        named = dict.fromkeys(case.asset(x.asset) for x in same if x.asset and not case.by_region)
        where = p.listed(named) or case.region(region)
        rows.append(
            (
                p.number(len(same)), case.item(one.item), where,
                _money(case, sum(x.cost_eur for x in same)), _day(case, one.ready), case.partner(one.partner or None),
                p.text(one.lawful_operator),
            )
        )  # fmt: skip
    keys = ("count", "item", "where", "cost", "ready", "partner", "operator")
    return Table(
        caption=p.say("needs.additions"), head=tuple(p.say(f"needs.{key}") for key in keys), rows=tuple(rows),
        align="rllrrll", widths=(0.4, 2.2, 1.6, 1.0, 1.2, 1.2, 2.0),
    )  # fmt: skip


def _front_table(case: Case, found: Needs) -> Table:
    p = case.phrases
    rows = []
    for one in found.front:
        counts = {name: one.bought.count(name) for name in dict.fromkeys(one.bought)}
        items = {option.id: option.item for option in case.scenario.options}
        bought = p.listed(
            f"{p.number(n)} \u00d7 {case.item(items.get(name, name))}" for name, n in counts.items()
        )
        rows.append(
            (_money(case, one.budget_eur), _money(case, one.cost_eur), p.percent(one.value, 1),
             p.percent(one.bound, 1), bought or DASH)
        )  # fmt: skip
    keys = ("front_budget", "cost", "value", "value_bound", "bought")
    return Table(
        caption=p.say("needs.front"), head=tuple(p.say(f"needs.{key}") for key in keys), rows=tuple(rows),
        align="rrrrl", widths=(1.0, 1.0, 0.8, 0.9, 5.0), note=p.say("needs.front_note"),
    )  # fmt: skip
