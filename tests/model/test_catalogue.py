"""The catalogue: figures with sources, closed-world checks, lookups and the audit."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from egide.errors import InputError
from egide.io.catalogue_files import read_catalogue
from egide.model.catalogue import NOUNS, Catalogue
from egide.model.catalogue_audit import audit
from egide.model.catalogue_records import Record, catalogue_from_records
from egide.model.catalogue_types import (
    BALLISTIC,
    EffectorKind,
    EffectorType,
    SensorKind,
    SensorType,
    ThreatClass,
)
from egide.model.figure import Confidence, Figure
from egide.units import UNIT_SUFFIXES

MAKERS = (
    "Lockheed Martin",
    "Raytheon (RTX)",
    "Northrop Grumman",
    "Thales",
    "MBDA",
    "Saab",
    "BAE Systems",
    "Rheinmetall",
    "L3Harris Technologies",
    "Airbus Defence and Space",
)


@cache
def packaged() -> Catalogue:
    return read_catalogue()


def assumed(value: float, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "note": "for the test"}


SOURCE = {
    "id": "page",
    "title": "A page",
    "publisher": "A press",
    "date": "2025-01-01",
    "url": "https://example.org/page",
    "accessed": "2026-01-01",
}
RADAR = {
    "id": "radar",
    "name": "A radar",
    "maker": "A maker",
    "kind": "RADAR",
    "detects": ["one_way_drone", "ballistic_missile"],
    "fire_control": True,
    "instrumented_range_m": {"value": 100_000, "source": "page", "confidence": "published"},
    "reference_range_m": assumed(60_000),
    "reference_rcs_m2": assumed(1),
    "reference_pd_fraction": assumed(0.8),
    "antenna_height_agl_m": assumed(8),
    "azimuth_sector_deg": assumed(360),
    "elevation_min_deg": assumed(-1),
    "elevation_max_deg": assumed(60),
    "scan_period_s": assumed(2),
    "min_radial_speed_mps": assumed(10),
    "pd_fraction": assumed(0.9),
    "false_alarms_per_day": assumed(1),
    "availability_fraction": assumed(0.9),
}
ROUND = {"id": "round", "name": "A round", "maker": "A maker", "speed_mps": assumed(700)}
LAUNCHER = {
    "id": "launcher",
    "name": "A launcher",
    "maker": "A maker",
    "kind": "KINETIC",
    "layer": "SHORAD",
    "effector_class": "missile",
    "interceptor": "round",
    "sensor": "radar",
    "engages": ["one_way_drone", "ballistic_missile"],
    "min_range_m": assumed(500),
    "max_range_m": assumed(20_000),
    "min_height_agl_m": assumed(20),
    "max_height_amsl_m": assumed(10_000),
    "azimuth_sector_deg": assumed(360),
    "channels": assumed(2),
    "ready_rounds": assumed(8),
    "reload_s": assumed(600),
    "reaction_s": assumed(6),
    "assess_s": assumed(5),
    "availability_fraction": assumed(0.9),
    "lawful_operator": "armed forces",
}
PK = [
    {"effector_class": "missile", "threat_class": name, "pk_fraction": assumed(0.6, 0.3, 0.8)}
    for name in ("one_way_drone", "ballistic_missile")
]


def small(**tables: list[dict[str, Any]]) -> Catalogue:
    """A catalogue of one radar, one launcher and one round, with tables replaced."""
    content = {
        "sources": [SOURCE],
        "sensors": [RADAR],
        "interceptors": [ROUND],
        "effectors": [LAUNCHER],
        "kill_probabilities": PK,
        **tables,
    }
    return catalogue_from_records(
        Record("test.toml", table, index, record)
        for table, records in content.items()
        for index, record in enumerate(records)
    )


def problems(**tables: list[dict[str, Any]]) -> list[str]:
    with pytest.raises(InputError) as caught:
        small(**tables)
    return [str(problem) for problem in caught.value.problems]


finite = st.floats(-1e9, 1e9)


@given(finite, finite, finite)
def test_a_figure_stands_exactly_when_its_value_lies_in_its_band(
    low: float, value: float, high: float
) -> None:
    if low <= value <= high:
        assert Figure(value=value, low=low, high=high).band == (low, high)
    else:
        with pytest.raises(ValidationError, match="band"):
            Figure(value=value, low=low, high=high)


@given(finite)
def test_a_bare_number_is_an_assumed_figure_without_a_reason(value: float) -> None:
    figure = Figure.model_validate(value)
    assert figure == Figure(value=value)
    assert figure.confidence is Confidence.ASSUMED
    assert figure.band == (value, value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "12 km", {"value": True}, None])
def test_what_is_no_finite_number_is_refused_as_a_figure(value: object) -> None:
    with pytest.raises(ValidationError):
        Figure.model_validate(value)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("instrumented_range_m", -5.0, "above zero"),
        ("instrumented_range_m", 0.0, "above zero"),
        ("scan_period_s", math.nan, "finite"),
        ("pd_fraction", 90.0, "between 0 and 1"),
        ("availability_fraction", {"value": 0.9, "high": 1.2}, "between 0 and 1"),
        ("min_radial_speed_mps", -1.0, "negative"),
        ("azimuth_sector_deg", 400.0, "at most 360"),
        ("elevation_max_deg", 120.0, "between -90 and 90"),
        ("elevation_max_deg", -30.0, "below elevation_max_deg"),
        ("reference_rcs_m2", None, "all three or none"),
        ("range_km", 100.0, "SI"),
        ("kind", "SONAR", "RADAR"),
        ("maker", "  ", "at least 1"),
        ("id", "Big Radar", "lower-case"),
    ],
)
def test_a_wrong_value_of_a_sensor_is_named_with_its_field_and_a_remedy(
    field: str, value: object, words: str
) -> None:
    (problem,) = problems(sensors=[{**RADAR, field: value}])
    assert problem.startswith("test.toml: sensors[0]")
    assert words in problem
    with pytest.raises(ValidationError):
        SensorType.model_validate({**RADAR, field: value})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"min_range_m": 30_000}, "min_range_m must be below max_range_m"),
        ({"min_height_agl_m": 20_000}, "min_height_agl_m must be below"),
        ({"channels": 0}, "at least 1"),
        ({"channels": 1.5}, "whole number"),
        ({"ready_rounds": 0}, "ready round"),
        ({"interceptor": None}, "interceptor"),
        ({"soft_kill_per_s": 0.1}, "jammers"),
        ({"kind": "JAMMER"}, "jammer needs it"),
        ({"engages": ["one_way_drone", "one_way_drone"]}, "twice"),
        ({"footprints": [{"threat_class": "one_way_drone", "radius_m": 5_000}]}, "only"),
        ({"footprints": [{"threat_class": "aeroballistic_missile", "radius_m": 5_000}]}, "in engages"),
        (
            {"footprints": [{"threat_class": "ballistic_missile", "radius_m": 5_000}] * 2},
            "one for each class",
        ),
    ],
)
def test_an_effector_that_contradicts_itself_is_refused(changes: dict[str, Any], words: str) -> None:
    (problem,) = problems(effectors=[{**LAUNCHER, **changes}])
    assert words in problem


def test_a_ballistic_class_without_a_footprint_has_none() -> None:
    entered = {**LAUNCHER, "footprints": [{"threat_class": "ballistic_missile", "radius_m": 9_000}]}
    footprint = EffectorType.model_validate(entered).footprint(ThreatClass.BALLISTIC_MISSILE)
    assert footprint is not None
    assert footprint.value == 9_000
    assert EffectorType.model_validate(LAUNCHER).footprint(ThreatClass.BALLISTIC_MISSILE) is None


def test_every_problem_of_every_record_is_shown_at_once() -> None:
    found = problems(
        sensors=[{**RADAR, "scan_period_s": -1, "colour": "green"}],
        interceptors=[{"id": "round", "name": "A round", "maker": "A maker"}],
    )
    assert len(found) == 3
    assert any("sensors[0].scan_period_s" in text for text in found)
    assert any("sensors[0].colour" in text for text in found)
    assert any("interceptors[0].speed_mps" in text and "missing" in text for text in found)


def test_what_two_records_make_wrong_together_is_shown_at_once() -> None:
    found = problems(
        effectors=[{**LAUNCHER, "interceptor": "rund", "sensor": "sonar"}],
        kill_probabilities=PK[:1],
        interceptors=[ROUND, {**ROUND, "id": "radar"}],
    )
    assert len(found) == 4
    assert any("rund" in text and "closest: round" in text for text in found)
    assert any("sonar" in text for text in found)
    assert any("missile/ballistic_missile" in text and "kill probability" in text for text in found)
    assert any("interceptors[1].id" in text and "already a label in sensors" in text for text in found)
    with pytest.raises(InputError, match="no kill probability"):
        Catalogue.model_validate({**small().model_dump(), "kill_probabilities": ()})


def test_a_repeated_label_and_an_unknown_table_are_refused() -> None:
    found = problems(interceptors=[ROUND, ROUND], sensor=[RADAR])
    assert any("interceptors[1]" in text and "repeats interceptors[0]" in text for text in found)
    assert any("did you mean 'sensors'" in text for text in found)


def test_a_later_file_overrides_the_fields_it_states_and_no_other() -> None:
    mine = Record("mine.toml", "sensors", 0, {"id": "radar", "scan_period_s": assumed(4)})
    theirs = [
        Record("test.toml", table, index, record)
        for table, records in (("sources", [SOURCE]), ("sensors", [RADAR]))
        for index, record in enumerate(records)
    ]
    sensor = catalogue_from_records([*theirs, mine]).sensor("radar")
    assert sensor.scan_period_s.value == 4
    assert sensor.model_copy(
        update={"scan_period_s": Figure(**RADAR["scan_period_s"])}
    ) == SensorType.model_validate(RADAR)


def test_a_lookup_that_fails_says_what_comes_closest() -> None:
    catalogue = packaged()
    assert catalogue.sensor("gm200").name == "Ground Master 200"
    assert catalogue.find("gm200") == catalogue.sensor("gm200")
    for look in (catalogue.sensor, catalogue.find):
        with pytest.raises(InputError, match="closest: gm200"):
            look("gm20")
    with pytest.raises(InputError, match="egide catalogue list"):
        catalogue.threat("zzzzzzzz")
    with pytest.raises(InputError, match="gun_light/one_way_drone"):
        catalogue.pk_fraction("gun_ligt", "one_way_drone")
    assert catalogue.source("page-of-nobody".replace("page-of-nobody", catalogue.sources[0].id)).url


def test_each_lookup_finds_everything_that_the_rows_list() -> None:
    catalogue = packaged()
    for row in catalogue.rows():
        item = getattr(catalogue, row.kind)(row.id)
        assert (item.id, item.name) == (row.id, row.name)
        assert row.maker


def test_the_figures_listed_are_all_the_figures_there_are() -> None:
    def count(value: object) -> int:
        if isinstance(value, dict):
            return int("confidence" in value) + sum(count(item) for item in value.values())
        if isinstance(value, list | tuple):
            return sum(count(item) for item in value)
        return 0

    catalogue = packaged()
    assert len(catalogue.figures()) == count(catalogue.model_dump())
    places = [(row.table, row.id, row.field) for row in catalogue.figures()]
    assert len(set(places)) == len(places)


def test_a_clean_catalogue_has_no_findings() -> None:
    assert audit(small()) == ()


@pytest.mark.parametrize(
    ("table", "changes", "words"),
    [
        ("sensors", {"scan_period_s": 2}, "without a reason"),
        ("sensors", {"scan_period_s": {"value": 2, "confidence": "published"}}, "without a source"),
        (
            "sensors",
            {"scan_period_s": {"value": 2, "confidence": "published", "source": "hearsay"}},
            "not among the sources",
        ),
        (
            "sensors",
            {"scan_period_s": {"value": 2, "confidence": "derived", "source": "page"}},
            "without saying how",
        ),
        ("sensors", {"scan_period_s": {"value": 2, "source": "page", "note": "a"}}, "assumed but cites"),
        ("sensors", {"scan_period_s": assumed(2, 0.01, 10)}, "too wide"),
        ("interceptors", {"speed_mps": assumed(700_000)}, "check the unit"),
        ("sensors", {"described_by": ["hearsay"]}, "not among the sources"),
        (
            "sensors",
            {"reference_range_m": None, "reference_rcs_m2": None, "reference_pd_fraction": None},
            "stated echo",
        ),
        ("kill_probabilities", {"pk_fraction": assumed(0.6)}, "needs low and high"),
        (
            "kill_probabilities",
            {
                "pk_fraction": {
                    "value": 0.6,
                    "low": 0.3,
                    "high": 0.8,
                    "source": "page",
                    "confidence": "published",
                }
            },
            "must be assumed",
        ),
        ("sources", {"accessed": None}, "day it was read"),
        ("sources", {"url": "somewhere"}, "no web address"),
        ("sources", {"id": "unused"}, "cited by nothing"),
    ],
)
def test_the_audit_finds_what_a_careful_reader_would(table: str, changes: dict[str, Any], words: str) -> None:
    originals = {
        "sources": [SOURCE],
        "sensors": [RADAR],
        "interceptors": [ROUND],
        "kill_probabilities": PK,
    }
    records = originals[table]
    extra = [SOURCE] if "id" in changes else []
    found = audit(small(**{table: [*extra, {**records[0], **changes}, *records[1:]]}))
    assert any(words in finding.message for finding in found)


def test_the_packaged_catalogue_is_clean() -> None:
    assert audit(packaged()) == ()


@pytest.mark.parametrize("maker", MAKERS)
def test_each_maker_that_the_theatre_names_has_two_systems_or_more(maker: str) -> None:
    systems = [row for row in packaged().rows() if row.maker == maker]
    assert len(systems) >= 2
    described = [row for row in systems if packaged().find(row.id).described_by]
    assert described, "at least one of them rests on a page that was read"


def test_the_packaged_catalogue_has_the_kinds_the_theatre_uses() -> None:
    rows = packaged().rows()
    sensors = {row.type for row in rows if row.kind == "sensor"}
    assert sensors >= {"RADAR", "ACOUSTIC", "PASSIVE_RF", "CAMERA", "HUMAN"}
    assert {row.type for row in rows if row.kind == "effector"} >= {"KINETIC", "JAMMER"}
    assert {row.type for row in rows if row.kind == "threat"} == {name.value for name in ThreatClass}
    assert {row.id for row in rows} >= {"mobile-fire-team", "interceptor-drone-team", "shahed-136", "gerbera"}


def test_kill_probabilities_are_assumptions_by_class_and_never_stand_with_a_named_system() -> None:
    catalogue = packaged()
    labels = {row.id for row in catalogue.rows()}
    for entry in catalogue.kill_probabilities:
        assert entry.effector_class not in labels
        assert entry.pk_fraction.confidence is Confidence.ASSUMED
        low, high = entry.pk_fraction.band
        assert low < entry.pk_fraction.value < high
    assert not [field for field in EffectorType.model_fields if field.startswith("pk")]


def test_every_engagement_has_a_kill_probability_and_every_jammer_a_rate() -> None:
    catalogue = packaged()
    for effector in catalogue.effectors:
        if effector.kind is EffectorKind.JAMMER:
            assert effector.soft_kill_per_s is not None
            continue
        for threat_class in effector.engages:
            assert 0 < catalogue.pk_fraction(effector.effector_class, threat_class).value < 1


def test_every_radar_has_a_reference_and_every_footprint_is_ballistic() -> None:
    for sensor in packaged().sensors:
        assert (sensor.kind is SensorKind.RADAR) == (sensor.reference_range_m is not None)
    for effector in packaged().effectors:
        assert {footprint.threat_class for footprint in effector.footprints} <= BALLISTIC


COUNTS = {"channels", "ready_rounds"}


@pytest.mark.parametrize("noun", NOUNS.values())
def test_every_figure_says_its_unit_in_its_name_and_its_help(noun: Any) -> None:
    schema = noun.model_json_schema()
    for name, field in noun.model_fields.items():
        text = field.description
        if name in {"id", "name", "maker", "kind", "note", "title"} or text is None:
            continue
        if "Figure" not in str(schema["properties"][name]) and "Figure" not in str(field.annotation):
            continue
        assert any(name.endswith(f"_{suffix}") for suffix in UNIT_SUFFIXES) or name in COUNTS
        assert text.endswith("]"), f"{noun.__name__}.{name} says no unit"


def test_every_field_of_every_noun_is_documented() -> None:
    for noun in (*NOUNS.values(), Catalogue, Figure):
        for name, field in noun.model_fields.items():
            assert field.description, f"{noun.__name__}.{name}"
