"""What gets through: distributions beside the one night that was reported, the chain's losses, expenditure."""

from __future__ import annotations

from egide.briefing.case import ALL, Case
from egide.briefing.charts import STOPPED, chain_chart, raid_chart
from egide.briefing.document import Block, Heading, Picture, Table, Text
from egide.briefing.front import reported_words
from egide.briefing.raid_charts import PLACES, busy_chart, busy_places
from egide.raids.raid_result import SATURATED_FRACTION
from egide.raids.simulate import RaidResult

HARMFUL = "all, decoys apart"
"""Name of the row of a raid's summary that leaves decoys out."""


def raid_pages(case: Case) -> list[Block]:
    """Blocks of the section."""
    p = case.phrases
    row = case.summary(case.raids)
    blocks: list[Block] = [
        Heading(p.say("raid.title")),
        Text(p.say("raid.intro", trials=p.number(case.raids.trials), seed=str(case.raids.seed))),
        Picture(
            "raid", "svg", lambda: raid_chart(case), p.say("raid.caption"),
            p.say("raid.alt", median=p.number(row["q50"]), low=p.number(row["q10"]), high=p.number(row["q90"])),
        ),
        _through_table(case),
    ]  # fmt: skip
    if case.raids.reported_through is not None:
        blocks.append(Text(p.say("raid.reported") + reported_words(case), "caution"))
    blocks += [
        _target_table(case),
        Heading(p.say("chain.title"), 2),
        Picture("chain", "svg", lambda: chain_chart(case), p.say("chain.caption"), p.say("chain.alt")),
        _stage_table(case),
        *_busy_blocks(case),
        Heading(p.say("expenditure.title"), 2),
        _expenditure_table(case),
        Text(p.say("expenditure.exchange") + _exchange(case), "note"),
        *_uncertain_blocks(case),
    ]
    return blocks


def _exchange(case: Case) -> str:
    """Cost of the rounds over the price of what they stopped, and the value protected, where they are stated."""
    p, found = case.phrases, case.raids.to_json()
    ratio, value = found["cost_exchange"], found["value_protected_eur"]
    words = [
        p.say("expenditure.no_ratio")
        if isinstance(ratio, str)
        else p.say(
            "expenditure.ratio", median=p.measured(ratio["q50"]), low=p.measured(ratio["q10"]),
            high=p.measured(ratio["q90"]),
        ),
        p.say("expenditure.no_value")
        if isinstance(value, str)
        else p.say("expenditure.value", mean=p.measured(value["mean"] / 1e6)),
    ]  # fmt: skip
    return " ".join(words)


def _busy_blocks(case: Case) -> list[Block]:
    """Where and when fire channels are busy; nothing where the result does not hold it."""
    p, places = case.phrases, busy_places(case, case.raids)
    if not places:
        return []
    bin_s = case.raids.bin_s
    rows = []
    for place in places:
        full = [at for at, share in enumerate(place.full) if share >= SATURATED_FRACTION]
        if full:
            when = p.say(
                "busy.from_to", start=p.minutes(full[0] * bin_s), end=p.minutes((full[-1] + 1) * bin_s)
            )
            rows.append(
                (
                    place.name, p.say("busy.of", part=p.number(place.full_units), whole=p.number(place.units)),
                    when, p.number(len(full) * bin_s / 60.0), p.percent(float(place.full.max())),
                )
            )  # fmt: skip
    blocks: list[Block] = [
        Heading(p.say("busy.title"), 2),
        Picture(
            "busy", "svg", lambda: busy_chart(case), p.say("busy.caption", places=str(min(PLACES, len(places)))),
            p.say("busy.alt", places=str(len(places)), full=str(len(rows))),
        ),
    ]  # fmt: skip
    if not rows:
        return [*blocks, Text(p.say("busy.none"))]
    table = Table(
        caption=p.say("busy.table"),
        head=tuple(p.say(f"busy.{key}") for key in ("place", "units", "when", "minutes", "share")),
        rows=tuple(rows), align="lrrrr", widths=(2.2, 1.1, 1.8, 1.1, 1.1), note=p.say("busy.note"),
    )  # fmt: skip
    return [*blocks, table]


