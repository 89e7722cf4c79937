"""A scenario's stocks, stores, lots and orders carried through campaigns: what must hold whatever the numbers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.io.bulletin_files import read_raid_statistics
from egide.io.result_files import read_result, write_result
from egide.model.checks import problems_in
from egide.model.partner import Currency, Leg, Lot, OrderOption, Production, Stock, Store
from egide.model.scenario import Scenario
from egide.raids.simulate import RaidResult, simulate
from egide.supply.campaign import run_campaign
from egide.supply.ranking import value_of_line
from egide.supply.scenario_campaign import by_doctrine
from egide.supply.scenario_deliver import DeliveryPlan, deliver, parcel
from egide.supply.scenario_orders import _fixed, order_problem
from egide.supply.scenario_places import patterns, stores_of
from egide.supply.scenario_tempo import nights, reaching_fractions
from egide.supply.sustain import Outlook, build_campaign, sustain

SEED, WEEKS, CAMPAIGNS = 11, 12, 60


@pytest.fixture(scope="module")
def raids(tiny: Scenario, tiny_coverage: Coverage) -> RaidResult:
    return simulate(tiny, tiny_coverage, seed=SEED, trials=60)


@pytest.fixture(scope="module")
def outlook(tiny: Scenario, raids: RaidResult) -> Outlook:
    return sustain(tiny, tiny.laydown, raids, seed=SEED, weeks=WEEKS, campaigns=CAMPAIGNS)


@pytest.fixture(scope="module")
def plan(tiny: Scenario, raids: RaidResult) -> DeliveryPlan:
    return deliver(tiny, tiny.laydown, raids, seed=SEED, weeks=WEEKS, scenarios=10)


def changed(scenario: Scenario, **fields: object) -> Scenario:
    return scenario.model_copy(update=fields)


def without_stores(scenario: Scenario) -> Scenario:
    return changed(scenario, stores=(), legs=())


def test_stores_share_out_rounds_and_make_none(tiny: Scenario, raids: RaidResult) -> None:
    """Opening rounds are the same in all, with stores and without; the depot holds what no unit has."""
    split = build_campaign(tiny, tiny.laydown, raids, WEEKS)
    single = build_campaign(without_stores(tiny), tiny.laydown, raids, WEEKS)
    assert split.places == ("depot", "store-west", "store-east")
    assert single.places == ("theatre",)
    assert split.opening_rounds.sum(axis=0).tolist() == single.opening_rounds[0].tolist()
    held = {stock.item: stock.quantity for stock in tiny.stocks}
    assert dict(zip(split.items, split.opening_rounds[0].tolist(), strict=True)) == held
    assert sum(f.units.sum() for f in split.fleets) == sum(f.units.sum() for f in single.fleets) == 2


def test_units_draw_on_the_nearest_forward_store(tiny: Scenario) -> None:
    """The guns at the town draw on the west, the missiles on the plain on the east."""
    found = stores_of(tiny, tiny.laydown)
    named = {unit: found.places[row] for unit, row in found.store_of_unit.items()}
    assert named == {"guns": "store-west", "missiles": "store-east", "jammer": "store-west"}


def test_every_threat_is_met_somewhere_and_never_in_the_depot(tiny: Scenario, raids: RaidResult) -> None:
    """Shares over stores sum to one for every class and pattern; the depot has none."""
    stores = stores_of(tiny, tiny.laydown)
    found = patterns(tiny, stores, tiny.laydown, raids.types)
    np.testing.assert_allclose(found.place_fraction.sum(axis=2), 1.0)
    assert (found.place_fraction[:, :, 0] == 0.0).all()
    assert found.weight.sum() == pytest.approx(1.0)
    assert found.weight[0] == pytest.approx(1.0 - tiny.sustainment.elsewhere_fraction)


def test_doctrine_costs_and_kills_as_enumeration_says() -> None:
    """Shoot-look-shoot: one round, and a second one after a miss."""
    pk = np.array([[0.6]])
    shots, kill = by_doctrine("S-L-S", pk)
    assert shots[0, 0] == pytest.approx(1.0 + 0.4)
    assert kill[0, 0] == pytest.approx(1.0 - 0.4**2)
    shots, kill = by_doctrine("S-S-L-S", pk)
    assert shots[0, 0] == pytest.approx(2.0 + 0.4**2)
    assert kill[0, 0] == pytest.approx(1.0 - 0.4**3)


def test_results_are_the_same_on_one_thread_and_on_two(tiny: Scenario, raids: RaidResult) -> None:
    """Chance is addressed, not consumed."""
    one, two = (
        sustain(tiny, tiny.laydown, raids, seed=SEED, weeks=5, campaigns=20, threads=threads)
        for threads in (1, 2)
    )
    assert one == two


def test_lots_are_ranked_with_intervals_and_probabilities(outlook: Outlook) -> None:
    """Ranks are 1 to L, values fall with them, each lies in its interval, chances of ranks sum to one."""
    lots = outlook.lots
    assert [lot.rank for lot in lots] == [1, 2, 3]
    assert sorted((lot.value for lot in lots), reverse=True) == [lot.value for lot in lots]
    for lot in lots:
        assert lot.low <= lot.value <= lot.high
        assert lot.people_low <= lot.people_exposed <= lot.people_high
        assert lot.asset_low <= lot.asset_value <= lot.asset_high
        assert sum(lot.rank_probabilities) == pytest.approx(1.0)
        assert lot.rank_probability == lot.rank_probabilities[lot.rank - 1]
    for rank in range(3):
        assert sum(lot.rank_probabilities[rank] for lot in lots) == pytest.approx(1.0)


def test_all_lots_of_a_partner_with_one_lot_are_worth_that_lot(outlook: Outlook) -> None:
    """Home gives lot-3 alone, so both comparisons are the same campaigns."""
    lot = next(lot for lot in outlook.lots if lot.id == "lot-3")
    home = next(row for row in outlook.partners if row.name == "home")
    assert home.value == pytest.approx(lot.value, abs=1e-9)
    assert home.value_per_million_eur == pytest.approx(lot.value_per_million_eur or 0.0, abs=1e-6)


def test_a_second_line_is_worth_what_the_engine_says(
    tiny: Scenario, raids: RaidResult, outlook: Outlook
) -> None:
    """The outlook compares the same pair of campaigns as `value_of_line`."""
    campaign = build_campaign(tiny, tiny.laydown, raids, WEEKS)
    line = next(line for line in campaign.lines if line.id == "bolide-line")
    found = value_of_line(campaign, replace(line, id="second-bolide-line"), trials=CAMPAIGNS, seed=SEED)
    row = next(row for row in outlook.lines if row.name == "bolide-line")
    assert row.value == pytest.approx(float(found.mean[0]), abs=1e-9)


def test_spending_is_the_stated_doctrine_where_units_keep_nothing_back(outlook: Outlook) -> None:
    """No unit of the tiny island keeps a reserve, so the difference is nought in every campaign."""
    spend = next(row for row in outlook.doctrines if row.name == "spend")
    assert (spend.value, spend.low, spend.high, spend.worse_fraction) == (0.0, 0.0, 0.0, 0.0)


def test_the_balance_adds_up_and_p_day_is_when_production_meets_what_is_asked(outlook: Outlook) -> None:
    """Opening plus production and deliveries less what is asked is the balance, week by week."""
    for item in outlook.items:
        row = item.balance
        assert row is not None
        made, came = np.cumsum(row.produced), np.cumsum(row.delivered)
        asked = row.asked_per_week * np.arange(1, WEEKS + 1)
        np.testing.assert_allclose(row.stock, item.opening_rounds + made + came - asked, atol=1e-9)
        if row.p_week is not None:
            assert min(row.produced[row.p_week :]) >= row.asked_per_week
        else:
            assert row.produced[-1] < row.asked_per_week
        if row.first_deficit_week is not None:
            assert (
                row.stock[row.first_deficit_week]
                < 0.0
                <= min([0.0, *row.stock[: row.first_deficit_week]]) + 1e-9
            )


def test_with_full_stores_what_is_asked_is_what_is_fired_and_nothing_is_short(
    tiny: Scenario, raids: RaidResult, outlook: Outlook
) -> None:
    """The balance of the scarce plan asks for what the plan with plenty fires, item by item: needs add up."""
    stocks = tuple(stock.model_copy(update={"quantity": 10**6}) for stock in tiny.stocks)
    stores = tuple(store.model_copy(update={"reserve_weeks": 5000.0}) for store in tiny.stores)
    legs = tuple(leg.model_copy(update={"rounds_per_day": 10**5}) for leg in tiny.legs)
    units = tuple(unit.model_copy(update={"rounds_in_store": 10**4}) for unit in tiny.units)
    full = changed(tiny, stocks=stocks, stores=stores, legs=legs, units=units)
    plenty = sustain(full, full.laydown, raids, seed=SEED, weeks=WEEKS, campaigns=CAMPAIGNS, worth=False)
    asked = {item.item: item.balance.asked_per_week for item in outlook.items if item.balance is not None}
    for item in plenty.items:
        assert item.no_shortage_fraction == 1.0
        assert item.balance is not None
        assert item.balance.missing_rounds == 0.0
        assert item.mean_use_per_week == pytest.approx(asked[item.item])


def test_a_month_is_at_least_as_short_as_its_worst_week(outlook: Outlook) -> None:
    """Probability of a shortage in a month lies between its worst week's and the sum of its weeks'."""
    months = [f"{date(2025, 7, 4) + timedelta(weeks=week):%Y-%m}" for week in range(WEEKS)]
    for item in outlook.items:
        for month, chance in zip(outlook.months, item.shortage_by_month, strict=True):
            weeks = [p for name, p in zip(months, item.shortage_by_week, strict=True) if name == month]
            assert max(weeks) - 1e-9 <= chance <= min(1.0, sum(weeks)) + 1e-9


def test_quantiles_of_depletion_rise_and_a_campaign_without_stock_is_never_depleted(
    tiny: Scenario, raids: RaidResult, outlook: Outlook
) -> None:
    """A likelier day is no earlier; what is never held is never depleted."""
    assert any(item.depletion_day[0] is not None for item in outlook.items)
    for item in outlook.items:
        for days in (item.depletion_day, *(place.depletion_day for place in item.places)):
            known = [day for day in days if day is not None]
            assert len(days) == 3
            assert known == sorted(known)
            assert all(day is None for day in days[len(known) :])
    units = tuple(unit.model_copy(update={"ready_rounds": 0, "rounds_in_store": 0}) for unit in tiny.units)
    empty = changed(tiny, stocks=(), lots=(), production=(), units=units)
    for item in sustain(empty, empty.laydown, raids, seed=SEED, weeks=4, campaigns=10, worth=False).items:
        assert item.depletion_day == (None, None, None)


def test_a_store_is_never_short_more_often_than_any_store(outlook: Outlook) -> None:
    """Theatre figures are of any store."""
    for item in outlook.items:
        for place in item.places:
            assert place.no_shortage_fraction >= item.no_shortage_fraction
            assert all(a <= b for a, b in zip(place.shortage_by_week, item.shortage_by_week, strict=True))


def test_a_lot_due_after_the_horizon_is_worth_nothing(tiny: Scenario, raids: RaidResult) -> None:
    """It changes no campaign, and a day of its delay costs nothing."""
    late = tuple(lot.model_copy(update={"due": tiny.day + timedelta(weeks=60)}) for lot in tiny.lots)
    found = sustain(changed(tiny, lots=late), tiny.laydown, raids, seed=SEED, weeks=5, campaigns=20)
    assert all(lot.value == lot.value_per_day_of_delay == 0.0 for lot in found.lots)


def test_more_stock_of_a_short_item_averts_leakers(
    tiny: Scenario, raids: RaidResult, outlook: Outlook
) -> None:
    """A hundred rounds more in the depot: fewer leakers, later shortage, the same draws."""
    more = tuple(
        stock.model_copy(update={"quantity": stock.quantity + 100})
        if stock.item == "rbs-70-bolide"
        else stock
        for stock in tiny.stocks
    )
    rich = sustain(
        changed(tiny, stocks=more),
        tiny.laydown,
        raids,
        seed=SEED,
        weeks=WEEKS,
        campaigns=CAMPAIGNS,
        worth=False,
    )
    assert sum(rich.leakers_by_week) < sum(outlook.leakers_by_week)
    assert rich.lots == rich.partners == ()


def test_nights_follow_the_stated_quantiles(tiny: Scenario, raids: RaidResult) -> None:
    """A tenth of nights is smaller than the low figure and a tenth larger than the high one, median between."""
    assert tiny.tempo is not None
    full = np.array(raids.launched) @ reaching_fractions(raids)
    sizes = nights(tiny, raids, None).sum(axis=1) / full
    stated = (tiny.tempo.size_low_fraction, tiny.tempo.size_high_fraction)
    assert np.quantile(sizes, 0.9) / np.quantile(sizes, 0.1) == pytest.approx(stated[1] / stated[0], rel=0.35)
    assert np.median(sizes) == pytest.approx(tiny.tempo.size_median_fraction, rel=0.15)


def test_reported_nights_have_the_reported_quantiles(tiny: Scenario, raids: RaidResult) -> None:
    """Drones and decoys together are launched as the bulletins' latest regime says, whatever the seed."""
    statistics = read_raid_statistics()
    table = nights(tiny, raids, statistics)
    drones = [raids.types.index(name) for name in ("shahed-136", "gerbera")]
    launched = table[:, drones] / reaching_fractions(raids)[drones]
    size = max(
        (s for s in statistics.sizes if s.weapon_class == "one_way_drone"), key=lambda found: found.last_night
    )
    assert np.median(launched.sum(axis=1)) == pytest.approx(size.launched_quantiles[2], rel=0.1, abs=2.0)
    assert (table == nights(tiny, raids, statistics)).all()


