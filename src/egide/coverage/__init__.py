"""Coverage: who sees or reaches which cell, at which height.

Job: lines of sight over terrain, what sensors detect, what effectors reach, and the network they form.
Takes: Scenario and Terrain; for single questions, arrays and numbers.
Gives: Coverage, and the field's functions by name.
Never: chooses anything.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from egide.coverage.detection import (
        albersheim_snr_db,
        detection_probability,
        required_snr_db,
        shnidman_snr_db,
    )
    from egide.coverage.geometry import beam_ground_range_m, beam_height_m, horizon_range_m
    from egide.coverage.radar import radar_power_w, radar_range_m, radar_snr_db, range_for_rcs_m
    from egide.coverage.result import Coverage
    from egide.coverage.sightline import k_from_gradient, lowest_visible_height
    from egide.coverage.sightline_batch import lowest_visible_heights
    from egide.coverage.tracking import m_of_n_probability

# Loaded on first use: some of these bring compiled kernels and SciPy with them.
_WHERE = {
    "Coverage": "result",
    "acoustic_pd": "acoustic",
    "acoustic_range_m": "acoustic",
    "air_attenuation_db_per_km": "atmosphere",
    "albersheim_snr_db": "detection",
    "beam_ground_range_m": "geometry",
    "beam_height_m": "geometry",
    "blake_chart": "lobing",
    "cumulative_pd": "cumulative",
    "cumulative_pd_common_cause": "cumulative",
    "detection_probability": "detection",
    "effective_earth_radius_m": "geometry",
    "false_alarms_per_day": "tracking",
    "gas_attenuation_db_per_km": "atmosphere",
    "horizon_range_m": "geometry",
    "k_from_gradient": "sightline",
    "lowest_visible_height": "sightline",
    "lowest_visible_heights": "sightline_batch",
    "m_of_n_probability": "tracking",
    "published_pd": "published_range",
    "radar_power_w": "radar",
    "radar_range_m": "radar",
    "radar_snr_db": "radar",
    "rain_attenuation_db_per_km": "atmosphere",
    "rain_coefficients": "atmosphere",
    "range_for_rcs_m": "radar",
    "required_snr_db": "detection",
    "shnidman_snr_db": "detection",
    "sound_attenuation_db_per_km": "acoustic",
    "track_initiation": "tracking",
}

__all__ = [
    "Coverage", "acoustic_pd", "acoustic_range_m", "air_attenuation_db_per_km", "albersheim_snr_db",
    "beam_ground_range_m", "beam_height_m", "blake_chart", "cumulative_pd",
    "cumulative_pd_common_cause", "detection_probability", "effective_earth_radius_m",
    "false_alarms_per_day", "gas_attenuation_db_per_km", "horizon_range_m", "k_from_gradient",
    "lowest_visible_height", "lowest_visible_heights", "m_of_n_probability", "published_pd",
    "radar_power_w", "radar_range_m", "radar_snr_db", "rain_attenuation_db_per_km", "rain_coefficients",
    "range_for_rcs_m", "required_snr_db", "shnidman_snr_db", "sound_attenuation_db_per_km",
    "track_initiation",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'egide.coverage' has no attribute {name!r}")
    return getattr(importlib.import_module(f"egide.coverage.{_WHERE[name]}"), name)
