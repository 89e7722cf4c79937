"""Which class a reported weapon model belongs to.

The grouping follows the reports' own words and open reference usage: what flies like what. It is a table of
names, not of performances; a row that lumps several models keeps a class only when all of them share it.
"""

from __future__ import annotations

ONE_WAY_DRONE = "one_way_drone"
CRUISE = "cruise_missile"
BALLISTIC = "ballistic_missile"
SUPERSONIC = "supersonic_missile"
ANTI_RADIATION = "anti_radiation_missile"
GROUND_MODE = "surface_to_air_in_ground_mode"
LOITERING = "loitering_munition"
RECONNAISSANCE = "reconnaissance_drone"
UNKNOWN_DRONE = "unknown_drone"
UNKNOWN_MISSILE = "unknown_missile"
BOMB = "guided_bomb"
MIXED_MISSILES = "mixed_missiles"
MIXED = "mixed"
UNCLASSIFIED = "unclassified"

MISSILE_CLASSES = frozenset(
    {CRUISE, BALLISTIC, SUPERSONIC, ANTI_RADIATION, GROUND_MODE, UNKNOWN_MISSILE, MIXED_MISSILES}
)
"""Every class of missile, lumped rows of missiles included."""

MODELS = {
    ONE_WAY_DRONE: ("Shahed-136/131",),
    CRUISE: (
        "X-101/X-555",
        "Kalibr",
        "Iskander-K",
        "X-59",
        "X-59/X-69",
        "X-69",
        "X-59MK2",
        "X-35",
        "Banderol",
    ),
    BALLISTIC: (
        "Iskander-M",
        "Iskander-M/KN-23",
        "KN-23",
        "X-47 Kinzhal",
        "Ballistic Missile",
        "Intercontinental Ballistic Missile",
    ),
    SUPERSONIC: ("X-22", "X-32", "P-800 Oniks", "3M22 Zircon"),
    ANTI_RADIATION: ("X-31", "X-31P", "X-31PD"),
    GROUND_MODE: ("C-300", "C-400", "C-300/C-400"),
    LOITERING: ("Lancet", "Молнія", "Kub", "Привет-82"),
    RECONNAISSANCE: (
        "Orlan-10",
        "Orlan-30",
        "Supercam",
        "ZALA",
        "Merlin-VR",
        "Reconnaissance UAV",
        "Orion",
        "Mohajer-6",
        "Forpost",
        "Eleron",
        "Granat-4",
        "Картограф",
        "Фенікс",
    ),
    UNKNOWN_DRONE: ("Unknown UAV",),
    UNKNOWN_MISSILE: ("Unknown Missile",),
    BOMB: ("GBU", "Aerial Bomb"),
}
"""Model names of the bulletins by class."""

_CLASS_OF_MODEL = {model: name for name, models in MODELS.items() for model in models}


def class_of(model: str) -> str:
    """Class of a reported model, or of several joined by "and".

    Parameters
    ----------
    model : str
        Model name as a bulletin writes it, such as "X-101/X-555 and Kalibr".

    Returns
    -------
    str
        A key of `MODELS`; "mixed_missiles" or "mixed" when parts differ; "unclassified" when a part is a name
        not met before.
    """
    classes = {_CLASS_OF_MODEL.get(part.strip(), UNCLASSIFIED) for part in model.split(" and ")}
    if UNCLASSIFIED in classes:
        return UNCLASSIFIED
    if len(classes) == 1:
        return classes.pop()
    return MIXED_MISSILES if classes <= MISSILE_CLASSES else MIXED