def _uncertain_blocks(case: Case) -> list[Block]:
    """What ignorance about the inputs adds to chance; nothing where it was not worked out."""
    p, found = case.phrases, case.uncertain
    if found is None:
        return []
    words = {name: p.say(f"word.{name}") for name in ("today", "designed")}
    rows = []
    for plan in found.plans:
        leading = p.listed(
            p.say("uncertain.share", name=_assumption(case, name), share=p.percent(share))
            for name, share in plan.leading
        )
        ignorance = plan.epistemic_variance / max(plan.epistemic_variance + plan.aleatory_variance, 1e-12)
        rows.append(
            (
                words.get(plan.name) or p.text(plan.name), p.measured(plan.mean),
                f"{p.number(plan.q10)}\u2013{p.number(plan.q90)}", p.percent(ignorance),
                p.percent(plan.best_fraction), leading,
            )
        )  # fmt: skip
    keys = ("laydown", "mean", "interval", "ignorance", "best", "leading")
    explained = min(plan.explained_fraction for plan in found.plans)
    return [
        Heading(p.say("uncertain.title"), 2),
        Text(p.say("uncertain.intro", draws=p.number(found.draws), trials=p.number(found.trials))),
        Table(
            caption=p.say("uncertain.table"), head=tuple(p.say(f"uncertain.{key}") for key in keys),
            rows=tuple(rows), align="lrrrrl", widths=(1.2, 1.0, 1.3, 1.3, 1.2, 3.4),
            note=p.say("uncertain.note", explained=p.percent(explained)),
        ),
        *(
            [
                Text(
                    p.say(
                        "uncertain.decides", name=_assumption(case, found.decisive),
                        worth=p.measured(found.decisive_worth), most=p.measured(found.perfect_information),
                    )
                )
            ]
            if found.decisive
            else []
        ),
    ]  # fmt: skip


def _assumption(case: Case, name: str) -> str:
    """Name of an assumption in the brief's language."""
    p = case.phrases
    if name.startswith("pk "):
        return p.say("uncertain.name.pk", kind=p.text(name.removeprefix("pk ")).replace("_", " "))
    return p.say(f"uncertain.name.{name.replace(' ', '_')}")


def _through_table(case: Case) -> Table:
    """Launched and through, by type and in all, designed and (where simulated) today."""
    p = case.phrases
    names = {HARMFUL: p.say("raid.harmful"), ALL: p.say("raid.everything")}
    results: list[tuple[str, RaidResult]] = [("designed", case.raids)]
    if case.raids_today is not None:
        results.insert(0, ("today", case.raids_today))
    rows = []
    for who in (*case.raids.types, HARMFUL, ALL):
        cells = []
        for _, raids in results:
            row = case.summary(raids, who)
            cells += [
                f"{p.measured(row['mean'])} \u00b1 {p.measured(row['monte_carlo_error'])}",
                p.number(row["q50"]),
                f"{p.number(row['q10'])}\u2013{p.number(row['q90'])}",
            ]
        launched = p.number(case.summary(case.raids, who)["launched"])
        rows.append((names.get(who) or case.threat(who), launched, *cells, *_reported(case, who)))
    keys = ("mean", "median", "interval")
    head = [f"{p.say(f'raid.{key}')}, {p.say(f'word.{name}').lower()}" for name, _ in results for key in keys]
    last = [p.say("raid.reported_head")] * (case.raids.reported_through is not None)
    return Table(
        caption=p.say("raid.table"),
        head=(p.say("raid.type"), p.say("raid.launched"), *head, *last),
        rows=tuple(rows),
        align="l" + "r" * (1 + len(head) + len(last)),
        widths=(2.1, 1.1, *(1.5, 1.25, 1.4) * len(results), *(1.25 for _ in last)),
        note=p.say("raid.table_note"),
    )


def _reported(case: Case, who: str) -> tuple[str, ...]:
    """Cell of the column of reported numbers; no cell where nothing was reported."""
    reported = case.raids.reported_through
    if reported is None:
        return ()
    return (case.phrases.number(reported) if who == ALL else "\u2013",)


