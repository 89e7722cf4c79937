"""Verbs on stocks and deliveries: `egide sustain` and `egide deliver`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from egide.app.cli import Json, Out, Seed, _known_laydown, _line, _print, _say, app
from egide.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from egide.app.line import Line
    from egide.supply.scenario_deliver import DeliveryPlan
    from egide.supply.sustain import Outlook

_SHOWN = ["item", "quantity", "partner", "value", "low", "high", "value_per_day_of_delay", "rank"]


@app.command
def sustain(
    scenario: str, *, seed: Seed, out: Out = None, trials: int = 2_000, weeks: int = 26, campaigns: int = 500,
    laydown: str = "designed", nights: Literal["stated", "reported"] = "stated", json_: Json = False,
) -> None:  # fmt: skip
    """Say how long stocks last and which delivery matters most.

    Parameters
    ----------
    nights
        Sizes of raids: `stated` by the scenario's tempo, or as `reported` in public bulletins.
    """
    _known_laydown(laydown)
    _at_least_one("sustain", trials=trials, weeks=weeks, campaigns=campaigns)
    line = _line(scenario, out, seed)
    outlook = outlook_of(line, laydown, trials, weeks, campaigns, nights)
    line.folder.files(
        "outlook-tables", {"outlook": line.folder.key_of("outlook")},
        lambda: _tables(outlook, line.folder.path),
    )  # fmt: skip
    frame = outlook.to_frame()
    if len(frame):
        _say(frame[_SHOWN].round(2).to_string())
    for words in outlook_words(outlook):
        _say(words)
    _say(f"written to {line.folder.path}")
    if json_:
        _print(outlook.to_json())


def _at_least_one(verb: str, **counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise InputError.one(verb, f"--{name}", count, "give a whole number of at least 1")


def outlook_of(
    line: Line, laydown: str, trials: int, weeks: int, campaigns: int, nights: str = "stated"
) -> Outlook:
    """Outlook of a run folder, under the tempo's stated sizes of raids or the reported ones."""
    if nights == "stated":
        return line.outlook(laydown, trials, weeks, campaigns)
    from egide.app.line import IDLE_HELP, ordered_items
    from egide.io.bulletin_files import read_raid_statistics
    from egide.supply.sustain import Outlook, sustain

    raid = line.tempo_raid
    raids = line.raids(laydown, raid, trials)
    posts = line.laydown(laydown)
    inputs: dict[str, Any] = {
        **line.base("laydown", *IDLE_HELP), "ordered": ordered_items(line.scenario), "nights": nights,
        "laydown": posts.model_dump(mode="json"), "raids": line.folder.key_of(line.raid_stage(laydown, raid)),
        "weeks": weeks, "campaigns": campaigns, "seed": line.seed,
    }  # fmt: skip

    def compute() -> Outlook:
        assert line.seed is not None  # the verb asks for it
        return sustain(
            line.scenario, posts, raids, seed=line.seed, weeks=weeks, campaigns=campaigns,
            statistics=read_raid_statistics(),
        )  # fmt: skip

    return line.folder.result("outlook", Outlook, inputs, compute)


def _tables(outlook: Outlook, folder: Path) -> Iterator[Path]:
    """Write lots, balance and shortages as CSV, for spreadsheets and figures."""
    from egide.io.atomic import write_text

    for name, frame in (
        ("lots", outlook.to_frame()), ("balance", outlook.balance_frame()),
        ("shortages", outlook.shortage_frame()),
    ):  # fmt: skip
        path = folder / f"outlook-{name}.csv"
        write_text(path, frame.to_csv(lineterminator="\n"))
        yield path


def outlook_words(outlook: Outlook) -> list[str]:
    """What the outlook says beside its lots: what runs short first, D-to-P, partners, lines, doctrines."""
    words = []
    for item in outlook.items[:5]:
        day = item.first_shortage_day[1]
        if day is not None:
            words.append(f"{item.item}: short of it by day {day:.0f} in half of the campaigns")
    for item in outlook.items:
        if item.balance is not None and item.balance.missing_rounds > 0.0:
            when = (
                "no P-day within the horizon"
                if item.balance.p_week is None
                else f"P-week {item.balance.p_week}"
            )
            words.append(
                f"{item.item}: {item.balance.missing_rounds:,.0f} rounds lacking from D to P, asked for at "
                f"{item.balance.asked_per_week:,.1f} a week; {when}"
            )
    for what, rows in (
        ("all lots of", outlook.partners), ("a second", outlook.lines), ("doctrine", outlook.doctrines),
    ):  # fmt: skip
        words += [
            f"{what} {row.name}: {row.value:,.1f} leakers averted ({row.low:,.1f} to {row.high:,.1f})"
            for row in rows
        ]
    if outlook.types_ready_fraction is not None and outlook.one_type_ready_fraction is not None:
        words.append(
            f"many types: {100 * outlook.types_ready_fraction:.0f} % of units ready with crews for each of "
            f"{len(outlook.fleets)} types, {100 * outlook.one_type_ready_fraction:.0f} % were all of one type"
        )
    return words


