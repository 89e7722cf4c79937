"""What gets through: distributions beside the one night that was reported, the chain's losses, expenditure."""

from __future__ import annotations

from egide.briefing.case import ALL, Case
from egide.briefing.charts import STOPPED, chain_chart, raid_chart
from egide.briefing.document import Block, Heading, Picture, Table, Text
from egide.briefing.front import reported_words
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
        Heading(p.say("expenditure.title"), 2),
        _expenditure_table(case),
    ]
    return blocks


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
    """Share of simulated nights in which nothing reached a target, by target or by region."""
    p = case.phrases
    results = [case.raids] if case.raids_today is None else [case.raids_today, case.raids]
    rows = []
    for name in dict.fromkeys(case.asset(target) for target in case.raids.targets):
        cells = []
        for raids in results:
            at = [number for number, target in enumerate(raids.targets) if case.asset(target) == name]
            shares = sorted(float(raids.protected_fraction[number]) for number in at)
            cells.append(dict.fromkeys([p.percent(shares[0]), p.percent(shares[-1])]))
        rows.append((name, *("\u2013".join(cell) for cell in cells)))
    head = (["today"] if case.raids_today is not None else []) + ["designed"]
    return Table(
        caption=p.say("raid.protected"),
        head=(p.say("raid.target"), *(p.say(f"word.{key}") for key in head)),
        rows=tuple(rows),
        align="l" + "r" * len(head),
        widths=(3.0, *(1.0 for _ in head)),
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