def test_reported_nights_ask_for_more_on_the_island(
    tiny: Scenario, raids: RaidResult, outlook: Outlook
) -> None:
    """Nights of a hundred drones are larger than the eleven the island states."""
    found = sustain(
        tiny, tiny.laydown, raids, seed=SEED, weeks=WEEKS, campaigns=CAMPAIGNS,
        statistics=read_raid_statistics(), worth=False,
    )  # fmt: skip
    assert found.nights == "reported"
    assert sum(found.leakers_by_week) > sum(outlook.leakers_by_week)


def test_a_line_starts_on_its_day_and_grows_over_its_ramp(tiny: Scenario, raids: RaidResult) -> None:
    """Nothing is made before the start; at full rate it makes what it states."""
    start = tiny.day + timedelta(weeks=2)
    line = Production(id="works", item="burst-12-7", rounds_per_week=8.0, start=start, ramp_weeks=4.0)
    scenario = changed(tiny, production=(line,), stocks=(Stock(item="burst-12-7", quantity=0),))
    found = sustain(scenario, tiny.laydown, raids, seed=SEED, weeks=12, campaigns=5, worth=False)
    row = next(item.balance for item in found.items if item.item == "burst-12-7")
    assert row is not None
    assert row.produced[:2] == (0, 0)
    assert row.produced[2:6] == (1, 3, 5, 7)
    assert row.produced[6:] == (8,) * 6