def _target_table(case: Case) -> Table:
    """Leakers, and share of simulated nights in which nothing arrived, by target or by region."""
    p = case.phrases
    results = [case.raids] if case.raids_today is None else [case.raids_today, case.raids]
    rows = []
    for name in dict.fromkeys(case.asset(target) for target in case.raids.targets):
        cells = []
        for raids in results:
            at = [number for number, target in enumerate(raids.targets) if case.asset(target) == name]
            shares = sorted(float(raids.protected_fraction[number]) for number in at)
            spread = raids.through_quantiles([raids.targets[number] for number in at])
            cells += [
                [p.number(spread["q50"])],
                list(dict.fromkeys([p.number(spread["q10"]), p.number(spread["q90"])])),
                list(dict.fromkeys([p.percent(shares[0]), p.percent(shares[-1])])),
            ]
        rows.append((name, *("\u2013".join(cell) for cell in cells)))
    names = (["today"] if case.raids_today is not None else []) + ["designed"]
    head = [
        f"{p.say(f'raid.{key}')}, {p.say(f'word.{name}').lower()}"
        for name in names
        for key in ("median", "interval", "quiet")
    ]
    return Table(
        caption=p.say("raid.protected"),
        head=(p.say("raid.target"), *head),
        rows=tuple(rows),
        align="l" + "r" * len(head),
        widths=(2.0, *(1.0 for _ in head)),
        note=p.say("raid.protected_note"),
    )


def _stage_table(case: Case) -> Table:
    p, raids = case.phrases, case.raids
    rows = []
    for number, stage in enumerate(raids.stages):
        kind = "stopped" if stage in STOPPED else "through"
        cells = [p.measured(float(value)) for value in raids.stage_mean[:, number]]
        key = stage.replace(" ", "_")
        rows.append((p.say(f"stage.{key}"), p.say(f"chain.{kind}"), p.say(f"stage_says.{key}"), *cells))
    return Table(
        caption=p.say("chain.table"),
        head=(
            p.say("chain.stage"), p.say("chain.result"), p.say("chain.meaning"),
            *(case.threat(name) for name in raids.types),
        ),
        rows=tuple(rows),
        align="lll" + "r" * len(raids.types),
        widths=(1.5, 1.3, 3.4, *(1.2 for _ in raids.types)),
    )  # fmt: skip


def _expenditure_table(case: Case) -> Table:
    p = case.phrases
    results = {"designed": case.raids.to_json()}
    if case.raids_today is not None:
        results = {"today": case.raids_today.to_json(), **results}
    per_item = {name: {row["item"]: row for row in result["rounds"]} for name, result in results.items()}
    items = dict.fromkeys(item for rows in per_item.values() for item in rows)
    ranked = sorted(items, key=lambda item: -per_item["designed"].get(item, {"mean": 0.0})["mean"])
    rows = []
    for item in ranked:
        found = [per_item[name].get(item) for name in results]
        if any(row is not None and row["q95"] > 0 for row in found):
            cells = [cell for row in found for cell in _spread(case, row)]
            rows.append((case.item(item), *cells))
    money: list[str] = []
    for result in results.values():
        mean, low, high = (p.measured(result["cost_eur"][key] / 1e6) for key in ("mean", "q10", "q90"))
        money += [mean, f"{low}\u2013{high}"]
    rows.append((p.say("expenditure.cost"), *money))
    return Table(
        caption=p.say("expenditure.table"),
        head=(
            p.say("expenditure.item"),
            *(
                f"{p.say(f'expenditure.{key}')}, {p.say(f'word.{name}').lower()}"
                for name in results for key in ("mean", "interval")
            ),
        ),
        rows=tuple(rows),
        align="l" + "r" * (2 * len(results)),
        widths=(2.4, *(1.3, 1.7) * len(results)),
        note=_price_note(case),
    )  # fmt: skip


def _price_note(case: Case) -> str:
    p, unpriced = case.phrases, case.raids.unpriced
    if not unpriced:
        return p.say("expenditure.note")
    return p.say("expenditure.unpriced", items=p.listed(case.item(item) for item in unpriced))


def _spread(case: Case, row: dict[str, float] | None) -> tuple[str, str]:
    if row is None:
        return "\u2013", "\u2013"
    p = case.phrases
    return p.measured(row["mean"]), f"{p.number(row['q10'])}\u2013{p.number(row['q90'])}"
