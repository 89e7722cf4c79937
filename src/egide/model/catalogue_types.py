"""What the catalogue lists: types of sensor, effector, interceptor, threat, command system and measure.

Job: the nouns of the catalogue, one class for each kind of thing.
Takes: what a person wrote, in SI with the unit in the name.
Gives: frozen nouns whose every number is a `Figure`.
Never: says how well a named system does against a named threat; kill probabilities are by class.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from egide.model.figure import (
    ClassName,
    Count,
    Elevation,
    Figure,
    Fraction,
    NonNegative,
    Positive,
    Sector,
    Text,
)
from egide.model.noun import Identifier, Noun


class SensorKind(StrEnum):
    """Sensor types, in the words of SAPIENT."""

    RADAR = "RADAR"
    """Active or passive-coherent radar."""
    PASSIVE_RF = "PASSIVE_RF"
    """Listens for emissions of the threat."""
    ACOUSTIC = "ACOUSTIC"
    """Microphones that hear propeller and engine."""
    CAMERA = "CAMERA"
    """Electro-optical and infrared."""
    LIDAR = "LIDAR"
    """Laser ranging."""
    HUMAN = "HUMAN"
    """Observers who report what they see and hear."""


class EffectorKind(StrEnum):
    """Effector types, in the words of SAPIENT."""

    KINETIC = "KINETIC"
    """Missile, gun or interceptor drone."""
    JAMMER = "JAMMER"
    """Electronic warfare: soft kill."""
    LDEW = "LDEW"
    """Laser directed-energy weapon."""
    RFDEW = "RFDEW"
    """Radio-frequency directed-energy weapon."""
    OTHER = "OTHER"
    """Anything else."""


class Layer(StrEnum):
    """Layer of the defence that an effector belongs to."""

    HIMAD = "HIMAD"
    """High to medium air defence."""
    SHORAD = "SHORAD"
    """Short range air defence."""
    VSHORAD = "VSHORAD"
    """Very short range air defence."""
    C_UAS = "C-UAS"
    """Counter-drone."""
    AIR = "AIR"
    """Manned aircraft on alert or patrol."""


class ThreatClass(StrEnum):
    """Classes of threat; kill probabilities and detection are stated by class."""

    ONE_WAY_DRONE = "one_way_drone"
    """Propeller or small-jet attack drone that does not return."""
    DECOY_DRONE = "decoy_drone"
    """Looks like an attack drone, carries little or nothing."""
    RECONNAISSANCE_DRONE = "reconnaissance_drone"
    """Fixed-wing observation drone."""
    SMALL_DRONE = "small_drone"
    """Quadcopter or first-person-view drone."""
    CRUISE_MISSILE = "cruise_missile"
    """Air-breathing missile at low height."""
    BALLISTIC_MISSILE = "ballistic_missile"
    """Short range ballistic or quasi-ballistic missile."""
    AEROBALLISTIC_MISSILE = "aeroballistic_missile"
    """Air-launched fast missile that dives on its target."""
    GUIDED_BOMB = "guided_bomb"
    """Glide bomb released by an aircraft."""


BALLISTIC = frozenset({ThreatClass.BALLISTIC_MISSILE, ThreatClass.AEROBALLISTIC_MISSILE})
"""Classes against which a height band means nothing: a defended footprint is entered, or "not assessed"."""


class MeasureKind(StrEnum):
    """Kinds of passive defence."""

    WALL = "wall"
    """Gabions, earth or concrete against fragments."""
    NET = "net"
    """Nets and cages against drones."""
    SHELTER = "shelter"
    """Covered or buried protection of people or equipment."""
    DISPERSION = "dispersion"
    """The same function spread over several places."""
    REDUNDANCY = "redundancy"
    """A second way to do the same thing."""
    SPARE = "spare"
    """Replacement parts in store."""
    DECOY = "decoy"
    """Something else to hit."""
    WARNING = "warning"
    """People and plant are told in time."""


class SensorType(Noun):
    """A type of sensor."""

    id: Identifier
    """Label used by scenarios."""
    name: Text
    """Name as people know it."""
    maker: Text
    """Maker, or "various" for a class without one."""
    kind: SensorKind
    """SAPIENT sensor type."""
    detects: tuple[ThreatClass, ...]
    """Threat classes it can report at all."""
    fire_control: bool
    """Whether its tracks are good enough to guide an engagement."""
    instrumented_range_m: Positive
    """Range beyond which it reports nothing, whatever the echo [m]"""
    reference_range_m: Positive | None = None
    """Radars: range at which an echo of `reference_rcs_m2` is seen with `reference_pd_fraction` [m]"""
    reference_rcs_m2: Positive | None = None
    """Radars: echo that the reference range is stated for [m2]"""
    reference_pd_fraction: Fraction | None = None
    """Radars: single-scan detection probability at the reference range [1]"""
    frequency_hz: Positive | None = None
    """Radars and passive RF: middle of the band [Hz]"""
    antenna_height_agl_m: NonNegative
    """Height of antenna, lens, microphone or eye above ground [m]"""
    azimuth_sector_deg: Sector
    """Sector watched without turning the vehicle; 360 is all round [deg]"""
    elevation_min_deg: Elevation
    """Lower edge of the elevation cover [deg]"""
    elevation_max_deg: Elevation
    """Upper edge of the elevation cover [deg]"""
    scan_period_s: Positive
    """Time between looks at the same place [s]"""
    min_radial_speed_mps: NonNegative
    """Radial speed below which a target is dropped as clutter; 0 if it does not matter [m/s]"""
    pd_fraction: Fraction
    """Ceiling of the single-scan detection probability, close in and in the clear [1]"""
    false_alarms_per_day: NonNegative
    """False tracks or calls passed on to the net [1/day]"""
    availability_fraction: Fraction
    """Share of the time it works and is on watch [1]"""
    price_eur: NonNegative | None = None
    """Unit price [EUR]"""
    described_by: tuple[Identifier, ...] = ()
    """Labels of the sources that were read about it."""
    note: str = ""
    """What a planner should know."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        reference = (self.reference_range_m, self.reference_rcs_m2, self.reference_pd_fraction)
        if any(part is None for part in reference) and any(part is not None for part in reference):
            raise ValueError(
                "reference_range_m, reference_rcs_m2 and reference_pd_fraction belong together: "
                "enter all three or none"
            )
        if self.elevation_min_deg.value >= self.elevation_max_deg.value:
            raise ValueError("elevation_min_deg must be below elevation_max_deg")
        return self


