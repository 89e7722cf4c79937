"""The weather that coverage is stated for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from egide.model.noun import Noun


class Weather(Noun):
    """Air, light and noise round the sensors: they bound ears, eyes and cameras, and rain bounds radars."""

    light: Literal["day", "twilight", "moonlight", "dark"] = "dark"
    """Light that observers see by"""
    visibility_m: float = Field(default=10_000.0, gt=0.0)
    """Meteorological visibility, in fog, rain or haze as it is [m]"""
    rain_rate_mm_per_h: float = Field(default=0.0, ge=0.0, le=200.0)
    """Rain over all of the area; 2 is light, 10 heavy, 50 a cloudburst [mm/h]"""
    temperature_k: float = Field(default=283.15, ge=233.0, le=330.0)
    """Air temperature [K]"""
    humidity_fraction: float = Field(default=0.7, gt=0.0, le=1.0)
    """Relative humidity [1]"""
    wind_speed_mps: float = Field(default=0.0, ge=0.0)
    """Wind at the microphones [m/s]"""
    calm_ambient_db: float = 35.0
    """Noise without wind in the band of a propeller: a quiet night 25, a village 40, a town 55 [dB]"""
