"""The audit of the catalogue: which numbers lack a source, a reason or sense.

Job: list every figure that a careful reader would ask about.
Takes: a `Catalogue`.
Gives: findings, none when the catalogue is clean.
Never: changes a figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from egide.model.catalogue import Catalogue, FigureRow
from egide.model.catalogue_types import SensorKind
from egide.model.figure import Confidence

WIDEST_BAND: Final = 100.0
"""Ratio of high to low above which a band says nothing."""

PLAUSIBLE: Final[dict[str, tuple[float, float]]] = {
    "range_m": (0.0, 3_000_000.0),
    "radius_m": (1_000.0, 300_000.0),
    "agl_m": (0.0, 60_000.0),
    "amsl_m": (0.0, 300_000.0),
    "length_m": (0.05, 100.0),
    "speed_mps": (0.0, 4_000.0),
    "rcs_m2": (1e-4, 100.0),
    "frequency_hz": (1e6, 1e12),
    "eur": (0.0, 3e9),
    "s": (0.0, 86_400.0),
}
"""Limits that a planning figure of an existing system keeps, by the end of the field's name."""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One thing to mend in the catalogue."""

    table: str
    """Table, such as `sensors`."""
    id: str
    """Label of the record."""
    field: str
    """Field, or empty for the record as a whole."""
    message: str
    """What is wrong and what to do."""


def audit(catalogue: Catalogue) -> tuple[AuditFinding, ...]:
    """List what lacks a source, a reason or sense; empty when the catalogue is clean.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    tuple of AuditFinding
        Published or derived figures without a known source; assumed figures that cite one or give no reason;
        implausible values and bands; radars without a reference; kill probabilities that are not assumptions
        with a band; sources without use, date or address.
    """
    return (
        *(finding for row in catalogue.figures() for finding in _of_figure(catalogue, row)),
        *_of_radars(catalogue),
        *_of_kill_probabilities(catalogue),
        *_of_descriptions(catalogue),
        *_of_sources(catalogue),
    )


def _of_figure(catalogue: Catalogue, row: FigureRow) -> Iterator[AuditFinding]:
    figure = row.figure

    def finding(message: str) -> AuditFinding:
        return AuditFinding(row.table, row.id, row.field, message)

    if figure.confidence is Confidence.ASSUMED:
        if figure.source is not None:
            yield finding("is assumed but cites a source: call it derived, or drop the source")
        if not figure.note.strip():
            yield finding("is assumed without a reason: say in the note why this order of magnitude")
    elif figure.source is None:
        yield finding(f"is {figure.confidence} without a source: name one, or call it assumed")
    elif figure.source not in {source.id for source in catalogue.sources}:
        yield finding(f"cites {figure.source!r}, which is not among the sources: add it")
    if figure.confidence is Confidence.DERIVED and not figure.note.strip():
        yield finding("is derived without saying how: put the computation in the note")
    low, high = figure.band
    if low > 0 and high / low > WIDEST_BAND:
        yield finding(
            f"has a band of {low:g} to {high:g}, too wide to plan with: split the type or narrow it"
        )
    for suffix, (least, most) in PLAUSIBLE.items():
        name = row.field.rpartition(".")[2]
        if f"_{name}".endswith(f"_{suffix}") and not (least <= low and high <= most):
            yield finding(f"lies outside {least:g} to {most:g}: check the unit")
            break


def _of_radars(catalogue: Catalogue) -> Iterator[AuditFinding]:
    for sensor in catalogue.sensors:
        if sensor.kind is not SensorKind.RADAR:
            continue
        if sensor.reference_range_m is None:
            yield AuditFinding(
                "sensors",
                sensor.id,
                "reference_range_m",
                "is missing: a radar needs a range for a stated echo",
            )


def _of_kill_probabilities(catalogue: Catalogue) -> Iterator[AuditFinding]:
    for entry in catalogue.kill_probabilities:
        key = f"{entry.effector_class}/{entry.threat_class}"
        figure = entry.pk_fraction
        if figure.confidence is not Confidence.ASSUMED:
            yield AuditFinding(
                "kill_probabilities",
                key,
                "pk_fraction",
                "must be assumed: no public source supports it as fact",
            )
        if figure.low is None or figure.high is None:
            yield AuditFinding(
                "kill_probabilities", key, "pk_fraction", "needs low and high: it is an assumption"
            )


def _of_descriptions(catalogue: Catalogue) -> Iterator[AuditFinding]:
    known = {source.id for source in catalogue.sources}
    for table, item in catalogue.items():
        for label in item.described_by:
            if label not in known:
                yield AuditFinding(
                    table, item.id, "described_by", f"cites {label!r}, which is not among the sources: add it"
                )


def _of_sources(catalogue: Catalogue) -> Iterator[AuditFinding]:
    cited = {row.figure.source for row in catalogue.figures()}
    cited |= {label for _, item in catalogue.items() for label in item.described_by}
    for source in catalogue.sources:
        if not source.url.startswith(("https://", "http://")):
            yield AuditFinding("sources", source.id, "url", "is no web address: enter where it is found")
        if source.accessed is None:
            yield AuditFinding("sources", source.id, "accessed", "is missing: enter the day it was read")
        if source.id not in cited:
            yield AuditFinding("sources", source.id, "", "is cited by nothing: remove it or cite it")
