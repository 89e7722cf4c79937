"""What separates two plans, in the field's words, with what each change brings about by itself."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from egide.app.plan_folder import plan_of
from egide.assessment.assess import assess
from egide.assessment.result import Assessment
from egide.cooperation import (
    Change,
    Plan,
    apply,
    changes_by_record,
    content_hash,
    describe,
    diff,
    people_words,
    sentence,
    shortage_words,
)
from egide.cooperation.references import table_of
from egide.coverage.cover import cover
from egide.coverage.result import Coverage
from egide.errors import EgideError
from egide.io.plan_files import write_plan
from egide.io.scenario_files import read_scenario, scenario_folder
from egide.io.scenario_terrain import read_terrain
from egide.model.scenario import Scenario
from egide.raids.simulate import RaidResult, simulate
from egide.supply.sustain import Outlook, sustain

GROUPS_ALONE = 25
"""Changes that are judged each for itself; beyond them only all together."""

WEEKS = 26

_SWEPT = (
    "sites",
    "units",
    "terrain",
    "area",
    "catalogue",
    "k_factor",
    "heights_agl_m",
    "name",
    "raid_groups",
)
_SEEN = {
    "places", "assets", "sites", "units", "laydown", "raids", "raid_groups", "launch_areas", "routes", "scenario",
}  # fmt: skip
_FOUGHT = _SEEN - {"places"}
_SUSTAINED = _FOUGHT | {"lots", "stocks", "stores", "legs", "production"}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True)
class Chance:
    """How consequences in which chance enters are computed; the same draws for both plans."""

    seed: int
    trials: int = 300
    campaigns: int = 200


class _State:
    """One plan and what is computed of it, each once, and from another plan's where nothing it reads differs."""

    def __init__(self, plan: Plan, chance: Chance | None, base: _State | None = None) -> None:
        self.plan, self.chance, self.base = plan, chance, base
        with _folder(plan) as folder:
            self.scenario: Scenario = read_scenario(folder)
            # The elevation model may lie in the folder, which is gone afterwards.
            self._own_coverage = None if self._as_swept() else self._swept()

    def _as_swept(self) -> bool:
        """Whether the other plan's sweeps serve."""
        if self.base is None:
            return False
        mine, other = self.scenario, self.base.scenario
        same = all(getattr(mine, field) == getattr(other, field) for field in _SWEPT if field != "terrain")
        return same and mine.terrain.model_dump(exclude={"path"}) == other.terrain.model_dump(
            exclude={"path"}
        )

    def _swept(self) -> Coverage:
        return cover(self.scenario, read_terrain(self.scenario))

    @property
    def coverage(self) -> Coverage:
        if self._own_coverage is None:
            assert self.base is not None  # only then the other plan's sweeps serve
            return self.base.coverage
        return self._own_coverage

    @cached_property
    def assessment(self) -> Assessment:
        return assess(self.scenario, self.coverage, self.scenario.laydown)

    @cached_property
    def raids(self) -> RaidResult:
        assert self.chance is not None  # asked for only with both
        assert self.scenario.tempo is not None
        return simulate(
            self.scenario, self.coverage, self.scenario.laydown, seed=self.chance.seed, trials=self.chance.trials,
            raid=self.scenario.tempo.raid,
        )  # fmt: skip

    @cached_property
    def outlook(self) -> Outlook:
        assert self.chance is not None  # asked for only with it
        # Lots, lines and partners are left out: only shortages and leakers are compared.
        return sustain(
            self.scenario, self.scenario.laydown, self.raids, seed=self.chance.seed, weeks=WEEKS,
            campaigns=self.chance.campaigns, worth=False,
        )  # fmt: skip


@contextmanager
def _folder(plan: Plan) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="egide-plan-") as name:
        folder = Path(name) / "plan"
        write_plan(plan, folder)
        yield folder


