"""Detection by one sensor of the catalogue: how probable in one look, and out to which range.

A radar is anchored at its published range (`egide.coverage.published_range`). A microphone, a passive radio
sensor, a camera and an observer are set against what the threat gives off: its sound, its transmissions,
its size. The catalogue states no sensitivities for those, so they are assumed below, in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from egide.coverage.acoustic import (
    acoustic_pd,
    ambient_with_wind_db,
    exact_midband_hz,
    sound_attenuation_db_per_km,
)
from egide.coverage.atmosphere import LOWEST_HZ, rain_attenuation_db_per_km
from egide.coverage.detection import DetectionCurve, detection_curve
from egide.coverage.observer import observer_pd
from egide.coverage.optical import Light, camera_pd
from egide.coverage.passive_rf import passive_rf_pd
from egide.coverage.published_range import PublishedRange, published_snr_db
from egide.coverage.radar import range_through_loss_m
from egide.model.catalogue_types import SensorKind, SensorType, ThreatType
from egide.model.weather import Weather

FALSE_ALARM_PROBABILITY: Final = 1e-6
"""Per cell and scan, at which published ranges are taken to hold; assumed: the usual textbook value."""

PULSES: Final = 10
"""Pulses integrated in one look of a radar; assumed."""

SOFT_EDGE_DB: Final = 6.0
"""Spread of the edge of a sensor met by a threat nothing is known of [dB]; acoustic trials scatter by 5 to 8."""

HALF: Final = 0.5
"""Probability at which a sensor that is no radar counts as seeing [1]."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Air, light and noise round the sensors, and the sensitivities assumed with them."""

    ambient_db: float = 35.0
    """Ambient noise in the band of a propeller [dB]; assumed: between a quiet night, 25, and a village, 40."""
    sound_attenuation_db_per_km: float = 1.04
    """What air takes from 250 Hz at 10 degrees Celsius and 70 % humidity (ISO 9613-1) [dB/km]."""
    visibility_m: float = 10_000.0
    """Meteorological visibility, in the band of the camera [m]; assumed: light haze."""
    light: Light = Light.DARK
    """Light that observers see by; assumed: most raids come at night."""
    contrast_fraction: float = 0.5
    """Contrast of the target against the sky at no distance [1]; assumed."""
    pixel_angle_deg: float = 0.005
    """Field of view of a searching camera by pixels [deg]; assumed: 10 degrees over 1,920."""
    sensitivity_dbm: float = -95.0
    """Power a passive radio sensor detects half of the time [dBm]; assumed."""
    receive_gain_dbi: float = 6.0
    """Gain of its antenna [dBi]; assumed."""
    frequency_hz: float = 2.4e9
    """Frequency the threat transmits on where the sensor states no band [Hz]; assumed."""
    rain_rate_mm_per_h: float = 0.0
    """Rain along all of every path, beyond the weather of published ranges [mm/h]."""
    radar_frequency_hz: float = 10e9
    """Frequency of a radar that states none, for what rain takes from it [Hz]; assumed: X band, which rain
    takes more from than from longer waves."""


NIGHT: Final = Surroundings()
"""A calm, hazy night in the country."""

PROPELLER_HZ: Final = 250.0
"""Band that carries the sound of a propeller [Hz]; assumed, that of `Surroundings`."""


@lru_cache(maxsize=64)
def surroundings_of(weather: Weather | None) -> Surroundings:
    """What a scenario's weather makes of air, light and noise; `NIGHT` where it states none.

    Parameters
    ----------
    weather : Weather, optional

    Returns
    -------
    Surroundings
        Sound is attenuated as ISO 9613-1 says at 250 Hz; wind raises the ambient noise.
    """
    if weather is None:
        return NIGHT
    attenuation = sound_attenuation_db_per_km(
        exact_midband_hz(PROPELLER_HZ),
        temperature_k=weather.temperature_k,
        humidity_fraction=weather.humidity_fraction,
    )
    return Surroundings(
        ambient_db=float(ambient_with_wind_db(weather.calm_ambient_db, weather.wind_speed_mps)),
        sound_attenuation_db_per_km=float(attenuation),
        visibility_m=weather.visibility_m,
        light=Light(weather.light),
        rain_rate_mm_per_h=weather.rain_rate_mm_per_h,
    )


@lru_cache(maxsize=1024)
def _rain_db_per_km(frequency_hz: float, rain_rate_mm_per_h: float) -> float:
    """What rain takes one way (P.838-3) [dB/km]; nothing below 1 GHz, where it states no figure."""
    if rain_rate_mm_per_h <= 0.0 or frequency_hz < LOWEST_HZ:
        return 0.0
    return float(rain_attenuation_db_per_km(frequency_hz, rain_rate_mm_per_h))


