"""Write the packaged scenario `kyiv-2025-07-04` from public data; run once, its output is committed.

    python tools/build_kyiv.py REFERENCE_FOLDER

Everything about the defence is notional: sites are nodes of a regular lattice moved to the nearest high
ground, units are invented in plausible numbers, and the laydown follows a stated rule. Raids, places,
plants and airfields are public figures; each keeps its source. No figure is tuned to that night's outcome.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np
import rasterio
from places import read_places, without_districts
from shapely.geometry import Point, shape

OUT = Path(__file__).resolve().parents[1] / "src/egide/data/examples/kyiv-2025-07-04"
DATA = OUT.parents[1]

LATTICE_DEG = 0.54
"""Spacing of the lattice of notional sites in latitude [deg], about 60 km."""

RINGS = {"Kyiv": (16, 22.0), "Kharkiv": (6, 16.0), "Odesa": (6, 16.0), "Dnipro": (6, 16.0), "Lviv": (4, 14.0),
         "Zaporizhzhya": (4, 14.0), "Kryvyy Rih": (3, 14.0), "Mykolayiv": (3, 14.0), "Vinnytsya": (3, 12.0),
         "Poltava": (3, 12.0), "Cherkasy": (3, 12.0), "Khmelnytskyi": (3, 12.0), "Rivne": (3, 12.0)}  # fmt: skip
"""Notional sites in a ring round large cities: how many, and the radius [km]."""

INNER_RING = (8, 7.0)
"""A second ring round the capital, so that point defences have where to stand."""

UNITS = [  # catalogue id, sensor or effector, how many (all invented), owner
    ("tps-78", "sensor", 2, "united-states"), ("tpy-4", "sensor", 1, "united-states"),
    ("tps-80", "sensor", 2, "united-states"), ("sentinel-a4", "sensor", 2, "united-states"),
    ("gm400", "sensor", 1, "france"), ("gm200", "sensor", 3, "france"),
    ("giraffe-4a", "sensor", 1, "sweden"), ("giraffe-1x", "sensor", 2, "sweden"),
    ("trml-4d", "sensor", 2, "germany"), ("p-18-class", "sensor", 10, "ukraine"),
    ("counter-drone-radar", "sensor", 4, "ukraine"), ("acoustic-network", "sensor", 14, "ukraine"),
    ("passive-rf", "sensor", 3, "ukraine"), ("wescam-mx-10", "sensor", 1, "canada"),
    ("eo-camera", "sensor", 2, "ukraine"), ("human-observers", "sensor", 4, "ukraine"),
    ("patriot-pac3", "effector", 2, "united-states"), ("patriot-gem-t", "effector", 4, "germany"),
    ("sampt", "effector", 2, "france"), ("legacy-s-300", "effector", 8, "ukraine"),
    ("nasams", "effector", 6, "norway"), ("iris-t-slm", "effector", 4, "germany"),
    ("hawk", "effector", 3, "spain"), ("legacy-buk", "effector", 6, "ukraine"),
    ("land-ceptor", "effector", 1, "united-kingdom"), ("skynex-gun", "effector", 3, "germany"),
    ("gepard", "effector", 6, "germany"), ("tridon-mk2", "effector", 1, "sweden"),
    ("vampire", "effector", 4, "united-states"), ("mistral-team", "effector", 2, "france"),
    ("stinger-team", "effector", 3, "united-states"), ("rbs-70-ng", "effector", 2, "sweden"),
    ("rapidranger", "effector", 1, "united-kingdom"), ("interceptor-drone-team", "effector", 12, "ukraine"),
    ("mobile-fire-team", "effector", 18, "ukraine"), ("jammer-net", "effector", 12, "ukraine"),
    ("f-16", "effector", 2, "netherlands"), ("mirage-2000", "effector", 1, "france"),
]  # fmt: skip

LAUNCH_AREAS = [
    ("primorsko-akhtarsk", "Primorsko-Akhtarsk", 38.17, 46.05), ("kursk", "Kursk oblast", 36.19, 51.73),
    ("bryansk", "Bryansk oblast", 34.36, 53.24), ("oryol", "Oryol oblast", 36.07, 52.97),
    ("millerovo", "Millerovo", 40.40, 48.92), ("shatalovo", "Shatalovo", 32.50, 54.30),
    ("voronezh", "Voronezh oblast", 39.20, 51.67), ("lipetsk", "Lipetsk oblast", 39.60, 52.61),
]  # fmt: skip

OPTIONS = [  # id, kind, catalogue id, how many, EUR million (value, low, high), available, build days, partner,
    # who may operate it, asset kinds, source, confidence; numbers on offer and dates are invented throughout
    ("radar-gm200", "sensor", "gm200", 4, (25, 18, 35), "2026-03-01", "", "france", "armed forces", "", "", "assumed"),
    ("radar-trml-4d", "sensor", "trml-4d", 3, (17, 17, 17), "2026-01-15", "", "germany", "armed forces", "", "ntv-trml", "published"),
    ("radar-giraffe-1x", "sensor", "giraffe-1x", 6, (6, 4, 9), "2025-11-01", "", "sweden", "armed forces", "", "", "assumed"),
    ("ears-acoustic", "sensor", "acoustic-network", 30, (0.2, 0.1, 0.4), "2025-08-15", "", "ukraine", "armed forces with local volunteers", "", "", "assumed"),
    ("eyes-observers", "sensor", "human-observers", 20, (0.1, 0.05, 0.2), "2025-07-20", "", "ukraine", "armed forces with territorial defence", "", "", "assumed"),
    ("fire-patriot-pac3", "effector", "patriot-pac3", 2, (360, 300, 990), "2026-09-01", "", "united-states", "", "", "nolabels-patriot", "derived"),
    ("fire-iris-t-slm", "effector", "iris-t-slm", 3, (140, 140, 140), "2026-06-01", "", "germany", "", "", "ntv-iris", "published"),
    ("fire-nasams", "effector", "nasams", 3, (75, 60, 150), "2026-04-01", "", "norway", "", "", "yahoo-nasams", "derived"),
    ("fire-skynex", "effector", "skynex-gun", 4, (45, 30, 90), "2026-02-01", "", "germany", "", "", "", "assumed"),
    ("fire-gepard", "effector", "gepard", 6, (1.9, 1.5, 5), "2025-10-01", "", "germany", "", "", "unn-levels", "derived"),
    ("fire-vampire", "effector", "vampire", 8, (2.57, 2, 3.5), "2025-10-15", "", "united-states", "", "", "dgp-vampire", "derived"),
    ("fire-drone-team", "effector", "interceptor-drone-team", 20, (0.5, 0.2, 1), "2025-08-15", "", "ukraine", "", "", "", "assumed"),
    ("fire-mobile-team", "effector", "mobile-fire-team", 20, (0.3, 0.15, 0.6), "2025-08-01", "", "ukraine", "", "", "", "assumed"),
    ("walls", "passive", "gabion-wall", 40, (0.3, 0.1, 1), "2025-07-15", "", "ukraine", "", "power", "", "assumed"),
    ("nets", "passive", "anti-drone-net", 40, (0.5, 0.1, 2), "2025-08-01", "", "ukraine", "", "power;airfield", "", "assumed"),
    ("shelters", "passive", "concrete-shelter", 12, (10, 2, 19), "2025-09-01", "", "ukraine", "", "power", "unn-levels", "derived"),
    ("spares", "passive", "spare-transformer", 10, (4, 2, 10), "2025-08-01", "", "canada", "", "power", "", "assumed"),
    ("dispersal", "passive", "dispersed-generation", 10, (20, 5, 50), "2025-09-01", "", "germany", "", "city", "", "assumed"),
    ("decoys", "passive", "decoy-site", 20, (0.05, 0.01, 0.2), "2025-07-15", "", "ukraine", "", "airfield", "", "assumed"),
]  # fmt: skip
"""What could be added, for `egide needs`: prices as the catalogue's sources say, else assumed."""

