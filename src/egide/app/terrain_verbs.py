"""`egide terrain`: elevation models for a scenario."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from egide.errors import InputError

if TYPE_CHECKING:
    from egide.model.place import Area

terrain = App(name="terrain", help="Fetch elevation models.")

Edges = tuple[float, float, float, float]


@terrain.command
def get(
    area: Annotated[Edges | None, Parameter(negative="")] = None, /, *,
    scenario: Annotated[str | None, Parameter(name="--scenario")] = None,
    out: Annotated[Path | None, Parameter(name="--out")] = None,
    product: Literal["glo30", "glo90"] = "glo90",
    workers: int = 4,
    server: str | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:  # fmt: skip
    """Fetch the Copernicus tiles of an area from their public bucket; run again, it goes on.

    Both products are surface models: trees and roofs are in the heights.

    Parameters
    ----------
    area
        West, south, east and north edge in degrees.
    scenario
        Take the area of this scenario instead: a packaged name or a folder.
    out
        Folder for the tiles; by default `terrain-glo90` or `terrain-glo30`, inside the scenario's folder if
        it is one of yours.
    product
        `glo30` (about 30 m) or `glo90` (about 90 m).
    workers
        Tiles fetched at a time.
    server
        Mirror of the same layout, with `{bucket}` where the bucket's name goes.
    json_
        Print what the folder holds as JSON on standard output.
    """
    from dataclasses import asdict

    from egide.app.progress import bar, console
    from egide.io.copernicus_tiles import SIDECAR
    from egide.io.terrain_download import SERVER, download_tiles

    wanted, home = _wanted(area, scenario)
    folder = out or home / f"terrain-{product}"
    with bar(f"{product} tiles, kB") as tick:
        held = download_tiles(
            wanted, folder, product=product, server=server or SERVER, workers=workers,
            progress=lambda here, expected: tick(here // 1_000, expected // 1_000),
        )  # fmt: skip
    kinds = [tile.kind for tile in held.tiles]
    seas, substitutes = kinds.count("sea"), kinds.count("substitute")
    words = f"{folder}: {len(kinds)} tiles ({held.fetched} fetched, {held.kept} kept, {seas} at sea)"
    if substitutes:
        words += f"; {substitutes} of them at 90 m, where no 30 m tile is released"
    console.print(words, markup=False)
    console.print(f"for scenario.toml: {folder / SIDECAR} (a surface model: trees and roofs)", markup=False)
    if json_:
        content = {**asdict(held), "folder": str(folder)}
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _wanted(edges: Edges | None, scenario: str | None) -> tuple[Area, Path]:
    """Area to fetch, and the folder that the tiles go into unless another is named."""
    from pydantic import ValidationError

    from egide.io.packaged import DATA
    from egide.io.scenario_files import read_scenario, scenario_folder
    from egide.model.noun import problems_of
    from egide.model.place import Area

    if (edges is None) == (scenario is None):
        remedy = "give either west south east north in degrees, or --scenario NAME"
        raise InputError.one("terrain get", "area", edges, remedy)
    if scenario is not None:
        folder = scenario_folder(scenario)
        return read_scenario(scenario).area, Path() if folder.is_relative_to(DATA) else folder
    names = ("west_deg", "south_deg", "east_deg", "north_deg")
    try:
        return Area.model_validate(dict(zip(names, edges or (), strict=True))), Path()
    except ValidationError as error:
        raise InputError(problems_of(error, "terrain get")) from None
