"""What `needs` answers with: additions, what each requirement costs, the front, what was not bought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from egide.model.unit import Laydown, Unit

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Addition:
    """One unit that is bought, or one passive measure that is built."""

    option: str
    """Option it comes from."""
    kind: str
    """`sensor`, `effector` or `passive`."""
    item: str
    """Catalogue id."""
    unit: str
    """Id of the new unit; empty for a measure."""
    site: str
    """Site it stands on; empty for a measure."""
    asset: str
    """Asset a measure is built at; empty for a unit."""
    asset_kind: str
    """Kind of that asset."""
    region: str
    bearing_deg: float
    """Middle of its sector, clockwise from true north [deg]; 0 for a measure."""
    cost_eur: float
    cost_low_eur: float
    cost_high_eur: float
    ready: str
    """Day it is in service, ISO 8601."""
    partner: str
    """Who offers it or would pay; empty when not stated."""
    lawful_operator: str
    """Who may lawfully operate it."""
    requirements: tuple[str, ...]
    """Requirements that fail for more assets without it."""
    layers_low: float
    """Layers a measure stands for at worst, which is what counted [1]; 1 for an effector, 0 for a sensor."""
    layers_high: float
    """The same at best [1]."""
    marginal_value: float
    """Value that goes when this addition alone is left out [1]."""


@dataclass(frozen=True)
class NeedLine:
    """So many of an option for a requirement: what a partner could be asked for."""

    requirement: str
    """First in order of priority that the additions serve; empty where they serve none alone."""
    option: str
    item: str
    """Catalogue id."""
    quantity: int
    partner: str
    """Who offers it or would pay; empty when not stated."""
    cost_eur: float
    """Cost of all of them [EUR]."""
    available: str
    """Day they are in service, ISO 8601."""


@dataclass(frozen=True)
class RequirementNeed:
    """One requirement: how far it is met, and what that costs."""

    id: str
    priority: int
    threat_class: str
    assets: int
    """Assets it speaks of."""
    needed: int
    """How many of them must meet it."""
    met_before: int
    """How many meet it as things stand."""
    met: int
    """How many meet it with the additions."""
    met_by_measures: int
    """How many of those only because passive measures stand for layers."""
    short: int
    """How many more would be needed."""
    least_short: int
    """No choice of the options leaves it fewer short, even if all served it alone (proven)."""
    cost_eur: float
    """What meeting it adds to the cost of those before it [EUR]."""
    alone_eur: float | None
    """Least cost of leaving it alone as few short as was found [EUR]; None: the time was over before."""
    alone_bound_eur: float
    """Proven lower bound on that [EUR]."""
    ready: str
    """Day from which it holds: the last of its additions is in service; empty when it needs none."""
    unmet: tuple[str, ...]
    """Assets that do not meet it with the additions."""
    unmet_regions: tuple[str, ...]
    """Their regions."""


@dataclass(frozen=True)
class FrontPoint:
    """The most value that a budget can buy, whatever is met."""

    budget_eur: float
    cost_eur: float
    value: float
    """Value with what it buys [1]."""
    bound: float
    """No choice within the budget has a greater value [1]."""
    gap: float
    """(bound - value) / value [1]."""
    bought: tuple[str, ...]
    """Options bought, with repeats."""


@dataclass(frozen=True)
class NotBought:
    """What one more of an option would add where it adds most."""

    option: str
    kind: str
    item: str
    site: str
    """Where it would stand; empty for a measure."""
    asset: str
    """Asset a measure would be built at; empty for a unit."""
    asset_kind: str
    region: str
    cost_eur: float
    value_added: float
    """What it adds to the value [1]."""
    value_per_million_eur: float
    """The same for each million of euros [1]; infinite where it costs nothing."""
    lawful_operator: str


@dataclass(frozen=True)
class GuidelineChange:
    """One of the six employment guidelines, before and with the additions."""

    name: str
    before: float
    after: float
    unit: str
    definition: str


@dataclass(frozen=True)
class Needs:
    """The cheapest additions that meet the requirements in order of priority, with proof.

    Coverage and warning are geometric; passive measures count for the layers they stand for at the worst end
    of their stated effect. Nothing here says that an asset is protected.
    """

    laydown: Laydown
    """What stood, and the units added."""
    units: tuple[Unit, ...]
    """Units added, as the scenario would list them."""
    additions: tuple[Addition, ...]
    needs: tuple[NeedLine, ...]
    """The additions counted by option and requirement, each once."""
    requirements: tuple[RequirementNeed, ...]
    """In order of priority."""
    cost_eur: float
    """Cost of the additions [EUR]."""
    cost_low_eur: float
    cost_high_eur: float
    bound_eur: float
    """No choice that leaves no requirement worse costs less [EUR]."""
    gap: float
    """(cost - bound) / cost [1]."""
    status: str
    """`optimal`: all is met at least cost; `infeasible`: something cannot be met, and what can be is met at
    least cost; `iteration_limit` or `time_limit`: the proof was cut short."""
    value_before: float
    value: float
    """Value of what stands with the additions, requirements halving in weight with each priority [1]."""
    front: tuple[FrontPoint, ...]
    """Cost against value, by rising budget."""
    not_bought: tuple[NotBought, ...]
    """What one more of each option would add, most for its cost first."""
    guidelines: tuple[GuidelineChange, ...]
    base_laydown: str
    """Name of the laydown that was added to."""
    budget_eur: float | None
    by: str
    """Only options in service by this day counted, ISO 8601; empty: all."""
    options: int
    """Options there were to choose from."""
    columns: int
    """Ways to place a unit."""
    notional: bool
    by_region: bool
    """Sites and assets are shown by region and kind only."""
    seed: int
    scenario_hash: str
    seconds: float

    def requirement(self, requirement_id: str) -> RequirementNeed:
        """Requirement by id; KeyError for another."""
        for row in self.requirements:
            if row.id == requirement_id:
                return row
        raise KeyError(requirement_id)

    def to_frame(self) -> pd.DataFrame:
        """One line an addition; by region and kind where the scenario reports so.

        Returns
        -------
        pandas.DataFrame
            Index `number` from 1, columns as the fields of `Addition`.
        """
        import pandas as pd

        columns = [name for name in Addition.__dataclass_fields__ if name not in self._hidden]
        rows = [self._line(asdict(one)) for one in self.additions]
        frame = pd.DataFrame(rows, columns=columns)
        frame["requirements"] = ["; ".join(one) for one in frame["requirements"]]
        frame.index = pd.RangeIndex(1, len(frame) + 1, name="number")
        return frame

    def requirement_frame(self) -> pd.DataFrame:
        """One line a requirement, in order of priority."""
        import pandas as pd

        frame = pd.DataFrame([self._line(asdict(one)) for one in self.requirements]).set_index("id")
        for name in ("unmet", "unmet_regions"):
            if name in frame:
                frame[name] = ["; ".join(dict.fromkeys(one)) for one in frame[name]]
        return frame

    def front_frame(self) -> pd.DataFrame:
        """Cost against value, one line a budget."""
        import pandas as pd

        frame = pd.DataFrame([asdict(one) for one in self.front])
        frame["bought"] = [counted(one) for one in frame["bought"]]
        return frame.set_index("budget_eur")

    def to_json(self) -> dict[str, Any]:
        """Everything but the seconds, as plain data; by region and kind where the scenario reports so."""
        content = asdict(self)
        del content["seconds"]
        if self.by_region:
            del content["laydown"], content["units"]
        else:
            content["laydown"] = self.laydown.model_dump(mode="json")
            content["units"] = [unit.model_dump(mode="json") for unit in self.units]
        for name in ("additions", "requirements", "not_bought"):
            content[name] = [self._line(line) for line in content[name]]
        for line in content["not_bought"]:
            if line["value_per_million_eur"] == float("inf"):
                line["value_per_million_eur"] = None
        return content

    @property
    def _hidden(self) -> tuple[str, ...]:
        return ("unit", "site", "asset", "unmet") if self.by_region else ()

    def _line(self, line: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in line.items() if name not in self._hidden}

    def words(self) -> list[str]:
        """The answer in sentences."""
        limit = "no budget stated" if self.budget_eur is None else f"of {money(self.budget_eur)}"
        said = [
            f"additions to {self.base_laydown}: {len(self.additions)} for {money(self.cost_eur)} "
            f"({money(self.cost_low_eur)} to {money(self.cost_high_eur)}), {limit}; "
            f"nothing cheaper does as much: bound {money(self.bound_eur)}, gap {100 * self.gap:.2f} %"
        ]
        said += [_requirement_words(row) for row in self.requirements]
        said += [
            f"add {one.item} {self._where(one)}: {money(one.cost_eur)}, in service {one.ready}, "
            f"operated by {one.lawful_operator}; for {', '.join(one.requirements) or 'value alone'}"
            for one in self.additions
        ]
        if self.not_bought:
            first = self.not_bought[0]
            said.append(
                f"first thing not bought: {first.item} {self._where(first)} for {money(first.cost_eur)} "
                f"would add {100 * first.value_added:.2f} points of value (of 100)"
            )
        return said

    def _where(self, one: Addition | NotBought) -> str:
        region = one.region or "the area"
        if one.asset:
            return f"at {one.asset_kind} in {region}" if self.by_region else f"at {one.asset}"
        return f"in {region}" if self.by_region else f"on {one.site}"


def _requirement_words(row: RequirementNeed) -> str:
    said = (
        f"{row.id} (priority {row.priority}): met by {row.met_before} -> {row.met} assets, "
        f"asked of {row.needed}"
    )
    if row.met_by_measures:
        said += f", {row.met_by_measures} by passive measures"
    if row.short:
        said += f"; {row.short} short, and no choice of the options leaves fewer than {row.least_short} short"
    if row.cost_eur > 0.0:
        alone = "not known" if row.alone_eur is None else money(row.alone_eur)
        said += f"; adds {money(row.cost_eur)}, alone {alone}, holds from {row.ready}"
    return said


def money(eur: float) -> str:
    """An amount for people: millions, or thousands below one."""
    if eur >= 1e6 or eur == 0.0:
        return f"EUR {eur / 1e6:,.1f} M"
    return f"EUR {eur / 1e3:,.0f} k"


def counted(names: Iterable[str]) -> str:
    """Names with how often each stands there: `2 x a, b`."""
    return ", ".join(f"{n} x {name}" if n > 1 else name for name, n in Counter(names).items())
