"""Keep populated places that stand on their own; drop districts that lie inside a bigger city.

The source lists city districts beside their city, so that summing it counts people twice. A place is
dropped when its centre lies within the disc a bigger place would fill at `PEOPLE_PER_M2`; both numbers
of the rule are assumptions, and the count dropped is printed.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from pathlib import Path

PEOPLE_PER_M2 = 4_000 / 1e6
"""Density at which a city fills its disc; assumed: typical of large cities of the region [1/m2]."""

OBLASTS = {
    "1": "Cherkasy", "2": "Chernihiv", "3": "Chernivtsi", "4": "Dnipropetrovsk", "5": "Donetsk",
    "6": "Ivano-Frankivsk", "7": "Kharkiv", "8": "Kherson", "9": "Khmelnytskyi", "10": "Kirovohrad",
    "11": "Crimea", "12": "Kyiv city", "13": "Kyiv", "14": "Luhansk", "15": "Lviv", "16": "Mykolaiv",
    "17": "Odesa", "18": "Poltava", "19": "Rivne", "20": "Sevastopol", "21": "Sumy", "22": "Ternopil",
    "23": "Vinnytsia", "24": "Volyn", "25": "Zakarpattia", "26": "Zaporizhzhia", "27": "Zhytomyr",
}  # fmt: skip
"""GeoNames first-order codes of Ukraine and the oblasts they stand for."""


def identifier(name: str) -> str:
    """Lower-case label made of a name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def read_places(path: Path) -> list[dict[str, object]]:
    """Rows of the source, largest first, with oblast names."""
    with path.open(encoding="utf-8") as file:
        rows = [
            {
                "id": f"{identifier(row['name'])}-{row['geonameid']}",
                "name": row["name"],
                "lon_deg": round(float(row["longitude"]), 4),
                "lat_deg": round(float(row["latitude"]), 4),
                "population": int(row["population"]),
                "region": OBLASTS[str(int(row["admin1code"]))],
            }
            for row in csv.DictReader(file)
        ]
    return sorted(rows, key=lambda row: (-row["population"], row["id"]))


def without_districts(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Rows that do not lie inside the disc of a bigger place that was kept."""
    kept: list[dict[str, object]] = []
    discs: list[tuple[float, float, float]] = []
    for row in rows:
        lon, lat = row["lon_deg"], row["lat_deg"]
        inside = any(
            math.hypot((lon - x) * 111_320 * math.cos(math.radians(lat)), (lat - y) * 111_320) < radius
            for x, y, radius in discs
        )
        if inside:
            continue
        kept.append(row)
        if row["population"] >= 20_000:
            discs.append((lon, lat, math.sqrt(row["population"] / PEOPLE_PER_M2 / math.pi)))
    return kept
