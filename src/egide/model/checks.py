"""Checks that need more than one line of a scenario: references, doubles, geography, dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from egide.errors import Problem
from egide.model.scenario import SCHEMA_VERSION, Scenario

_TABLES = (
    "places", "assets", "sites", "units", "launch_areas", "raids", "raid_groups", "requirements",
    "options", "partners", "pledges", "lots", "stores", "legs", "production", "orders", "currencies", "actions",
)  # fmt: skip


_INTEGRATION = ("own", "local", "theatre")

_DOCTRINE = re.compile(r"S(-S)*(-L-S(-S)*)*")
"""Shots and looks: salvoes parted by a look at their outcome."""


def problems_in(scenario: Scenario) -> list[Problem]:
    """Everything wrong with a scenario whose lines are each well formed.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of Problem
        Empty when the scenario is sound. `file` is the table the line belongs to.
    """
    return [
        *_schema(scenario),
        *_doubles(scenario),
        *_area(scenario),
        *_phases(scenario),
        *_units_and_posts(scenario),
        *_sites(scenario),
        *_releasable(scenario),
        *_raids(scenario),
        *_routes(scenario),
        *_orders_of_command(scenario),
        *_partners(scenario),
        *_options(scenario),
        *_help(scenario),
        *_stores_and_legs(scenario),
        *_bottlenecks(scenario),
    ]


def _schema(scenario: Scenario) -> Iterator[Problem]:
    if scenario.egide_schema > SCHEMA_VERSION:
        yield Problem(
            "scenario.toml", "egide_schema", scenario.egide_schema,
            f"is newer than this version reads ({SCHEMA_VERSION}); install a newer egide",
        )  # fmt: skip
    if any(b <= a for a, b in zip(scenario.heights_agl_m, scenario.heights_agl_m[1:], strict=False)):
        yield Problem("scenario.toml", "heights_agl_m", scenario.heights_agl_m, "must rise")
    if not scenario.heights_agl_m or scenario.heights_agl_m[0] <= 0:
        yield Problem("scenario.toml", "heights_agl_m", scenario.heights_agl_m, "needs positive heights")


def _doubles(scenario: Scenario) -> Iterator[Problem]:
    for table in _TABLES:
        seen: set[str] = set()
        for noun in getattr(scenario, table):
            if noun.id in seen:
                yield Problem(f"{table}.csv", "id", noun.id, "stands twice; ids are unique")
            seen.add(noun.id)


def _area(scenario: Scenario) -> Iterator[Problem]:
    area = scenario.area
    if area.east_deg <= area.west_deg or area.north_deg <= area.south_deg:
        yield Problem("scenario.toml", "area", None, "east must exceed west and north must exceed south")
        return
    for table in ("places", "assets", "sites", "stores"):
        for noun in getattr(scenario, table):
            inside = (
                area.west_deg <= noun.lon_deg <= area.east_deg
                and area.south_deg <= noun.lat_deg <= area.north_deg
            )
            if not inside:
                yield Problem(
                    f"{table}.csv", f"{noun.id}.lon_deg", f"{noun.lon_deg}, {noun.lat_deg}",
                    "lies outside the area; widen [area] or mend the coordinates (longitude first)",
                )  # fmt: skip


def _unknown(table: str, line: str, field: str, value: str, known: Iterable[str], what: str) -> Problem:
    near = get_close_matches(value, list(known), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return Problem(f"{table}.csv", f"{line}.{field}", value, f"is no {what}{hint}")


def _units_and_posts(scenario: Scenario) -> Iterator[Problem]:
    catalogue = scenario.catalogue
    sensors = {item.id for item in catalogue.sensors}
    effectors = {item.id for item in catalogue.effectors}
    partners = {item.id for item in scenario.partners}
    for unit in scenario.units:
        if unit.sensor is None and unit.effector is None:
            yield Problem("units.csv", f"{unit.id}.sensor", None, "has neither sensor nor effector; name one")
        if unit.sensor is not None and unit.sensor not in sensors:
            yield _unknown("units", unit.id, "sensor", unit.sensor, sensors, "sensor of the catalogue")
        if unit.effector is not None and unit.effector not in effectors:
            yield _unknown(
                "units", unit.id, "effector", unit.effector, effectors, "effector of the catalogue"
            )
        if unit.partner is not None and unit.partner not in partners:
            yield _unknown("units", unit.id, "partner", unit.partner, partners, "partner of partners.csv")
    units = {item.id for item in scenario.units}
    sites = {item.id for item in scenario.sites}
    posted = set()
    for post in scenario.laydown.posts:
        posted.add(post.unit)
        if post.unit not in units:
            yield _unknown("laydown", post.unit, "unit", post.unit, units, "unit of units.csv")
        if sites and post.site not in sites:
            yield _unknown("laydown", post.unit, "site", post.site, sites, "site of sites.csv")
    for unit in scenario.units:
        if unit.fixed and unit.id not in posted:
            yield Problem("units.csv", f"{unit.id}.fixed", True, "is fixed but laydown.csv has no post of it")


def _sites(scenario: Scenario) -> Iterator[Problem]:
    """Types that sites suit, and sites that must stay empty."""
    catalogue = scenario.catalogue
    types = {item.id for item in catalogue.sensors} | {item.id for item in catalogue.effectors}
    for site in scenario.sites:
        for value in site.suits:
            if value not in types:
                yield _unknown("sites", site.id, "suits", value, types, "sensor or effector of the catalogue")
    sites = {item.id for item in scenario.sites}
    for value in scenario.siting.exclusion if sites else ():
        if value not in sites:
            problem = _unknown("sites", "siting", "exclusion", value, sites, "site of sites.csv")
            yield Problem("scenario.toml", "siting.exclusion", value, problem.remedy)


def _releasable(scenario: Scenario) -> Iterator[Problem]:
    """Partners who may see a line: a misspelt one would withhold it in silence."""
    partners = {item.id for item in scenario.partners}
    for table in _TABLES:
        for line in getattr(scenario, table):
            for value in getattr(line, "releasable_to", ()):
                if value not in partners:
                    what = "partner of partners.csv"
                    yield _unknown(table, line.id, "releasable_to", value, partners, what)


def _phases(scenario: Scenario) -> Iterator[Problem]:
    known = [asset.id for asset in scenario.assets]
    for before, phase in zip((None, *scenario.phases), scenario.phases, strict=False):
        if before is not None and phase.start <= before.start:
            yield Problem(
                "scenario.toml", f"phases[{phase.name}].start", phase.start, "must rise from phase to phase"
            )
        for score in phase.scores:
            if score.asset not in known:
                yield _unknown(
                    "scenario.toml", f"phases[{phase.name}]", "scores.asset", score.asset, known, "asset"
                )


def _raids(scenario: Scenario) -> Iterator[Problem]:
    raids = {item.id for item in scenario.raids}
    threats = {item.id for item in scenario.catalogue.threats}
    areas = {item.id for item in scenario.launch_areas}
    assets = {item.id for item in scenario.assets}
    routes = {item.route for item in scenario.routes}
    for group in scenario.raid_groups:
        if group.raid not in raids:
            yield _unknown("raid_groups", group.id, "raid", group.raid, raids, "raid of raids.csv")
        if group.threat not in threats:
            yield _unknown(
                "raid_groups", group.id, "threat", group.threat, threats, "threat of the catalogue"
            )
        if group.launch_area not in areas:
            yield _unknown("raid_groups", group.id, "launch_area", group.launch_area, areas, "launch area")
        if group.target not in assets:
            yield _unknown("raid_groups", group.id, "target", group.target, assets, "asset of assets.csv")
        if group.route is not None and group.route not in routes:
            yield _unknown("raid_groups", group.id, "route", group.route, routes, "route of routes.csv")
        if group.waves > group.count:
            yield Problem(
                "raid_groups.csv", f"{group.id}.waves", group.waves, f"exceeds the count {group.count}"
            )
    used = {group.raid for group in scenario.raid_groups}
    for raid in scenario.raids:
        if raid.id not in used:
            yield Problem("raids.csv", "id", raid.id, "has no group in raid_groups.csv; add one")
    if scenario.tempo is not None and scenario.tempo.raid not in raids:
        yield Problem("scenario.toml", "tempo.raid", scenario.tempo.raid, "is no raid of raids.csv")


def _routes(scenario: Scenario) -> Iterator[Problem]:
    """Routes whose points have one order each, and that lead somewhere else than where they start."""
    seen: set[tuple[str, int]] = set()
    for point in scenario.routes:
        if (point.route, point.order) in seen:
            remedy = "stands twice in the route; number its points 1, 2, 3 ..."
            yield Problem("routes.csv", f"{point.route}.order", point.order, remedy)
        seen.add((point.route, point.order))
    areas = {area.id: area for area in scenario.launch_areas}
    assets = {asset.id: asset for asset in scenario.assets}
    for group in scenario.raid_groups:
        start, end = areas.get(group.launch_area), assets.get(group.target)
        if start is None or end is None or group.route is not None:
            continue
        if (start.lon_deg, start.lat_deg) == (end.lon_deg, end.lat_deg):
            remedy = "is launched where its target stands; move the launch area, or give it a route"
            yield Problem("raid_groups.csv", f"{group.id}.launch_area", group.launch_area, remedy)


def _orders_of_command(scenario: Scenario) -> Iterator[Problem]:
    """A level of integration that exists, and a doctrine that can be read and fired."""
    command = scenario.command
    if command.integration not in _INTEGRATION:
        remedy = f"is no level of integration; choose {', '.join(_INTEGRATION)}"
        yield Problem("scenario.toml", "command.integration", command.integration, remedy)
    if not _DOCTRINE.fullmatch(command.doctrine):
        remedy = "is no shot doctrine; write shots and looks such as S, S-S, S-L-S or S-S-L-S"
        yield Problem("scenario.toml", "command.doctrine", command.doctrine, remedy)
        return
    salvo = max(part.count("S") for part in command.doctrine.split("-L-"))
    ready_of = {item.id: item.ready_rounds.count for item in scenario.catalogue.effectors}
    for unit in scenario.units:
        ready = unit.ready_rounds if unit.ready_rounds is not None else ready_of.get(unit.effector or "", 0)
        if 0 < ready < salvo and unit.effector in ready_of:
            remedy = f"has fewer ready rounds than the {salvo} that doctrine {command.doctrine} fires at once"
            yield Problem("units.csv", f"{unit.id}.ready_rounds", ready, remedy)


def _partners(scenario: Scenario) -> Iterator[Problem]:
    partners = {item.id for item in scenario.partners}
    pledges = {item.id for item in scenario.pledges}
    assets = {item.id for item in scenario.assets}
    catalogue = scenario.catalogue
    rounds = {item.id for item in catalogue.interceptors}
    items = rounds | {item.id for item in catalogue.sensors} | {item.id for item in catalogue.effectors}
    for pledge in scenario.pledges:
        if pledge.item not in items:
            yield _unknown("pledges", pledge.id, "item", pledge.item, items, "item of the catalogue")
        for field in ("partner", "maker"):
            value = getattr(pledge, field)
            if value is not None and value not in partners:
                yield _unknown("pledges", pledge.id, field, value, partners, "partner of partners.csv")
    for lot in scenario.lots:
        if lot.item not in rounds:
            yield _unknown("lots", lot.id, "item", lot.item, rounds, "interceptor of the catalogue")
        if lot.pledge is not None and lot.pledge not in pledges:
            yield _unknown("lots", lot.id, "pledge", lot.pledge, pledges, "pledge of pledges.csv")
        if lot.due < scenario.day:
            yield Problem("lots.csv", f"{lot.id}.due", str(lot.due), f"lies before D-day, {scenario.day}")
    for stock in scenario.stocks:
        if stock.item not in rounds:
            yield _unknown("stocks", stock.item, "item", stock.item, rounds, "interceptor of the catalogue")
    kinds = {asset.kind for asset in scenario.assets}
    for requirement in scenario.requirements:
        if requirement.asset_kind and requirement.asset_kind not in kinds:
            what = "kind of asset in assets.csv"
            yield _unknown("requirements", requirement.id, "asset_kind", requirement.asset_kind, kinds, what)
        if requirement.asset is not None and requirement.asset not in assets:
            yield _unknown(
                "requirements", requirement.id, "asset", requirement.asset, assets, "asset of assets.csv"
            )
    for action in scenario.actions:
        named = [("owner", action.owner), *(("with_partners", value) for value in action.with_partners)]
        for field, value in named:
            if value not in partners:
                yield _unknown("actions", action.id, field, value, partners, "partner of partners.csv")


def _options(scenario: Scenario) -> Iterator[Problem]:
    """Options whose item is in the catalogue, whose partner is known, and that say who may operate them."""
    catalogue = scenario.catalogue
    partners = {item.id for item in scenario.partners}
    kinds = {asset.kind for asset in scenario.assets}
    known = {
        "sensor": ({item.id for item in catalogue.sensors}, "sensor of the catalogue"),
        "effector": ({item.id for item in catalogue.effectors}, "effector of the catalogue"),
        "passive": ({item.id for item in catalogue.passive_measures}, "passive measure of the catalogue"),
    }
    for option in scenario.options:
        items, what = known[option.kind]
        if option.item not in items:
            yield _unknown("options", option.id, "item", option.item, items, what)
        if option.partner is not None and option.partner not in partners:
            yield _unknown(
                "options", option.id, "partner", option.partner, partners, "partner of partners.csv"
            )
        if option.kind == "sensor" and not option.lawful_operator:
            remedy = "must be said of a sensor, such as armed forces or the site's guard"
            yield Problem("options.csv", f"{option.id}.lawful_operator", None, remedy)
        for kind in option.asset_kinds:
            if kind not in kinds:
                yield _unknown(
                    "options", option.id, "asset_kinds", kind, kinds, "kind of asset in assets.csv"
                )


def _help(scenario: Scenario) -> Iterator[Problem]:
    """Who and what lots, lines and orders name, and stocks that stand twice."""
    partners = {item.id for item in scenario.partners}
    rounds = {item.id for item in scenario.catalogue.interceptors}
    stores = {item.id for item in scenario.stores}
    for table in ("lots", "production", "orders"):
        for line in getattr(scenario, table):
            for field in ("partner", "maker"):
                value = getattr(line, field)
                if value is not None and value not in partners:
                    yield _unknown(table, line.id, field, value, partners, "partner of partners.csv")
            store = getattr(line, "store", None)
            if store is not None and store not in stores:
                yield _unknown(table, line.id, "store", store, stores, "store of stores.csv")
            if table != "lots" and line.item not in rounds:
                yield _unknown(table, line.id, "item", line.item, rounds, "interceptor of the catalogue")
    held = [stock.item for stock in scenario.stocks]
    for item in sorted({item for item in held if held.count(item) > 1}):
        yield Problem("stocks.csv", "item", item, "stands twice; write its rounds in one line")
    for currency in scenario.currencies:
        if not (len(currency.id) == 3 and currency.id.isalpha()):
            remedy = "write the three letters of ISO 4217, such as gbp"
            yield Problem("currencies.csv", "id", currency.id, remedy)


def _stores_and_legs(scenario: Scenario) -> Iterator[Problem]:
    """One depot, at least one forward store beside it, and a road to each."""
    stores = {store.id: store for store in scenario.stores}
    depots = [store.id for store in scenario.stores if store.kind == "depot"]
    if stores and (len(depots) != 1 or len(depots) == len(stores)):
        remedy = "must hold one depot and at least one forward store; or leave stores.csv out"
        yield Problem("stores.csv", "kind", ", ".join(depots) or None, remedy)
    for leg in scenario.legs:
        for field in ("origin", "destination"):
            value = getattr(leg, field)
            if value not in stores:
                yield _unknown("legs", leg.id, field, value, stores, "store of stores.csv")
        if leg.origin == leg.destination:
            yield Problem("legs.csv", f"{leg.id}.destination", leg.destination, "is where the leg starts")
    reached = set(depots)
    for _ in scenario.legs:
        reached |= {leg.destination for leg in scenario.legs if leg.origin in reached}
    for name in stores:
        if depots and name not in reached:
            yield Problem("legs.csv", name, None, "no leg leads to this store; add one from the depot")


def _bottlenecks(scenario: Scenario) -> Iterator[Problem]:
    """Lines that share a resource must agree on what it gives."""
    stated: dict[str, float] = {}
    for line in scenario.production:
        if line.bottleneck_per_week is None:
            continue
        first = stated.setdefault(line.bottleneck, line.bottleneck_per_week)
        if first != line.bottleneck_per_week:
            remedy = f"disagrees with another line's {first:g} for {line.bottleneck!r}; state one figure"
            yield Problem(
                "production.csv", f"{line.id}.bottleneck_per_week", line.bottleneck_per_week, remedy
            )