def test_fewer_crews_per_type_cost_availability(tiny: Scenario, raids: RaidResult) -> None:
    """Crews of one type cannot mend another: split types are never better served than one type."""
    found = sustain(tiny, tiny.laydown, raids, seed=SEED, weeks=5, campaigns=20, worth=False)
    assert found.types_ready_fraction is not None
    assert found.one_type_ready_fraction is not None
    assert found.types_ready_fraction <= found.one_type_ready_fraction + 1e-12
    assert {fleet.item for fleet in found.fleets} == {"rbs-70-bolide", "burst-12-7"}


def test_outlook_and_plan_survive_their_files(outlook: Outlook, plan: DeliveryPlan, tmp_path: Path) -> None:
    """Reading back what was written gives the same result."""
    write_result(outlook, tmp_path / "outlook")
    assert read_result(Outlook, tmp_path / "outlook") == outlook
    write_result(plan, tmp_path / "plan")
    again = read_result(DeliveryPlan, tmp_path / "plan")
    assert again.shipments == plan.shipments
    assert again.worth == plan.worth


def test_tables_for_the_brief_have_a_line_an_item_and_store(outlook: Outlook) -> None:
    assert set(outlook.balance_frame().index) == {"rbs-70-bolide", "burst-12-7"}
    assert outlook.shortage_frame().shape[1] == WEEKS
    assert list(outlook.to_frame().index) == [lot.id for lot in outlook.lots]