@app.command
def deliver(
    scenario: str, *, seed: Seed, out: Out = None, trials: int = 2_000, weeks: int = 26, scenarios: int = 50,
    floor_weeks: float = 0.0, laydown: str = "designed", json_: Json = False,
) -> int:  # fmt: skip
    """Plan which lot goes to which store in which week, and what to order with the money there is.

    Exit code 1 when a demanded floor cannot be met; what is missing is said.

    Parameters
    ----------
    scenarios
        Histories of raids and slips to plan for.
    floor_weeks
        Weeks of mean demand that every store must be sent.
    """
    from egide.supply.scenario_deliver import DeliveryPlan
    from egide.supply.scenario_deliver import deliver as plan_deliveries

    _known_laydown(laydown)
    _at_least_one("deliver", trials=trials, weeks=weeks, scenarios=scenarios)
    line = _line(scenario, out, seed)
    raid = line.tempo_raid
    raids = line.raids(laydown, raid, trials)
    posts = line.laydown(laydown)
    inputs: dict[str, Any] = {
        **line.base("laydown", "requirements", "options", "pledges", "actions", "partners"),
        "laydown": posts.model_dump(mode="json"), "raids": line.folder.key_of(line.raid_stage(laydown, raid)),
        "weeks": weeks, "scenarios": scenarios, "floor_weeks": floor_weeks, "seed": seed,
    }  # fmt: skip

    def compute() -> DeliveryPlan:
        return plan_deliveries(
            line.scenario, posts, raids, seed=seed, weeks=weeks, scenarios=scenarios, floor_weeks=floor_weeks
        )

    plan = line.folder.result("deliver", DeliveryPlan, inputs, compute)
    for words in delivery_words(plan):
        _say(words)
    if json_:
        _print(plan.to_json())
    return 1 if plan.status == "infeasible" else 0


def delivery_words(plan: DeliveryPlan) -> list[str]:
    """What a delivery plan says: shipments, worth against bound and rules, orders, what is missing."""
    words = [
        f"week {row.week + 1} ({row.leaves}): {row.rounds:,} x {row.item} of {row.lot} to {row.store}"
        for row in plan.shipments
    ]
    for row in plan.lacking:
        where = row.store or "any store"
        words.append(f"missing: {row.rounds:,.0f} x {row.item} for {where} ({row.reason})")
    if plan.status == "no stores":
        words.append("the scenario states no stores (stores.csv, legs.csv): nothing to allocate")
    elif plan.status == "infeasible":
        words.append("what is demanded cannot be met, and nothing was planned; rules without the demand:")
        words += [f"rule '{rule.name}': {rule.worth:,.1f}" for rule in plan.rules]
    else:
        words.append(
            f"shipments {plan.status}: {plan.worth:,.1f} leakers averted ({plan.worth_low:,.1f} to {plan.worth_high:,.1f}), "
            f"bound {plan.bound:,.1f}, gap {100 * plan.gap:.2f} %"
        )
        words += [f"rule '{rule.name}': {rule.worth:,.1f}" for rule in plan.rules]
    orders = plan.orders
    if orders is not None:
        budget = (
            "no budget stated" if orders.budget_eur is None else f"of {orders.budget_eur / 1e6:,.1f} M EUR"
        )
        chosen = "; ".join(
            f"{order.lots} x {order.option} ({order.rounds:,} rounds)" for order in orders.orders
        )
        words += [
            f"order: {chosen or 'nothing'}; {orders.cost_eur / 1e6:,.1f} M EUR {budget}",
            f"orders avert {orders.worth:,.1f} leakers, bound {orders.bound:,.1f}, gap {100 * orders.gap:.2f} %; "
            f"EVPI {orders.evpi:,.1f}, VSS {orders.vss:,.1f}",
            *(f"rule '{name}': {worth:,.1f}" for name, worth in orders.rules),
        ]
    return words