def _rain_on(sensor: SensorType, air: Surroundings) -> float:
    """What rain takes one way from a radar or a passive radio sensor [dB/km]."""
    band = air.radar_frequency_hz if sensor.kind is SensorKind.RADAR else air.frequency_hz
    frequency = band if sensor.frequency_hz is None else sensor.frequency_hz.value
    return _rain_db_per_km(frequency, air.rain_rate_mm_per_h)


def single_scan_pd(
    sensor: SensorType,
    range_m: NDArray[np.float64],
    rcs_m2: float,
    threat: ThreatType | None = None,
    *,
    surroundings: Surroundings = NIGHT,
) -> NDArray[np.float64]:
    """Probability that one look detects a threat in line of sight [1].

    A radar follows its published range with the exact Swerling 1 statistics; a microphone the sound of the
    threat over the ambient, a passive radio sensor its transmissions, a camera its size and contrast, an
    observer eye and ear. Without a threat, a sensor that is no radar loses half its ceiling at its
    instrumented range, along a normal of `SOFT_EDGE_DB` of spherical spreading. All are capped by the
    type's ceiling and end at its instrumented range.

    Parameters
    ----------
    sensor : SensorType
    range_m : ndarray of float
        Slant ranges [m], any shape.
    rcs_m2 : float
        Echo [m2]; radars only.
    threat : ThreatType, optional
        What gives off sound and transmissions; radars do not need it.
    surroundings : Surroundings

    Returns
    -------
    ndarray of float
        Same shape; zero for a threat that the sensor cannot report, or that keeps silent.
    """
    if threat is not None and not can_report(sensor, threat):
        return np.zeros(np.shape(range_m))
    safe_m = np.maximum(range_m, 1.0)
    if sensor.kind is SensorKind.RADAR and sensor.reference_range_m is not None:
        pd = _radar_pd(sensor, safe_m, rcs_m2, _rain_on(sensor, surroundings))
    elif threat is None or _physics(sensor.kind) is None:
        from scipy.special import ndtr

        pd = ndtr(20.0 * np.log10(sensor.instrumented_range_m.value / safe_m) / SOFT_EDGE_DB)
    else:
        pd = _unaided(_source(sensor, threat), safe_m, surroundings)
    within = range_m <= sensor.instrumented_range_m.value
    capped: NDArray[np.float64] = np.where(within, np.minimum(pd, sensor.pd_fraction.value), 0.0)
    return capped


def can_report(sensor: SensorType, threat: ThreatType) -> bool:
    """Whether a type reports the threat at all: its class is listed, and it is not dropped as clutter."""
    return (
        threat.threat_class in sensor.detects and threat.speed_mps.value > sensor.min_radial_speed_mps.value
    )


def sensor_reach_m(sensor: SensorType, threat: ThreatType, *, surroundings: Surroundings = NIGHT) -> float:
    """Range at which a sensor type counts as seeing a threat [m], before terrain.

    A radar: its published range scaled by the fourth root of the echo, at the probability of the
    publication. Any other: where one look detects with probability one half. Never beyond the instrumented
    range; zero for a threat it cannot report.

    Parameters
    ----------
    sensor : SensorType
    threat : ThreatType
    surroundings : Surroundings
    """
    if not can_report(sensor, threat):
        return 0.0
    reach = sensor.instrumented_range_m.value
    if sensor.kind is SensorKind.RADAR and sensor.reference_range_m is not None:
        assert sensor.reference_rcs_m2 is not None  # the noun enters all three or none
        echo = threat.rcs_m2.value / sensor.reference_rcs_m2.value
        free = sensor.reference_range_m.value * echo**0.25
        return float(min(reach, _through_rain_m(free, _rain_on(sensor, surroundings))))
    if _physics(sensor.kind) is None:
        return reach
    return min(reach, _half_range_m(_source(sensor, threat), surroundings))


@dataclass(frozen=True, slots=True)
class _Source:
    """What a sensor that is no radar works on: plain numbers, so that ranges are remembered by them."""

    kind: SensorKind
    frequency_hz: float | None
    sound_power_db: float | None
    emitted_power_dbm: float | None
    length_m: float


def _source(sensor: SensorType, threat: ThreatType) -> _Source:
    return _Source(
        sensor.kind,
        None if sensor.frequency_hz is None else sensor.frequency_hz.value,
        None if threat.sound_power_db is None else threat.sound_power_db.value,
        None if threat.emitted_power_dbm is None else threat.emitted_power_dbm.value,
        threat.length_m.value,
    )