def plan_differences(first: str, second: str, chance: Chance | None) -> dict[str, Any]:
    """Every change from one plan to another, with what it brings about.

    Parameters
    ----------
    first, second : str
        Scenario folders or packaged names.
    chance : Chance, optional
        Without it, only what coverage says is computed, and no shortage.

    Returns
    -------
    dict
        `words` (one sentence a change), `changes`, `together`, the two hashes.

    Raises
    ------
    InputError
        When a plan cannot be read.
    """
    before, after = plan_of(scenario_folder(first)), plan_of(scenario_folder(second))
    changes = diff(before, after)
    groups, clauses = changes_by_record(changes), describe(changes, before, after)
    base = _State(before, chance)
    alone = len(groups) <= GROUPS_ALONE
    rows: list[dict[str, Any]] = [
        {"where": group[0].where, "change": clause, "consequences": _alone(base, group) if alone else []}
        for group, clause in zip(groups, clauses, strict=True)
    ]
    together: list[str] = []
    if len(groups) > 1:
        together = _consequences(base, _State(after, chance, base), _tables(changes))
    words = [sentence(str(row["change"]), list(row["consequences"])) for row in rows]
    if together:
        words.append(sentence(f"all {len(groups)} changes together", together))
    return {
        "first": first, "second": second, "hashes": [content_hash(before), content_hash(after)],
        "words": words or ["nothing changes"], "changes": rows, "together": together,
    }  # fmt: skip


def _tables(changes: Sequence[Change]) -> set[str]:
    return {
        table_of(change.file, change.record) if change.record else _stem(change.file) for change in changes
    } | {_stem(change.file) for change in changes if change.file.endswith(".toml")}


def _stem(file: str) -> str:
    return file.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def _alone(base: _State, group: Sequence[Change]) -> list[str]:
    """What one record's changes bring about, the rest of the plan staying as it was."""
    tables = _tables(group)
    if not tables & (_SEEN | _SUSTAINED):
        return []
    try:
        changed = _State(apply(base.plan, group), base.chance, base)
        return _consequences(base, changed, tables)
    except EgideError:
        return ["stands only together with other changes"]


def _consequences(base: _State, changed: _State, tables: set[str]) -> list[str]:
    """What differs between two plans in people's layers, and with chance in shortages and leakers."""
    words = []
    if tables & _SEEN:
        words += _layer_words(base.assessment, changed.assessment)
    if base.chance is None or base.scenario.tempo is None or changed.scenario.tempo is None:
        return words
    if tables & _SUSTAINED:
        if not tables & _FOUGHT:
            changed.__dict__["raids"] = base.raids  # nothing that a raid reads differs
        words += _supply_words(base.outlook, changed.outlook)
    return words


def _layer_words(before: Assessment, after: Assessment) -> list[str]:
    """Largest change of each layer over the reported heights."""
    heights = {row.height_agl_m: row for row in after.heights}
    pairs = [(row, heights[row.height_agl_m]) for row in before.heights if row.height_agl_m in heights]
    if not pairs:
        return []
    words = []
    for layer, field, what in (
        (1, "people_effector", "effectors"), (2, "people_two_effectors", "effectors"), (1, "people_sensor", "sensors"),
    ):  # fmt: skip
        moved = [(getattr(old, field), getattr(new, field), old.height_agl_m) for old, new in pairs]
        was, becomes, height_m = max(moved, key=lambda row: abs(row[1] - row[0]))
        said = people_words(layer, was, becomes)
        words += [f"{said} of {what} at {height_m:g} m"] if said else []
    return words


def _supply_words(before: Outlook, after: Outlook) -> list[str]:
    """Shortages whose probability changes most, and leakers in all."""
    held = {item.item: item for item in before.items}
    moved = []
    for item in after.items:
        if item.item not in held:
            continue
        for month, old, new in zip(
            after.months, held[item.item].shortage_by_month, item.shortage_by_month, strict=False
        ):
            moved.append((abs(new - old), item.item, month, old, new))
    moved.sort(key=lambda row: (-row[0], row[1], row[2]))
    words: list[str] = []
    said: set[str] = set()
    for size, name, month, old, new in moved:
        if size >= 0.01 and name not in said and len(said) < 2:
            said.add(name)
            words.append(shortage_words(name, _month(month, after.months), old, new))
    old, new = sum(before.leakers_by_week), sum(after.leakers_by_week)
    if abs(new - old) >= max(0.05, 0.001 * old):
        words.append(
            f"leakers over {after.weeks} weeks {'rise' if new > old else 'fall'} from {old:,.1f} to {new:,.1f}"
        )
    return [word for word in words if word]


def _month(month: str, months: Sequence[str]) -> str:
    """Name of a month, with its year where the outlook holds several."""
    year, number = month.split("-")
    name = _MONTHS[int(number) - 1]
    return name if len({other[:4] for other in months}) == 1 else f"{name} {year}"