def test_a_scenario_without_tempo_is_refused(tiny: Scenario, raids: RaidResult) -> None:
    with pytest.raises(InputError, match="tempo"):
        sustain(changed(tiny, tempo=None), tiny.laydown, raids, seed=SEED)


# Deliveries and orders.


def test_shipments_stay_within_lots_and_roads(tiny: Scenario, plan: DeliveryPlan) -> None:
    """No lot is sent twice, nothing leaves before its lot is due, no road carries more than it can."""
    by_lot: dict[str, int] = {}
    by_road: dict[tuple[str, int], int] = {}
    for row in plan.shipments:
        by_lot[row.lot] = by_lot.get(row.lot, 0) + row.rounds
        by_road[row.store, row.week] = by_road.get((row.store, row.week), 0) + row.rounds
    quantity = {lot.id: lot.quantity for lot in tiny.lots}
    due = {lot.id: (lot.due - tiny.day).days // 7 for lot in tiny.lots}
    capacity = {leg.destination: 7 * leg.rounds_per_day for leg in tiny.legs}
    assert all(rounds <= quantity.get(lot, rounds) for lot, rounds in by_lot.items())
    assert all(row.week >= due.get(row.lot, 0) for row in plan.shipments)
    assert all(rounds <= capacity[store] for (store, _), rounds in by_road.items())


def test_no_rule_beats_the_plan_and_no_plan_the_bound(plan: DeliveryPlan) -> None:
    assert plan.status == "within gap"
    assert plan.worth <= plan.bound + 1e-9
    assert all(rule.worth <= plan.bound + 1e-9 for rule in plan.rules)
    assert max(rule.worth for rule in plan.rules) <= plan.worth * (1.0 + plan.gap) + 1e-9
    assert plan.worth_low <= plan.worth <= plan.worth_high


def test_a_floor_that_cannot_be_met_says_what_is_missing(tiny: Scenario, raids: RaidResult) -> None:
    found = deliver(tiny, tiny.laydown, raids, seed=SEED, weeks=WEEKS, scenarios=5, floor_weeks=200.0)
    assert found.status == "infeasible"
    assert found.shipments == ()
    assert {row.item for row in found.lacking} <= {"rbs-70-bolide", "burst-12-7"}
    assert all(row.rounds > 0 for row in found.lacking)
    assert found.lacking


def test_a_scenario_without_stores_or_options_has_nothing_to_plan(tiny: Scenario, raids: RaidResult) -> None:
    bare = changed(without_stores(tiny), orders=())
    found = deliver(bare, tiny.laydown, raids, seed=SEED, weeks=5, scenarios=3)
    assert (found.status, found.shipments, found.orders) == ("no stores", (), None)


def test_orders_are_the_best_of_all_that_the_money_allows(
    tiny: Scenario, raids: RaidResult, plan: DeliveryPlan
) -> None:
    """Every combination of the options within the budget, priced one by one: none averts more."""
    campaign = build_campaign(tiny, tiny.laydown, raids, WEEKS)
    result = run_campaign(campaign, trials=10, seed=SEED)
    problem = order_problem(tiny, campaign, result, SEED)
    nothing = _fixed(problem, np.zeros(2))
    budget = tiny.sustainment.budget_eur or 0.0
    cost = [option.cost_eur for option in tiny.orders]
    best = max(
        nothing - _fixed(problem, np.array(lots, dtype=float))
        for lots in itertools.product(*(range(option.count + 1) for option in tiny.orders))
        if np.dot(lots, cost) <= budget
    )
    orders = plan.orders
    assert orders is not None
    assert orders.worth == pytest.approx(best, rel=1e-4, abs=1e-4)
    assert orders.worth <= orders.bound + 1e-6
    assert orders.cost_eur <= budget
    assert min(orders.evpi, orders.vss) >= 0.0
    assert all(worth <= orders.worth + 1e-6 for _, worth in orders.rules)


def test_a_lot_is_parted_into_equal_whole_parcels() -> None:
    for rounds in range(1, 400):
        size = parcel(rounds)
        assert rounds % size == 0
        assert size == 1 or rounds // size >= 8


# Bad input.


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"lots": (Lot(id="a", item="burst-12-7", quantity=1, due=date(2025, 8, 1), store="nowhere"),)}, "stores.csv"),
        ({"lots": (Lot(id="a", item="burst-12-7", quantity=1, due=date(2025, 8, 1), maker="who"),)}, "partners.csv"),
        ({"lots": (Lot(id="a", item="burst-12-7", quantity=1, due=date(2025, 8, 1)),) * 2}, "stands twice"),
        ({"stocks": (Stock(item="burst-12-7", quantity=1),) * 2}, "stands twice"),
        ({"stores": (Store(id="a", lon_deg=-27.0, lat_deg=45.0),), "legs": ()}, "one depot"),
        ({"legs": ()}, "no leg leads"),
        ({"legs": (Leg(id="l", origin="depot", destination="depot", rounds_per_day=1),)}, "where the leg starts"),
        ({"production": (Production(id="p", item="shahed-136", rounds_per_week=1.0),)}, "interceptor of the catalogue"),
        ({"production": tuple(Production(id=f"p{n}", item="burst-12-7", rounds_per_week=1.0, bottleneck="motors",
                                         bottleneck_per_week=float(n)) for n in (1, 2))}, "disagrees"),
        ({"orders": (OrderOption(id="o", item="burst-12-7", quantity=1, cost_eur=1.0, partner="who"),)}, "partners.csv"),
        ({"currencies": (Currency(id="pounds", rate_eur=1.1),)}, "ISO 4217"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_said(tiny: Scenario, fields: dict[str, object], said: str) -> None:
    found = problems_in(changed(tiny, **fields))
    assert any(said in str(problem) for problem in found), [str(problem) for problem in found]


def test_a_lot_is_not_due_before_it_was_ordered_and_holds_whole_rounds() -> None:
    with pytest.raises(ValueError, match="before it was ordered"):
        Lot(id="a", item="x", quantity=1, due=date(2025, 7, 1), ordered=date(2025, 8, 1))
    for quantity in (-1, 0, 1.5):
        with pytest.raises(ValueError, match="quantity"):
            Lot(id="a", item="x", quantity=quantity, due=date(2025, 7, 1))  # type: ignore[arg-type]


def test_the_packaged_scenarios_state_stores_lines_and_orders(tiny: Scenario) -> None:
    assert problems_in(tiny) == []
    assert len(tiny.stores) == 3
    assert {option.item for option in tiny.orders} == {"rbs-70-bolide", "burst-12-7"}