_Physics = Callable[[_Source, NDArray[np.float64], Surroundings], NDArray[np.float64]]


def _physics(kind: SensorKind) -> _Physics | None:
    return {
        SensorKind.ACOUSTIC: _heard,
        SensorKind.PASSIVE_RF: _intercepted,
        SensorKind.CAMERA: _shown,
        SensorKind.HUMAN: _noticed,
    }.get(kind)


def _unaided(source: _Source, range_m: NDArray[np.float64], air: Surroundings) -> NDArray[np.float64]:
    physics = _physics(source.kind)
    assert physics is not None  # callers ask first
    return physics(source, range_m, air)


def _heard(source: _Source, range_m: NDArray[np.float64], air: Surroundings) -> NDArray[np.float64]:
    if source.sound_power_db is None:
        return np.zeros(np.shape(range_m))
    return np.asarray(
        acoustic_pd(
            range_m, source.sound_power_db, air.ambient_db,
            attenuation_db_per_km=air.sound_attenuation_db_per_km,
        )
    )  # fmt: skip


def _intercepted(source: _Source, range_m: NDArray[np.float64], air: Surroundings) -> NDArray[np.float64]:
    return np.asarray(
        passive_rf_pd(
            range_m, source.emitted_power_dbm, source.frequency_hz or air.frequency_hz,
            sensitivity_dbm=air.sensitivity_dbm, receive_gain_dbi=air.receive_gain_dbi,
            attenuation_db_per_km=_rain_db_per_km(source.frequency_hz or air.frequency_hz, air.rain_rate_mm_per_h),
        )
    )  # fmt: skip


def _shown(source: _Source, range_m: NDArray[np.float64], air: Surroundings) -> NDArray[np.float64]:
    return np.asarray(
        camera_pd(
            range_m, source.length_m, air.visibility_m, pixel_angle_deg=air.pixel_angle_deg,
            inherent_contrast_fraction=air.contrast_fraction,
        )
    )  # fmt: skip


def _noticed(source: _Source, range_m: NDArray[np.float64], air: Surroundings) -> NDArray[np.float64]:
    return np.asarray(
        observer_pd(
            range_m, length_m=source.length_m, visibility_m=air.visibility_m, light=air.light,
            sound_power_db=source.sound_power_db, ambient_db=air.ambient_db,
            attenuation_db_per_km=air.sound_attenuation_db_per_km,
            inherent_contrast_fraction=air.contrast_fraction,
        )
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _half_range_m(source: _Source, air: Surroundings) -> float:
    """Range at which one look detects half of the time [m]; all of these fall with range."""
    near, far = 1.0, 1_000_000.0
    if float(_unaided(source, np.array([near]), air)[0]) < HALF:
        return 0.0
    for _ in range(50):
        middle = float(np.sqrt(near * far))
        if float(_unaided(source, np.array([middle]), air)[0]) >= HALF:
            near = middle
        else:
            far = middle
    return near


def _through_rain_m(range_m: float, rain_db_per_km: float) -> float:
    return range_m if rain_db_per_km <= 0.0 else float(range_through_loss_m(range_m, rain_db_per_km))


def _radar_pd(
    sensor: SensorType, range_m: NDArray[np.float64], rcs_m2: float, rain_db_per_km: float
) -> NDArray[np.float64]:
    assert sensor.reference_range_m is not None
    assert sensor.reference_rcs_m2 is not None
    assert sensor.reference_pd_fraction is not None
    published = _published(
        sensor.reference_range_m.value, sensor.reference_rcs_m2.value, sensor.reference_pd_fraction.value
    )
    snr_db = published_snr_db(published, range_m, rcs_m2, attenuation_db_per_km=rain_db_per_km)
    return np.asarray(_curve().pd(snr_db))


@lru_cache(maxsize=512)
def _published(range_m: float, rcs_m2: float, pd_fraction: float) -> PublishedRange:
    # A published probability of exactly 0 or 1 fixes no signal to noise ratio.
    return PublishedRange(
        range_m, rcs_m2, min(max(pd_fraction, 1e-3), 0.999), pfa=FALSE_ALARM_PROBABILITY, pulses=PULSES
    )


@lru_cache(maxsize=1)
def _curve() -> DetectionCurve:
    """The one curve all published ranges share, tabulated once."""
    return detection_curve(FALSE_ALARM_PROBABILITY, PULSES, 1)
