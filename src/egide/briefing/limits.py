"""Assumptions, sources and limits: what the figures rest on and what they do not say."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass

from egide._version import __version__
from egide.briefing.case import Case
from egide.briefing.document import Block, Bullets, Heading, Table, Text
from egide.briefing.phrases import read_resource
from egide.model.figure import Confidence, Figure

CLAIMS = (
    "share",
    "pk",
    "saturation",
    "optimal",
    "interval",
    "aim",
    "positions",
    "weights",
    "ballistic",
    "people",
)
"""What must not be read into the brief, in order."""


@dataclass(frozen=True, slots=True)
class _Assumption:
    key: str
    value: str


def limits(case: Case) -> list[Block]:
    """Blocks of the section."""
    p = case.phrases
    return [
        Heading(p.say("limits.title")),
        Heading(p.say("limits.claims"), 2),
        Bullets(tuple(p.say(f"claim.{key}") for key in CLAIMS)),
        Heading(p.say("limits.assumptions"), 2),
        _assumption_table(case),
        Heading(p.say("limits.sources"), 2),
        *_catalogue(case),
        Bullets(tuple(_sources(case))),
        Heading(p.say("limits.provenance"), 2),
        _provenance_table(case),
        Text(" ".join([p.say("licence.intro"), *_licences(case)]), "note"),
        *_pledge_sources(case),
    ]


def _assumption_table(case: Case) -> Table:
    p = case.phrases
    return Table(
        caption=p.say("assumption.table"),
        head=(p.say("assumption.what"), p.say("assumption.value")),
        rows=tuple((p.say(f"assumption.{one.key}"), one.value) for one in _assumptions(case)),
        align="ll",
        widths=(2.2, 5.0),
    )


def _assumptions(case: Case) -> list[_Assumption]:
    p, scenario = case.phrases, case.scenario
    command, terrain, wishes = scenario.command, scenario.terrain, scenario.siting
    found = [
        _Assumption(
            "terrain", p.say("assumption.terrain_value", cell=p.height(terrain.cell_m), error=p.measured(terrain.error_m),
                             surface=p.say(f"surface.{case.today.surface}"), k=p.number(scenario.k_factor, 2)),
        ),
        _Assumption("threat", case.threat(case.today.reference_threat)),
        _Assumption(
            "command", p.say("assumption.command_value", identify=p.minutes(command.identify_s),
                             decide=p.minutes(command.decide_s), doctrine=command.doctrine,
                             network=p.say(f"network.{command.integration}")
                             if f"network.{command.integration}" in p.table else command.integration),
        ),
        _Assumption(
            "identity", p.say("assumption.identity_value", decoy=p.percent(command.decoy_recognised_fraction),
                              mistaken=p.percent(command.threat_mistaken_fraction)),
        ),
        _Assumption(
            "night", p.say("assumption.night_value", share=p.percent(command.common_cause_fraction),
                           left=p.percent(command.bad_night_pd_fraction),
                           concentration=p.measured(command.night_concentration)),
        ),
        _Assumption(
            "siting", p.say("assumption.siting_value", people=p.percent(wishes.people_share),
                            raid=p.percent(wishes.raid_share), ballistic=p.percent(wishes.ballistic_value),
                            second=p.percent(wishes.second_layer_value), height=p.height(case.design.height_agl_m)),
        ),
    ]  # fmt: skip
    tempo = scenario.tempo
    if tempo is not None:
        found.append(
            _Assumption(
                "tempo", p.say("assumption.tempo_value", raids=p.measured(tempo.raids_per_week),
                               low=p.percent(tempo.size_low_fraction), middle=p.percent(tempo.size_median_fraction),
                               high=p.percent(tempo.size_high_fraction)),
            )
        )  # fmt: skip
    return found


def _catalogue(case: Case) -> list[Block]:
    p, catalogue = case.phrases, case.scenario.catalogue
    counts = Counter(row.figure.confidence for row in catalogue.figures())
    said = p.say(
        "catalogue.counts", total=p.number(sum(counts.values())), sources=p.number(len(catalogue.sources)),
        published=p.number(counts[Confidence.PUBLISHED]), derived=p.number(counts[Confidence.DERIVED]),
        assumed=p.number(counts[Confidence.ASSUMED]),
    )  # fmt: skip
    return [Text(said), _kill_table(case)]


def _kill_table(case: Case) -> Table:
    """Kill probabilities of the classes that the units and the raid bring together, with their bands."""
    p, scenario = case.phrases, case.scenario
    used = {
        scenario.catalogue.effector(unit.effector).effector_class for unit in scenario.units if unit.effector
    }
    threats = tuple(dict.fromkeys(scenario.catalogue.threat(name).threat_class for name in case.raids.types))
    known = {
        (entry.effector_class, entry.threat_class): entry.pk_fraction
        for entry in scenario.catalogue.kill_probabilities
    }
    rows = []
    for name in dict.fromkeys(entry.effector_class for entry in scenario.catalogue.kill_probabilities):
        figures = [known.get((name, threat)) for threat in threats]
        if name in used and any(figures):
            rows.append((p.text(name.replace("_", " ")), *(_with_band(case, figure) for figure in figures)))
    return Table(
        caption=p.say("kill.table"),
        head=(p.say("kill.effector"), *(p.say(f"threat_class.{threat.value}") for threat in threats)),
        rows=tuple(rows),
        align="l" + "r" * len(threats),
        widths=(2.0, *(1.6 for _ in threats)),
        note=p.say("kill.note"),
    )


def _with_band(case: Case, figure: Figure | None) -> str:
    if figure is None:
        return "\u2013"
    low, high = (case.phrases.number(end, 2) for end in figure.band)
    return f"{case.phrases.number(figure.value, 2)} ({low}\u2013{high})"


def _sources(case: Case) -> list[str]:
    p, scenario = case.phrases, case.scenario
    raid = scenario.raid(case.raids.raid)
    found = [p.say("source.raid", source=p.text(raid.source) or p.say("source.unstated"))]
    if scenario.notional:
        found.append(p.say("source.notional"))
    return found


def _pledge_sources(case: Case) -> list[Block]:
    """Where the promises that rest on something published are published."""
    p = case.phrases
    rows = tuple(
        (
            case.partner(pledge.partner),
            case.item(pledge.item),
            p.say(f"confidence.{pledge.confidence}"),
            pledge.source,
        )
        for pledge in case.scenario.pledges
        if pledge.confidence != "assumed" and pledge.source
    )
    if not rows:
        return []
    keys = ("partner", "item", "basis", "source")
    head = tuple(p.say(f"help.{key}") for key in keys)
    return [Table(p.say("source.pledges"), head, rows, "llll", (1.1, 1.9, 0.8, 5.0))]


def _licences(case: Case) -> list[str]:
    """Credits of the packaged data that this scenario draws on."""
    p, scenario = case.phrases, case.scenario
    content = tomllib.loads(read_resource("briefing/credits.toml").decode("utf-8"))
    credits = [
        *content["terrain"].get(scenario.terrain.path, []),
        *content["scenario"].get(scenario.name, []),
    ]
    if scenario.country:
        credits += content["outlines"]
    return [p.text(credit) for credit in credits] or [p.say("licence.none")]


def _provenance_table(case: Case) -> Table:
    p = case.phrases
    rows = (
        ("version", __version__),
        ("scenario", f"{case.scenario.name}, {case.scenario.fingerprint()}"),
        ("design", p.say("provenance.seed", seed=str(case.design.seed), hash=case.design.scenario_hash)),
        ("raids", p.say("provenance.seed", seed=str(case.raids.seed), hash=case.raids.scenario_hash)),
        ("outlook", p.say("provenance.seed", seed=str(case.outlook.seed), hash=case.outlook.scenario_hash)),
    )
    return Table(
        caption=p.say("provenance.table"),
        head=(p.say("provenance.what"), p.say("provenance.value")),
        rows=tuple((p.say(f"provenance.{key}"), value) for key, value in rows),
        align="ll",
        widths=(1.4, 6.0),
        note=p.say("provenance.note"),
    )
