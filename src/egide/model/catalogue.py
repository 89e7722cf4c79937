"""The catalogue: every type a scenario may name, with the sources of every number.

Job: the closed world of types; lookups that help, an audit that lists what lacks a source.
Takes: nouns.
Gives: a frozen `Catalogue`, or every problem at once.
Never: opens a file, or states a kill probability of a named system.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self, TypeVar

from pydantic import model_validator

from egide.errors import InputError, Problem
from egide.model.catalogue_types import (
    C2System,
    EffectorType,
    InterceptorType,
    KillProbability,
    PassiveMeasure,
    SensorType,
    ThreatClass,
    ThreatType,
)
from egide.model.figure import Figure, Source
from egide.model.noun import Noun

Kind = Literal["sensor", "interceptor", "effector", "threat", "c2_system", "passive_measure"]
"""Kind of thing that a row of the catalogue describes."""

NOUNS: Final[dict[str, type[Noun]]] = {
    "sources": Source,
    "sensors": SensorType,
    "interceptors": InterceptorType,
    "effectors": EffectorType,
    "threats": ThreatType,
    "c2_systems": C2System,
    "kill_probabilities": KillProbability,
    "passive_measures": PassiveMeasure,
}
"""Tables of a catalogue file and the noun of their records."""

_KINDS: Final[dict[str, Kind]] = {
    "sensors": "sensor",
    "interceptors": "interceptor",
    "effectors": "effector",
    "threats": "threat",
    "c2_systems": "c2_system",
    "passive_measures": "passive_measure",
}

CatalogueItem = SensorType | InterceptorType | EffectorType | ThreatType | C2System | PassiveMeasure
"""Anything in the catalogue that has a label and a name."""

_Noun = TypeVar(
    "_Noun", SensorType, InterceptorType, EffectorType, ThreatType, C2System, PassiveMeasure, Source
)


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One line of `egide catalogue list`."""

    id: str
    """Label."""
    name: str
    """Name as people know it."""
    kind: Kind
    """sensor, interceptor, effector, threat, c2_system or passive_measure."""
    maker: str
    """Maker, or "various"."""
    type: str
    """SAPIENT type, threat class or kind of measure; empty for rounds and command systems."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One number of the catalogue and where it stands."""

    table: str
    """Table, such as `sensors`."""
    id: str
    """Label of the record; `class/class` for a kill probability."""
    field: str
    """Field, such as `instrumented_range_m` or `footprints[0].radius_m`."""
    figure: Figure
    """The number."""


class Catalogue(Noun):
    """Every type that a scenario may name.

    Raises
    ------
    InputError
        When labels repeat, a reference leads nowhere, or an effector may be assigned to a threat class for
        which its class has no kill probability. All such problems are shown together.
    """

    sources: tuple[Source, ...] = ()
    """Public pages that figures cite."""
    sensors: tuple[SensorType, ...] = ()
    """Types of sensor."""
    interceptors: tuple[InterceptorType, ...] = ()
    """Types of round."""
    effectors: tuple[EffectorType, ...] = ()
    """Types of fire unit."""
    threats: tuple[ThreatType, ...] = ()
    """Types of threat."""
    c2_systems: tuple[C2System, ...] = ()
    """Command and control systems."""
    kill_probabilities: tuple[KillProbability, ...] = ()
    """Assumed kill probabilities by class of effector and class of threat."""
    passive_measures: tuple[PassiveMeasure, ...] = ()
    """Measures of passive defence."""

    @model_validator(mode="after")
    def _closed(self) -> Self:
        problems = [
            Problem("catalogue", f"{table}[{key!r}].{field}" if field else f"{table}[{key!r}]", value, remedy)
            for table, key, field, value, remedy in cross_problems(self)
        ]
        if problems:
            raise InputError(problems)
        return self

    def sensor(self, id: str) -> SensorType:
        """Sensor type with the label `id`; raises `InputError` with the closest labels."""
        return _lookup("sensors", self.sensors, id)

    def interceptor(self, id: str) -> InterceptorType:
        """Interceptor type with the label `id`; raises `InputError` with the closest labels."""
        return _lookup("interceptors", self.interceptors, id)

    def effector(self, id: str) -> EffectorType:
        """Effector type with the label `id`; raises `InputError` with the closest labels."""
        return _lookup("effectors", self.effectors, id)

    def threat(self, id: str) -> ThreatType:
        """Threat type with the label `id`; raises `InputError` with the closest labels."""
        return _lookup("threats", self.threats, id)

    def c2_system(self, id: str) -> C2System:
        """Command system with the label `id`; raises `InputError` with the closest labels."""
        return _lookup("c2_systems", self.c2_systems, id)

    def passive_measure(self, id: str) -> PassiveMeasure:
        """Passive measure with the label `id`; raises `InputError` with the closest labels."""
        return _lookup("passive_measures", self.passive_measures, id)

    def source(self, id: str) -> Source:
        """Source with the label `id`; raises `InputError` with the closest labels."""
        return _lookup("sources", self.sources, id)

    def find(self, id: str) -> CatalogueItem:
        """Anything with the label `id`, whatever its kind; raises `InputError` with the closest labels."""
        items = tuple(item for _, item in self.items())
        for item in items:
            if item.id == id:
                return item
        raise _unknown("catalogue", id, [item.id for item in items])

    def pk_fraction(self, effector_class: str, threat_class: ThreatClass | str) -> Figure:
        """Assumed kill probability of one round [1] of a class of effectors against a class of threats.

        Raises
        ------
        InputError
            When the catalogue has no such pair.
        """
        for entry in self.kill_probabilities:
            if entry.effector_class == effector_class and entry.threat_class == threat_class:
                return entry.pk_fraction
        known = [f"{entry.effector_class}/{entry.threat_class}" for entry in self.kill_probabilities]
        raise _unknown("kill_probabilities", f"{effector_class}/{threat_class}", known)

    def rows(self) -> tuple[CatalogueRow, ...]:
        """One row for each thing with a label, in the order of the tables, for lists."""
        return tuple(
            CatalogueRow(item.id, item.name, _KINDS[table], _maker(item), _type(item))
            for table, item in self.items()
        )

    def figures(self) -> tuple[FigureRow, ...]:
        """Every number of the catalogue with the place where it stands."""
        return tuple(_all_figures(self))

    def items(self) -> Iterator[tuple[str, CatalogueItem]]:
        """Everything that has a label and a name, with the table it stands in, in the order of the tables."""
        for table in _KINDS:
            for item in getattr(self, table):
                yield table, item


