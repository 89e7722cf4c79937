"""Physical constants and the allowed unit suffixes.

Job: the one place where a constant is written and where the units a name may end in are listed.
Takes: nothing.
Gives: floats in SI and a frozen set of suffixes.
Never: converts on its own; conversions at the door use the factors below by name.
"""

from typing import Final

EARTH_RADIUS_M: Final = 6_371_000.0
"""Mean radius of the earth [m]; IUGG mean radius rounded to the kilometre, as radar practice does."""

K_FOUR_THIRDS: Final = 4.0 / 3.0
"""Median effective-earth factor for radio at low height [1]. With R = 6,371 km: 8,494,667 m."""

SPEED_OF_LIGHT_MPS: Final = 299_792_458.0
"""Speed of light in vacuum [m/s], exact by definition of the metre."""

BOLTZMANN_J_PER_K: Final = 1.380649e-23
"""Boltzmann constant [J/K], exact by definition of the kelvin."""

STANDARD_NOISE_TEMPERATURE_K: Final = 290.0
"""Reference noise temperature [K], IEEE standard."""

METRES_PER_FOOT: Final = 0.3048
"""International foot [m], exact."""

SECONDS_PER_DAY: Final = 86_400.0
"""Length of a civil day [s]."""

UNIT_SUFFIXES: Final = frozenset(
    {
        "m", "m2", "agl_m", "amsl_m", "mps", "s", "days", "weeks", "per_day", "per_week", "deg", "hz", "w",
        "k", "db", "dbm", "dbi", "db_per_km", "dbsm", "fraction", "eur", "eur_per_day", "mw", "pa", "kg",
        "lux", "rpm", "per_s", "mm_per_h",
    }
)  # fmt: skip
"""Endings that say the unit of a number; the house-rule test walks every numeric field of every noun."""