class InterceptorType(Noun):
    """A type of round: missile, burst, rocket or interceptor drone."""

    id: Identifier
    """Label used by effectors, stocks and deliveries."""
    name: Text
    """Name as people know it."""
    maker: Text
    """Maker, or "various"."""
    speed_mps: Positive
    """Mean speed over a typical flight to the threat [m/s]"""
    price_eur: NonNegative | None = None
    """Unit price of one round [EUR]"""
    described_by: tuple[Identifier, ...] = ()
    """Labels of the sources that were read about it."""
    note: str = ""
    """What a planner should know."""


class Footprint(Noun):
    """Ground area defended against one class of ballistic threat."""

    threat_class: ThreatClass
    """Ballistic or aeroballistic missile."""
    radius_m: Positive
    """Radius of the defended disc round the launcher [m]"""

    @model_validator(mode="after")
    def _ballistic_only(self) -> Self:
        if self.threat_class not in BALLISTIC:
            raise ValueError(f"footprints are for {' and '.join(sorted(BALLISTIC))} only")
        return self


class EffectorType(Noun):
    """A type of fire unit: what engages, as one unit on one site."""

    id: Identifier
    """Label used by scenarios."""
    name: Text
    """Name as people know it."""
    maker: Text
    """Maker, or "various" for a class without one."""
    kind: EffectorKind
    """SAPIENT effector type."""
    layer: Layer
    """Layer of the defence."""
    effector_class: ClassName
    """Class by which kill probabilities are assumed."""
    interceptor: Identifier | None = None
    """Label of the round it fires; None for a jammer or a beam."""
    sensor: Identifier | None = None
    """Label of the sensor type it cannot fight without; None if any track of the net will do."""
    engages: tuple[ThreatClass, ...]
    """Threat classes it may be assigned to."""
    min_range_m: NonNegative
    """Shortest range of an engagement [m]"""
    max_range_m: Positive
    """Longest slant range of an engagement; for aircraft and interceptor drones the radius from base [m]"""
    min_height_agl_m: NonNegative
    """Lowest height above ground of an engagement [m]"""
    max_height_amsl_m: Positive
    """Greatest height above mean sea level of an engagement [m]"""
    azimuth_sector_deg: Sector
    """Sector served without moving the unit; 360 is all round [deg]"""
    channels: Count
    """Engagements it can run at the same time [1]"""
    ready_rounds: Count
    """Rounds (or bursts) ready to fire; 0 for a jammer or a beam, which uses none [1]"""
    reload_s: NonNegative
    """Time to refill the ready rounds [s]"""
    reaction_s: NonNegative
    """From assignment to launch [s]"""
    assess_s: NonNegative
    """From intercept to knowing whether it worked [s]"""
    soft_kill_per_s: NonNegative | None = None
    """Jammers: hazard of suppression while the threat is in reach [1/s]"""
    availability_fraction: Fraction
    """Share of the time unit and crew are ready [1]"""
    price_eur: NonNegative | None = None
    """Price of the unit without rounds [EUR]"""
    footprints: tuple[Footprint, ...] = ()
    """Defended footprints against ballistic classes; a class without one is "not assessed"."""
    lawful_operator: Text
    """Who may operate it, such as "armed forces" or "operator with a permit"."""
    described_by: tuple[Identifier, ...] = ()
    """Labels of the sources that were read about it."""
    note: str = ""
    """What a planner should know."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min_range_m.value >= self.max_range_m.value:
            raise ValueError("min_range_m must be below max_range_m")
        if self.min_height_agl_m.value >= self.max_height_amsl_m.value:
            raise ValueError("min_height_agl_m must be below max_height_amsl_m")
        if self.channels.value < 1:
            raise ValueError("channels must be at least 1")
        if (self.kind is EffectorKind.JAMMER) != (self.soft_kill_per_s is not None):
            raise ValueError("soft_kill_per_s is for jammers, and a jammer needs it")
        if self.kind is EffectorKind.KINETIC and (self.interceptor is None or self.ready_rounds.value < 1):
            raise ValueError("a KINETIC effector needs an interceptor and at least one ready round")
        if len(set(self.engages)) != len(self.engages):
            raise ValueError("engages names a threat class twice")
        classes = [footprint.threat_class for footprint in self.footprints]
        if len(set(classes)) != len(classes) or not set(classes) <= set(self.engages):
            raise ValueError("footprints must be one for each class at most, and of classes in engages")
        return self

    def footprint(self, threat_class: ThreatClass) -> Figure | None:
        """Radius of the defended footprint [m], or None: "not assessed"."""
        return next((f.radius_m for f in self.footprints if f.threat_class == threat_class), None)


class ThreatType(Noun):
    """A type of threat, as public sources describe it."""

    id: Identifier
    """Label used by raids."""
    name: Text
    """Name as people know it."""
    maker: Text
    """Maker or country of origin."""
    threat_class: ThreatClass
    """Class by which kill probabilities are assumed."""
    propeller: bool
    """Whether a propeller and a piston or electric engine can be heard."""
    speed_mps: Positive
    """Mean speed along the route [m/s]"""
    height_agl_m: Positive
    """Usual height above ground on the way in [m]"""
    rcs_m2: Positive
    """Echo seen by a microwave radar, median over aspect [m2]"""
    lost_fraction: Fraction
    """Share that fails or is lost without any defence [1]"""
    length_m: Positive
    """Greatest dimension, for eyes and cameras [m]"""
    sound_power_db: Figure | None = None
    """Sound power level re 1 pW, for acoustic sensors; None if it cannot be heard in time [dB]"""
    emitted_power_dbm: Figure | None = None
    """Power of its radio link or seeker, for passive RF; None if it is silent [dBm]"""
    price_eur: NonNegative | None = None
    """What one costs its side, for the cost-exchange ratio; None where nobody has said [EUR]"""
    described_by: tuple[Identifier, ...] = ()
    """Labels of the sources that were read about it."""
    note: str = ""
    """What a planner should know."""


class C2System(Noun):
    """A command and control system: what turns tracks into assignments."""

    id: Identifier
    """Label used by scenarios."""
    name: Text
    """Name as people know it."""
    maker: Text
    """Maker, or "various"."""
    delay_s: NonNegative
    """From confirmed track to assignment [s]"""
    integrates: Text
    """What it joins up, in a sentence."""
    price_eur: NonNegative | None = None
    """Unit price [EUR]"""
    described_by: tuple[Identifier, ...] = ()
    """Labels of the sources that were read about it."""
    note: str = ""
    """What a planner should know."""


class KillProbability(Noun):
    """Single-shot kill probability of a class of effectors against a class of threats: an assumption."""

    effector_class: ClassName
    """Class of effectors; never one named system."""
    threat_class: ThreatClass
    """Class of threats."""
    pk_fraction: Fraction
    """Chance that one round, or one burst, stops one threat [1]"""


class PassiveMeasure(Noun):
    """A measure of passive defence, which competes with units for the same money."""

    id: Identifier
    """Label used by scenarios."""
    name: Text
    """Name as people know it."""
    kind: MeasureKind
    """Kind of measure."""
    protects_against: tuple[ThreatClass, ...]
    """Threat classes whose effect it lessens."""
    price_eur: NonNegative
    """Cost for one asset [EUR]"""
    build_days: NonNegative
    """Time to put it in place [days]"""
    damage_fraction: Fraction
    """Share of the damage that remains with the measure in place [1]"""
    restoration_fraction: Fraction
    """Share of the restoration time that remains with the measure in place [1]"""
    authority: Text
    """Who may order and who may operate it."""
    described_by: tuple[Identifier, ...] = ()
    """Labels of the sources that were read about it."""
    note: str = ""
    """What a planner should know."""
