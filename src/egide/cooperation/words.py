"""Changes in the field's words: "battery 3 moves 12 km east", "lot 7 slips three weeks"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from egide.cooperation.diff import Change, changes_by_record, fields_of
from egide.cooperation.plan import FieldPath, Fields, Plan, show_path
from egide.cooperation.references import id_of, stem, table_of

_NUMBERS: Final = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_COMPASS: Final = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
_LAYERS: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}
_METRES_SHOWN_AS_KM: Final = 950.0


def describe(changes: Sequence[Change], before: Plan, after: Plan) -> tuple[str, ...]:
    """Say each changed record in one clause, in the order of `changes_by_record`.

    Parameters
    ----------
    changes : sequence of Change
        As `diff(before, after)` gives them.
    before, after : Plan
        The two plans, for names and positions.

    Returns
    -------
    tuple of str
        One clause per group of changes.
    """
    names = _names(before) | _names(after)
    sites = _positions(before) | _positions(after)
    return tuple(_clause(group, before, after, names, sites) for group in changes_by_record(changes))


def sentence(clause: str, consequences: Sequence[str] = ()) -> str:
    """Join a change and what it brings about: "battery 3 moves 12 km east: 140,000 people lose ..."."""
    said = [text for text in consequences if text]
    return f"{clause}: {', '.join(said)}" if said else clause


def people_words(layer: int, before: float, after: float) -> str:
    """Say how many people gain or lose a layer of cover; empty when nobody does."""
    change = round(after) - round(before)
    if not change:
        return ""
    verb = "gain" if change > 0 else "lose"
    if abs(change) == 1:
        verb += "s"
    who = "person" if abs(change) == 1 else "people"
    return f"{abs(change):,} {who} {verb} their {_LAYERS.get(layer, f'{layer}th')} layer"


def shortage_words(item: str, period: str, before_fraction: float, after_fraction: float) -> str:
    """Say how the probability of a shortage changes; empty when it does not at the shown precision."""
    old, new = (f"{100.0 * fraction:.0f}" for fraction in (before_fraction, after_fraction))
    if old == new:
        return ""
    verb = "rises" if after_fraction > before_fraction else "falls"
    return f"shortage of {item} in {period} {verb} from {old} to {new} %"


def duration_words(days: int) -> str:
    """Say a number of days as people do: "three weeks", "10 days"."""
    count, unit = (days // 7, "week") if days and days % 7 == 0 else (days, "day")
    number = _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
    return f"{number} {unit}{'' if count == 1 else 's'}"


def move_words(lon_deg: float, lat_deg: float, to_lon_deg: float, to_lat_deg: float) -> str:
    """Say a move: distance on the WGS 84 ellipsoid and the compass direction it starts in."""
    bearing_deg, _, distance_m = _geod().inv(lon_deg, lat_deg, to_lon_deg, to_lat_deg)
    direction = _COMPASS[round((bearing_deg % 360.0) / 45.0) % 8]
    if distance_m >= _METRES_SHOWN_AS_KM:
        return f"{distance_m / 1000.0:,.0f} km {direction}"
    return f"{distance_m:.0f} m {direction}"


@lru_cache(maxsize=1)
def _geod() -> Any:
    from pyproj import Geod

    return Geod(ellps="WGS84")


def _names(plan: Plan) -> dict[tuple[str, str], str]:
    names = {}
    for file, table in plan.files.items():
        if table.kind == "opaque":
            continue
        for record, fields in table.records.items():
            found = id_of(file, table, record)
            title = fields.get(("name",)) or fields.get(("title",)) or found.replace("-", " ")
            names[table_of(file, record), found] = str(title)
    return names


def _positions(plan: Plan) -> dict[str, tuple[float, float]]:
    positions = {}
    for file, table in plan.files.items():
        for record, fields in table.records.items():
            if table.kind != "opaque" and table_of(file, record) == "sites":
                try:
                    lon, lat = (float(str(fields[name,])) for name in ("lon_deg", "lat_deg"))
                except (KeyError, ValueError):
                    continue
                positions[id_of(file, table, record)] = (lon, lat)
    return positions


def _clause(
    group: Sequence[Change], before: Plan, after: Plan,
    names: Mapping[tuple[str, str], str], sites: Mapping[str, tuple[float, float]],
) -> str:  # fmt: skip
    first = group[0]
    if not first.record:
        return "; ".join(_plain(change) for change in group)
    table = table_of(first.file, first.record)
    side = after if first.kind == "added" else before
    number = id_of(first.file, side.files[first.file], first.record)
    if table == "laydown":
        return _post_clause(group, names, sites, side.files[first.file].records[first.record])
    name = names.get((table, number), number)
    if first.kind in ("added", "removed"):
        return (
            f"{name} is {'added to' if first.kind == 'added' else 'removed from'} {table.replace('_', ' ')}"
        )
    said = [_said(change, name) for change in group]
    return "; ".join(said)


def _post_clause(
    group: Sequence[Change], names: Mapping[tuple[str, str], str],
    sites: Mapping[str, tuple[float, float]], fields: Fields,
) -> str:  # fmt: skip
    first = group[0]
    unit = str(fields.get(("unit",), ""))
    name = names.get(("units", unit), unit)
    if first.kind in ("added", "removed"):
        site = str(fields_of(first.after if first.kind == "added" else first.before).get(("site",), ""))
        verb = "takes post at" if first.kind == "added" else "leaves"
        return f"{name} {verb} {names.get(('sites', site), site)}"
    clauses = []
    for change in group:
        if change.field == ("site",):
            clauses.append(f"{name} {_moves(str(change.before), str(change.after), names, sites)}")
        elif change.field == ("bearing_deg",):
            clauses.append(f"{name} turns from {_degrees(change.before)} to {_degrees(change.after)}")
        else:
            clauses.append(_said(change, name))
    return "; ".join(clauses)


def _moves(
    old: str, new: str, names: Mapping[tuple[str, str], str], sites: Mapping[str, tuple[float, float]]
) -> str:
    if old in sites and new in sites:
        return f"moves {move_words(*sites[old], *sites[new])}"
    return f"moves from {names.get(('sites', old), old)} to {names.get(('sites', new), new)}"


def _degrees(value: object) -> str:
    return f"{float(str(value or 0)):.0f}°"


def _said(change: Change, name: str) -> str:
    old, new = _day(change.before), _day(change.after)
    if change.field == ("due",) and old is not None and new is not None:
        days = (new - old).days
        verb = "slips" if days > 0 else "comes forward"
        return f"{name} {verb} {duration_words(abs(days))}"
    label = _label(change.field)
    if change.before is None:
        return f"{name}: {label} becomes {_value(change.after)}"
    if change.after is None:
        return f"{name}: {label} is no longer stated (was {_value(change.before)})"
    return f"{name}: {label} goes from {_value(change.before)} to {_value(change.after)}"


def _label(path: FieldPath) -> str:
    return " ".join(path).replace("_", " ")


def _value(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _plain(change: Change) -> str:
    if change.kind in ("file added", "file removed"):
        return f"{change.file} is {change.kind.removeprefix('file ')}"
    if not change.field:
        return f"{change.file} is rewritten" if change.before is not None else f"{change.file} changes"
    if isinstance(change.after, bytes) or isinstance(change.before, bytes):
        return f"{change.file} is rewritten"
    return _said(change, f"{stem(change.file)} {show_path(change.record)}".strip())