BULLETIN = "Air Force Command of the Armed Forces of Ukraine, bulletin of 2025-07-04, through UA AirDefense Tracker (P. Ivaniuk), ODC-BY 1.0"
WRI = "WRI Global Power Plant Database, CC BY 4.0; capacity before 2022"


def write(name: str, rows: list[dict[str, object]]) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (OUT / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


class Relief:
    """Height of the elevation model, and the highest ground near a point."""

    def __init__(self) -> None:
        with rasterio.open(DATA / "terrain/ua_dem_30s.tif") as source:
            self.heights = source.read(1)
            self.inverse = ~source.transform
            self.forward = source.transform

    def crest(self, lon: float, lat: float, radius_km: float) -> tuple[float, float]:
        col, row = (int(v) for v in self.inverse * (lon, lat))
        dr = int(radius_km / 0.927)
        dc = int(radius_km / (0.927 * math.cos(math.radians(lat))))
        block = self.heights[row - dr : row + dr + 1, col - dc : col + dc + 1]
        r, c = np.unravel_index(int(np.argmax(block)), block.shape)
        x, y = self.forward * (col - dc + int(c) + 0.5, row - dr + int(r) + 0.5)
        return round(x, 4), round(y, 4)


def country():
    features = json.loads((DATA / "outlines/borders.geojson").read_text(encoding="utf-8"))["features"]
    return next(shape(f["geometry"]) for f in features if f["properties"]["code"] == "UKR")


def nearest_region(places, lon: float, lat: float) -> str:
    scale = math.cos(math.radians(lat))
    return min(places, key=lambda p: ((p["lon_deg"] - lon) * scale) ** 2 + (p["lat_deg"] - lat) ** 2)[
        "region"
    ]


def make_sites(places, relief: Relief) -> list[dict[str, object]]:
    ukraine = country()
    found: list[tuple[float, float]] = []
    lat, odd = 44.5, 0
    while lat < 52.4:
        step = LATTICE_DEG * 1.1547 / math.cos(math.radians(lat))
        lon = 22.0 + odd * step / 2
        while lon < 40.3:
            if ukraine.contains(Point(lon, lat)):
                found.append(relief.crest(lon, lat, 8.0))
            lon += step
        lat += LATTICE_DEG
        odd = 1 - odd
    by_name = {p["name"]: p for p in reversed(places)}
    for name, (count, radius_km) in [*RINGS.items(), ("Kyiv", INNER_RING)]:
        city = by_name[name]
        for number in range(count):
            turn = 2 * math.pi * number / count
            lat = city["lat_deg"] + radius_km / 111.32 * math.cos(turn)
            lon = city["lon_deg"] + radius_km / (111.32 * math.cos(math.radians(lat))) * math.sin(turn)
            found.append(relief.crest(lon, lat, 3.0))
    unique = list(dict.fromkeys(p for p in found if ukraine.contains(Point(p))))
    return [
        {"id": f"s{n:03d}", "name": f"notional site {n}", "lon_deg": lon, "lat_deg": lat,
         "region": nearest_region(places, lon, lat)}
        for n, (lon, lat) in enumerate(unique, start=1)
    ]  # fmt: skip


def make_assets(places, reference: Path) -> list[dict[str, object]]:
    assets = []
    cities = [p for p in places if p["population"] >= 200_000][:34]
    for p in cities:
        big = p["population"] >= 700_000
        assets.append({
            "id": "city-" + p["id"].rsplit("-", 1)[0], "name": p["name"], "kind": "city", "lon_deg": p["lon_deg"],
            "lat_deg": p["lat_deg"], "criticality": 5 if p["name"] == "Kyiv" else 4 if big else 3,
            "vulnerability": 4, "recuperability": 4, "threat": 5 if p["name"] == "Kyiv" else 4 if big else 3,
            "population": p["population"], "region": p["region"], "tier": 1 if big else 2,
            "required_layers": 2 if big else 1,
        })  # fmt: skip
    with (reference / "infrastructure/power_plants.csv").open(encoding="utf-8") as file:
        plants = [row for row in csv.DictReader(file) if float(row["capacity_mw"]) >= 1_000]
    plants.sort(key=lambda row: -float(row["capacity_mw"]))
    for number, row in enumerate(plants, start=1):
        mw = float(row["capacity_mw"])
        lon, lat = float(row["longitude"]), float(row["latitude"])
        assets.append({
            "id": f"power-{number:02d}", "name": f"{row['name']}, {mw:.0f} MW", "kind": "power", "lon_deg": lon,
            "lat_deg": lat, "criticality": 5 if mw >= 2_500 else 4, "vulnerability": 4, "recuperability": 5,
            "threat": 4, "population": 0, "region": nearest_region(places, lon, lat),
            "tier": 1 if mw >= 2_500 else 2, "required_layers": 2 if mw >= 2_500 else 1,
        })  # fmt: skip
    with (reference / "infrastructure/airfields.csv").open(encoding="utf-8") as file:
        fields = [row for row in csv.DictReader(file) if row["icao"] in {"UKBB", "UKLL", "UKOO", "UKDD"}]
    for row in fields:
        lon, lat = float(row["lon"]), float(row["lat"])
        assets.append({
            "id": "airfield-" + row["icao"].lower(), "name": row["name"], "kind": "airfield", "lon_deg": lon,
            "lat_deg": lat, "criticality": 3, "vulnerability": 2, "recuperability": 2, "threat": 3, "population": 0,
            "region": nearest_region(places, lon, lat), "tier": 3, "required_layers": 1,
        })  # fmt: skip
    return assets


def make_units() -> list[dict[str, object]]:
    return [
        {"id": f"{kind}-{n}", "name": f"{kind} {n} (notional)", role: kind, "partner": partner,
         "rounds_in_store": 0 if role == "sensor" else -1}
        for kind, role, count, partner in UNITS
        for n in range(1, count + 1)
    ]  # fmt: skip


STORE = {"patriot-pac3": 16, "patriot-gem-t": 16, "sampt": 16, "legacy-s-300": 16, "nasams": 18, "iris-t-slm": 12,
         "hawk": 12, "legacy-buk": 8, "land-ceptor": 12, "skynex-gun": 30, "gepard": 32, "tridon-mk2": 20,
         "vampire": 40, "mistral-team": 8, "stinger-team": 8, "rbs-70-ng": 8, "rapidranger": 12,
         "interceptor-drone-team": 30, "mobile-fire-team": 60, "jammer-net": 0, "f-16": 12, "mirage-2000": 8}  # fmt: skip
"""Rounds in store with each unit; invented."""


def make_laydown(units, sites, assets) -> list[dict[str, object]]:
    """Rule: every third effector stands near the first asset of the list, the others go down the list in turn;
    sensors are spread over it. Each takes the nearest free site and faces east. Nothing is optimised.
    """
    ranked = sorted(
        assets, key=lambda a: (a["tier"], -a["criticality"] - a["threat"], -a["population"], a["id"])
    )
    free = {s["id"]: s for s in sites}
    posts = []
    placed = {"sensor": 0, "effector": 0}
    for unit in units:
        role = "sensor" if "sensor" in unit else "effector"
        turn = placed[role]
        placed[role] = turn + 1
        if role == "sensor":
            asset = ranked[turn * 7 % len(ranked)]
        else:
            asset = ranked[0] if turn % 3 == 0 else ranked[(turn - turn // 3) % len(ranked)]
        scale = math.cos(math.radians(asset["lat_deg"]))
        site = min(
            free.values(),
            key=lambda s: (
                ((s["lon_deg"] - asset["lon_deg"]) * scale) ** 2 + (s["lat_deg"] - asset["lat_deg"]) ** 2
            ),
        )
        del free[site["id"]]
        posts.append({"unit": unit["id"], "site": site["id"], "bearing_deg": 80.0})
    return posts


def make_raid() -> list[dict[str, object]]:
    """Counts exactly as reported; the split over launch areas and of decoys is assumed even and 38 %."""
    rows = []
    areas = ["primorsko-akhtarsk", "kursk", "bryansk", "oryol", "millerovo", "shatalovo"]
    total, decoys = 539, round(0.38 * 539)
    drones = [total // 6 + (n < total % 6) for n in range(6)]
    fakes = [decoys // 6 + (n < decoys % 6) for n in range(6)]
    for area, count, fake in zip(areas, drones, fakes, strict=True):
        for threat, number in (("shahed-136", count - fake), ("gerbera", fake)):
            rows.append({"raid": "night", "id": f"{area}-{threat}", "threat": threat, "count": number,
                         "launch_area": area, "target": "city-kyiv", "start_s": 0.0, "spread_s": 25200.0,
                         "waves": 6, "lateral_spread_m": 12000.0})  # fmt: skip
    for ident, threat, count, area in (
        ("bryansk-iskander-m", "iskander-m", 6, "bryansk"), ("kursk-iskander-k", "iskander-k", 2, "kursk"),
        ("voronezh-iskander-k", "iskander-k", 2, "voronezh"), ("lipetsk-kinzhal", "kinzhal", 1, "lipetsk"),
    ):  # fmt: skip
        rows.append({"raid": "night", "id": ident, "threat": threat, "count": count, "launch_area": area,
                     "target": "city-kyiv", "start_s": 14400.0, "spread_s": 3600.0, "waves": 1,
                     "lateral_spread_m": 3000.0})  # fmt: skip
    return rows


def make_options() -> list[dict[str, object]]:
    return [
        {"id": ident, "kind": kind, "item": item, "count": count, "cost_eur": value * 1e6, "cost_low_eur": low * 1e6,
         "cost_high_eur": high * 1e6, "available": available, "build_days": days, "partner": partner,
         "lawful_operator": operator, "asset_kinds": kinds, "source": source or "notional", "confidence": confidence}
        for ident, kind, item, count, (value, low, high), available, days, partner, operator, kinds, source, confidence
        in OPTIONS
    ]  # fmt: skip


def main(reference: Path) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    relief = Relief()
    rows = read_places(reference / "places/places.csv")
    places = without_districts(rows)
    print(f"places: {len(rows)} read, {len(places)} kept, {sum(p['population'] for p in places):,} people")
    sites = make_sites(places, relief)
    assets = make_assets(places, reference)
    units = make_units()
    print(f"sites {len(sites)}, assets {len(assets)}, units {len(units)}")
    posts = make_laydown(units, sites, assets)
    for unit in units:
        unit["rounds_in_store"] = STORE.get(unit.get("effector", ""), 0)
    write("places", places)
    write("sites", sites)
    write("assets", assets)
    write("units", units)
    write("laydown", posts)
    write("launch_areas", [{"id": i, "name": n, "lon_deg": x, "lat_deg": y, "source": f"named in: {BULLETIN}; coordinates of the place assumed"}
                           for i, n, x, y in LAUNCH_AREAS])  # fmt: skip
    write("raids", [{"id": "night", "name": "Night of 3 to 4 July 2025", "start": "2025-07-03T18:00:00Z",
                     "duration_s": 43200.0, "reported_through": 72, "source": BULLETIN}])  # fmt: skip
    write("raid_groups", make_raid())
    write("options", make_options())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
