"""The first page: the five questions, each with its answer and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from egide.briefing.case import BOTH, NOT_ASSESSED, Case, footprints
from egide.briefing.document import Answer, Answers, Block, Figures, Text
from egide.briefing.help_lines import help_lines
from egide.supply.sustain import ItemOutlook

NAMED = 4
"""Regions, partners or items that a sentence names at most."""


def front_page(case: Case) -> list[Block]:
    """Blocks of the first page."""
    say = case.phrases.say
    answers = (
        Answer(say("front.cover.question"), _cover(case), _cover_sure(case)),
        Answer(say("front.site.question"), _site(case), _site_sure(case)),
        Answer(say("front.raid.question"), _raid(case), _raid_sure(case)),
        Answer(say("front.stock.question"), _stock(case), _stock_sure(case)),
        Answer(say("front.help.question"), _help(case), _help_sure(case)),
    )
    blocks: list[Block] = []
    if case.notional:
        blocks.append(Text(say("banner.front"), "caution"))
    blocks += [_figures(case), Answers(say("front.sure"), answers)]
    first = _first_action(case)
    if first:
        blocks.append(Text(first, "lead"))
    return blocks


def _figures(case: Case) -> Figures:
    """The numbers a reader takes along."""
    p, height = case.phrases, case.phrases.height(case.height_m)
    before, after = case.today.at(case.height_m), case.designed.at(case.height_m)
    total = max(1, case.today.people_total)
    first = soonest(case.outlook.items)[:1]
    day = first[0].first_shortage_day[1] if first else None
    owed = sum(line.open for line in help_lines(case))
    shares = BOTH.format(p.percent(before.people_effector / total), p.percent(after.people_effector / total))
    return Figures(
        (
            (shares, p.say("front.figure.people", height=height)),
            _through(case),
            (
                p.say("front.figure.never") if day is None else p.say("front.figure.day", day=p.number(day)),
                p.say("front.figure.shortage", weeks=p.number(case.outlook.weeks)),
            ),
            (p.number(owed), p.say("front.figure.owed", total=p.number(len(help_lines(case))))),
        )
    )  # fmt: skip


def _through(case: Case) -> tuple[str, str]:
    """How many get through in the middle night, and the spread of nights."""
    p, row = case.phrases, case.summary(case.raids)
    launched = p.number(row["launched"])
    spread = f"{p.number(row['q10'])}\u2013{p.number(row['q90'])}"
    if case.raids_today is None:
        return p.number(row["q50"]), p.say("front.figure.through", launched=launched, spread=spread)
    today = case.summary(case.raids_today)
    spread = BOTH.format(f"{p.number(today['q10'])}\u2013{p.number(today['q90'])}", spread)
    value = BOTH.format(p.number(today["q50"]), p.number(row["q50"]))
    return value, p.say("front.figure.through_both", launched=launched, spread=spread)


def _cover(case: Case) -> str:
    p, row = case.phrases, case.today.at(case.height_m)
    return p.say(
        "front.cover.answer",
        height=p.height(row.height_agl_m),
        sensor=p.of(row.people_sensor, case.today.people_total),
        effector=p.of(row.people_effector, case.today.people_total),
        total=p.millions(case.today.people_total),
        assets=p.number(row.assets_effector),
        assets_total=p.number(case.today.assets_total),
    )


def _cover_sure(case: Case) -> str:
    p, rows = case.phrases, case.today.heights
    low, high = rows[0], rows[-1]
    said = p.say(
        "front.cover.sure",
        low=p.height(low.height_agl_m),
        high=p.height(high.height_agl_m),
        at_low=p.of(low.people_effector, case.today.people_total),
        at_high=p.of(high.people_effector, case.today.people_total),
        threat=case.threat(case.today.reference_threat),
        error=p.measured(case.scenario.terrain.error_m),
        cell=p.height(case.scenario.terrain.cell_m),
    )
    return " ".join(part for part in (said, _detection(case), _loss(case), _ballistic(case)) if part)


def _detection(case: Case) -> str:
    """Detection over all people as the echo runs through its band, and on a night that hits sensors together."""
    p = case.phrases
    rows = {row.band: row for row in case.today.detection if row.height_agl_m == case.height_m}
    if not rows.keys() >= {"low", "value", "high"}:
        return ""
    return p.say(
        "front.cover.detection",
        low=p.percent(rows["low"].common_cause_fraction),
        high=p.percent(rows["high"].common_cause_fraction),
        night=p.percent(rows["value"].bad_night_fraction),
    )


def _loss(case: Case) -> str:
    """People whom the loss of a single unit leaves without an effector."""
    p = case.phrases
    worst = max((row.people_effector for row in case.today.losses), default=0)
    return p.say("front.cover.loss", people=p.millions(worst)) if worst else ""


def _ballistic(case: Case) -> str:
    p, rows = case.phrases, case.today.assets
    missing = sum(row.ballistic == NOT_ASSESSED for row in rows)
    if missing:
        return p.counted("front.cover.not_assessed", missing, total=p.number(len(rows)))
    under = sum(footprints(row.ballistic) > 0 for row in rows)
    return p.counted("front.cover.ballistic", under, total=p.number(len(rows)))


def _site(case: Case) -> str:
    p, row = case.phrases, case.designed.at(case.height_m)
    before = case.today.at(case.height_m)
    said = p.say(
        "front.site.answer",
        height=p.height(row.height_agl_m),
        before=p.millions(before.people_effector),
        after=p.of(row.people_effector, case.designed.people_total),
        today=p.number(case.design.today, 3),
        objective=p.number(case.design.objective, 3),
    )
    return f"{said} {_where(case)}".strip()


def _where(case: Case) -> str:
    """Where the design puts fire units: regions, or units and sites."""
    p = case.phrases
    if case.by_region:
        counts = case.units_by_region(case.design.laydown)
        ranked = sorted(counts, key=lambda region: (-counts[region][1], region))[:NAMED]
        today = case.units_by_region(case.scenario.laydown)
        return p.say(
            "front.site.regions",
            regions=p.listed(
                p.say("front.site.region", region=case.region(region), after=p.number(counts[region][1]),
                      before=p.number(today.get(region, (0, 0))[1]))
                for region in ranked
            ),
        )  # fmt: skip
    posts = [
        p.say("front.site.post", unit=case.unit(post.unit), site=_site_name(case, post.site))
        for post in case.design.laydown.posts[: 2 * NAMED]
    ]
    return p.say("front.site.posts", posts=p.listed(posts)) if posts else ""


def _site_name(case: Case, site_id: str) -> str:
    return case.phrases.text(case.scenario.site(site_id).name or site_id)


def _site_sure(case: Case) -> str:
    p, design = case.phrases, case.design
    return p.say(
        "front.site.sure",
        bound=p.number(design.bound, 3),
        gap=p.percent(design.gap, 1),
        height=p.height(design.height_agl_m),
        options=p.number(design.options),
        points=p.number(design.points),
    )


def _raid(case: Case) -> str:
    p, row = case.phrases, case.summary(case.raids)
    said = p.say(
        "front.raid.answer",
        launched=p.number(row["launched"]),
        median=p.number(row["q50"]),
        low=p.number(row["q10"]),
        high=p.number(row["q90"]),
        trials=p.number(case.raids.trials),
    )
    if case.raids_today is not None:
        today = case.summary(case.raids_today)
        said += " " + p.say(
            "front.raid.today",
            median=p.number(today["q50"]),
            low=p.number(today["q10"]),
            high=p.number(today["q90"]),
        )
        if row["q50"] > today["q50"]:
            targets = dict.fromkeys(case.asset(target) for target in case.raids.targets)
            said += " " + p.say("front.raid.worse", targets=p.listed(targets))
    return said + reported_words(case)


def reported_words(case: Case) -> str:
    """What was reported of the real night and whether it lies in the interval; empty without a report."""
    reported = case.raids.reported_through
    if reported is None:
        return ""
    # What was reported came of the laydown of that day, so it stands beside the stated one where there is one.
    row = case.summary(case.raids if case.raids_today is None else case.raids_today)
    inside = row["q10"] <= reported <= row["q90"]
    whose = case.phrases.say("front.raid.of_designed" if case.raids_today is None else "front.raid.of_today")
    key = "front.raid.inside" if inside else "front.raid.outside"
    return " " + case.phrases.say(key, n=case.phrases.number(reported), whose=whose)


def _raid_sure(case: Case) -> str:
    p, row = case.phrases, case.summary(case.raids)
    said = p.say("front.raid.sure", error=p.measured(row["monte_carlo_error"]))
    share = case.scenario.siting.raid_share
    return said + (p.say("front.raid.in_view", share=p.percent(share)) if share > 0.0 else "")


def soonest(items: Sequence[ItemOutlook]) -> list[ItemOutlook]:
    """Items in the order in which they run short: by the middle, then the early, then the late day."""
    never = float("inf")

    def order(item: ItemOutlook) -> tuple[float, float, float, str]:
        early, middle, late = (never if day is None else day for day in item.first_shortage_day)
        return middle, early, late, item.item

    return sorted(items, key=order)


def _stock(case: Case) -> str:
    p, outlook = case.phrases, case.outlook
    items = soonest(outlook.items)
    said = p.say("front.stock.tempo", raids=p.measured(outlook.raids_per_week))
    short = [item for item in items if item.first_shortage_day[1] is not None]
    if not short:
        said += " " + p.say("front.stock.none", weeks=p.number(outlook.weeks))
    else:
        said += " " + _first_shortage(case, short[0])
        said += " " + p.counted(
            "front.stock.count", len(short), total=p.number(len(items)), weeks=p.number(outlook.weeks)
        )
    best = next((lot for lot in outlook.lots if lot.low > 0.0), None)
    if best is not None:
        due = case.scenario.day + timedelta(days=best.due_day)
        said += " " + p.say(
            "front.stock.lot", quantity=p.number(best.quantity), item=case.item(best.item),
            partner=case.partner(best.partner), due=p.day(due), value=p.measured(best.value),
            low=p.measured(best.low), high=p.measured(best.high), weeks=p.number(outlook.weeks),
        )  # fmt: skip
    elif outlook.lots:
        said += " " + p.say("front.stock.no_lot")
    return said


def _first_shortage(case: Case, item: ItemOutlook) -> str:
    p = case.phrases
    early, middle, late = item.first_shortage_day
    assert middle is not None
    key = "front.stock.first" if early is not None and late is not None else "front.stock.first_open"
    return p.say(
        key, item=case.item(item.item), day=p.number(middle), date=p.day(case.scenario.day + timedelta(days=middle)),
        low="\u2013" if early is None else p.number(early), high="\u2013" if late is None else p.number(late),
        weeks=p.number(case.outlook.weeks),
    )  # fmt: skip


def _stock_sure(case: Case) -> str:
    return case.phrases.say("front.stock.sure", campaigns=case.phrases.number(case.outlook.campaigns))


def _help(case: Case) -> str:
    p, lines = case.phrases, help_lines(case)
    if not lines:
        return p.say("front.help.nothing")
    still = [line for line in lines if line.open]
    if not still:
        return p.counted("front.help.all_arrived", len(lines))
    owing: dict[str, int] = {}
    for line in still:
        owing[line.partner] = owing.get(line.partner, 0) + 1
    ranked = sorted(owing, key=lambda partner: (-owing[partner], partner))
    shown = [f"{case.partner(partner)} ({p.number(owing[partner])})" for partner in ranked[:NAMED]]
    if len(ranked) > NAMED:
        shown.append(p.counted("front.help.others", len(ranked) - NAMED))
    said = p.counted("front.help.open", len(still), total=p.number(len(lines)), partners=p.listed(shown))
    bare = [line for line in still if line.allocated == 0]
    if bare:
        names = [f"{p.number(line.committed)} \u00d7 {case.item(line.item)}" for line in bare[:NAMED]]
        said += " " + p.say("front.help.not_earmarked", items=p.listed(names))
    return said


def _help_sure(case: Case) -> str:
    p, lines = case.phrases, help_lines(case)
    if case.ledger is not None or not lines:
        return p.say("front.help.sure_ledger")
    published = sum(line.confidence == "published" for line in lines)
    return p.counted("front.help.sure", published, total=p.number(len(lines)))


def _first_action(case: Case) -> str:
    p = case.phrases
    if not case.scenario.actions:
        return ""
    first = min(case.scenario.actions, key=lambda action: (action.due, action.priority, action.id))
    return p.say(
        "front.first_action", title=p.text(first.title), owner=case.partner(first.owner),
        partners=case.partners(first.with_partners) or "\u2013", due=p.day(first.due.date()),
    )  # fmt: skip
