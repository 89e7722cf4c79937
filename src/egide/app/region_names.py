"""Names that keep a run folder by region: no asset is told from another of its kind in its region.

Stages keep what they found in files that anybody may open. Where a scenario reports by region, the ids and names
of its assets go into those files as their kind and region with a number, and come out again as what they were
for whoever holds the scenario. A place's own name is no secret: an asset that is called as a place or a region
keeps its name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from egide.model.scenario import Scenario

T = TypeVar("T")


def names_by_region(scenario: Scenario) -> dict[str, str]:
    """What stands in a run folder for each id and name of an asset; empty where single assets may be shown."""
    if not scenario.report_by_region:
        return {}
    public = {place.name for place in scenario.places} | {place.region for place in scenario.places}
    counts: dict[tuple[str, str], int] = {}
    found = {}
    for asset in scenario.assets:
        if asset.name in public:
            continue
        key = asset.kind, asset.region
        counts[key] = counts.get(key, 0) + 1
        words = f"{asset.kind} {counts[key]} in {asset.region or 'the area'}"
        found[asset.id] = words.lower().replace(" ", "-")
        found[asset.name] = words
    return found


def renamed(value: T, names: Mapping[str, str]) -> T:
    """A result with some of its words put in place of others; what holds none of them is the same object.

    Parameters
    ----------
    value : object
        A result dataclass, or any part of one; arrays and the scenario's own nouns are left as they are.
    names : mapping of str to str
        New words by old ones; only whole strings are looked up.
    """
    return _renamed(value, names) if names else value


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for field in dataclasses.fields(value):
            before = getattr(value, field.name)
            after = _renamed(before, names)
            if after is not before:
                changed[field.name] = after
        return dataclasses.replace(value, **changed) if changed else value
    if isinstance(value, tuple | list):
        items = [_renamed(item, names) for item in value]
        same = all(after is before for after, before in zip(items, value, strict=True))
        return value if same else type(value)(items)
    if isinstance(value, dict):
        pairs = {names.get(key, key): _renamed(item, names) for key, item in value.items()}
        same = all(names.get(key, key) is key and pairs[key] is item for key, item in value.items())
        return value if same else pairs
    return value