def _lookup(table: str, items: Sequence[_Noun], id: str) -> _Noun:
    for item in items:
        if item.id == id:
            return item
    raise _unknown(table, id, [item.id for item in items])


def _unknown(table: str, id: str, known: Sequence[str]) -> InputError:
    return InputError.one("catalogue", table, id, f"is not in the catalogue; {_closest(id, known)}")


def _closest(id: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(id, known, n=3, cutoff=0.5)
    if close:
        return f"closest: {', '.join(close)}"
    return "`egide catalogue list` shows what there is"


def _maker(item: CatalogueItem) -> str:
    return "various" if isinstance(item, PassiveMeasure) else item.maker


def _type(item: CatalogueItem) -> str:
    if isinstance(item, ThreatType):
        return item.threat_class.value
    if isinstance(item, SensorType | EffectorType | PassiveMeasure):
        return item.kind.value
    return ""


def _all_figures(catalogue: Catalogue) -> Iterator[FigureRow]:
    for table in NOUNS:
        for item in getattr(catalogue, table):
            key = _key(item)
            for field in type(item).model_fields:
                value = getattr(item, field)
                if isinstance(value, Figure):
                    yield FigureRow(table, key, field, value)
                elif field == "footprints":
                    for index, footprint in enumerate(value):
                        yield FigureRow(table, key, f"footprints[{index}].radius_m", footprint.radius_m)


def _key(item: Any) -> str:
    if isinstance(item, KillProbability):
        return f"{item.effector_class}/{item.threat_class}"
    return str(item.id)


_Cross = tuple[str, str, str, object, str]
"""Table, key, field, value and remedy of a problem that two records make together."""


def cross_problems(catalogue: Catalogue) -> list[_Cross]:
    """Problems that only two records together make: repeated labels, dangling references, missing pairs."""
    return [*_repeated(catalogue), *_dangling(catalogue), *_without_pk(catalogue)]


def _repeated(catalogue: Catalogue) -> Iterator[_Cross]:
    # One name space for everything that can be shown, so that `egide catalogue show ID` is unambiguous.
    seen: dict[str, str] = {}
    for table, item in catalogue.items():
        if item.id in seen:
            yield table, item.id, "id", item.id, f"is already a label in {seen[item.id]}: give it its own"
        seen[item.id] = table
    for table in ("sources", "kill_probabilities"):
        keys = [_key(item) for item in getattr(catalogue, table)]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield table, key, "", key, "is entered twice: keep one"


def _dangling(catalogue: Catalogue) -> Iterator[_Cross]:
    interceptors = [item.id for item in catalogue.interceptors]
    sensors = [item.id for item in catalogue.sensors]
    for effector in catalogue.effectors:
        for field, label, known in (
            ("interceptor", effector.interceptor, interceptors),
            ("sensor", effector.sensor, sensors),
        ):
            if label is not None and label not in known:
                yield (
                    "effectors",
                    effector.id,
                    field,
                    label,
                    f"is not in the catalogue; {_closest(label, known)}",
                )


def _without_pk(catalogue: Catalogue) -> Iterator[_Cross]:
    known = {(entry.effector_class, entry.threat_class) for entry in catalogue.kill_probabilities}
    for effector in catalogue.effectors:
        if effector.soft_kill_per_s is not None:
            continue  # A jammer suppresses at a rate of its own; it has no rounds to count.
        for threat_class in effector.engages:
            if (effector.effector_class, threat_class) not in known:
                pair = f"{effector.effector_class}/{threat_class.value}"
                yield (
                    "effectors",
                    effector.id,
                    "engages",
                    pair,
                    "has no kill probability: add the pair to kill_probabilities or take the class out",
                )
