"""A scenario as a folder: `scenario.toml` and CSV tables."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import ValidationError

from egide.errors import InputError, Problem
from egide.io.atomic import write_text
from egide.io.catalogue_files import read_catalogue, write_catalogue
from egide.io.packaged import PACKAGED, example_folder, example_names
from egide.io.tables import TableReading, read_table, write_table
from egide.model.catalogue import Catalogue
from egide.model.checks import problems_in
from egide.model.migrations import migrate
from egide.model.need import NeedOption
from egide.model.noun import Noun, problems_of
from egide.model.partner import (
    Action,
    Currency,
    Leg,
    Lot,
    OrderOption,
    Partner,
    Pledge,
    Production,
    Requirement,
    Stock,
    Store,
)
from egide.model.place import Area, Asset, Place, Site, TerrainReference
from egide.model.raid import LaunchArea, Raid, RaidGroup, Waypoint
from egide.model.scenario import Scenario
from egide.model.unit import Post, Unit

MAIN = "scenario.toml"
CATALOGUE = "catalogue"

TABLES: dict[str, type[Noun]] = {
    "places": Place,
    "assets": Asset,
    "sites": Site,
    "units": Unit,
    "launch_areas": LaunchArea,
    "routes": Waypoint,
    "raids": Raid,
    "raid_groups": RaidGroup,
    "requirements": Requirement,
    "options": NeedOption,
    "partners": Partner,
    "pledges": Pledge,
    "lots": Lot,
    "stocks": Stock,
    "stores": Store,
    "legs": Leg,
    "production": Production,
    "orders": OrderOption,
    "currencies": Currency,
    "actions": Action,
}
"""Tables of a scenario folder: `NAME.csv` holds nouns of this type."""

# Stand-ins that let the remaining checks run when a required part of scenario.toml is itself wrong.
_STAND_INS: dict[str, Any] = {
    "name": "unnamed",
    "title": "",
    "day": date(1, 1, 1),
    "area": Area(west_deg=-180, south_deg=-90, east_deg=180, north_deg=90),
    "terrain": TerrainReference(path="none", cell_m=1.0),
}


def scenario_folder(name: str | Path) -> Path:
    """Folder of a packaged name or of a path.

    Raises
    ------
    InputError
        When it is neither; packaged names are listed.
    """
    folder = Path(name)
    if (folder / MAIN).is_file():
        return folder
    if str(name) in example_names():
        return example_folder(str(name))
    remedy = f"is neither a folder with {MAIN} nor a packaged scenario ({', '.join(example_names())})"
    raise InputError.one(str(name), "scenario", None, remedy)


def read_scenario(name: str | Path) -> Scenario:
    """Read a scenario from a folder or by its packaged name.

    Parameters
    ----------
    name : str or Path
        Folder with `scenario.toml`, or a packaged name such as ``"tiny"``.

    Returns
    -------
    Scenario
        Frozen, checked.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    scenario, problems = scenario_and_problems(name)
    if problems or scenario is None:
        raise InputError(problems)
    return scenario


def scenario_and_problems(name: str | Path) -> tuple[Scenario | None, list[Problem]]:
    """Return what could be read of a scenario, and everything that is wrong with it.

    Parts of `scenario.toml` that are themselves wrong have stand-ins; None when not even that is possible.

    Raises
    ------
    InputError
        When there is no such scenario, or `scenario.toml` cannot be read at all.
    """
    folder = scenario_folder(name)
    problems: list[Problem] = []
    content = _read_main(folder / MAIN)
    catalogue = _read_catalogue(folder, problems)
    readings = {table: read_table(folder / f"{table}.csv", noun) for table, noun in TABLES.items()}
    posts = read_table(folder / "laydown.csv", Post)
    problems += _misnamed_tables(folder)
    every: list[TableReading[Any]] = [*readings.values(), posts]
    for reading in every:
        problems += reading.problems
    scenario = _assemble(folder, content, catalogue, readings, posts, problems)
    # References into a table that could not be read at all would only repeat that problem line by line.
    if scenario is not None and all(reading.is_readable for reading in every):
        refused = set().union(*(reading.refused_ids for reading in readings.values()))
        problems += [found for found in problems_in(scenario) if found.value not in refused]
    return scenario, problems


def _misnamed_tables(folder: Path) -> list[Problem]:
    """Tables that would be passed over in silence because their name is almost that of another."""
    known = {f"{table}.csv" for table in (*TABLES, "laydown")}
    others = sorted(path.name for path in folder.iterdir() if path.suffix.lower() == ".csv")
    found = []
    for name in others:
        if name in known:
            continue
        (near,) = get_close_matches(name.lower(), sorted(known), n=1, cutoff=0.85) or ("",)
        if near and near not in others:
            found.append(Problem(name, "(file)", None, f"is no table of a scenario; did you mean {near}?"))
    return found


def _read_main(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        remedy = f"is not UTF-8 (byte {error.start}); save the file as UTF-8"
        raise InputError.one(path.name, "(encoding)", None, remedy) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError.one(path.name, "(syntax)", None, f"is not TOML: {error}") from None
    except OSError as error:
        raise InputError.one(path.name, "(file)", None, f"cannot be read: {error.strerror}") from None
    return migrate(content, path.name)


def _read_catalogue(folder: Path, problems: list[Problem]) -> Catalogue:
    own = folder / CATALOGUE
    if own.is_file():
        remedy = "is a file; make it a folder and put .toml files into it"
        problems.append(Problem(CATALOGUE, "(folder)", None, remedy))
    try:
        return read_catalogue(own if own.is_dir() else None)
    except InputError as error:
        problems += error.problems
        return read_catalogue()


def _assemble(
    folder: Path,
    content: dict[str, Any],
    catalogue: Catalogue,
    readings: dict[str, TableReading[Any]],
    posts: TableReading[Post],
    problems: list[Problem],
) -> Scenario | None:
    for table in (*TABLES, "catalogue"):
        if table in content:
            problems.append(Problem(MAIN, table, None, f"does not belong here; write it to {table}.csv"))
            del content[table]
    laydown = content.get("laydown", {})
    if isinstance(laydown, dict):
        content["laydown"] = {**laydown, "posts": tuple(posts.nouns)}
    content["terrain"] = _with_place(folder, content.get("terrain"))
    content |= {table: tuple(reading.nouns) for table, reading in readings.items()}
    content["catalogue"] = catalogue
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        problems += [_posts_in_csv(found) for found in problems_of(error, MAIN)]
        wrong = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
    kept = {key: value for key, value in content.items() if key not in wrong}
    try:
        return Scenario.model_validate({**_STAND_INS, **kept})
    except ValidationError:  # what is left contradicts itself; the problems found so far say why
        return None


def _posts_in_csv(problem: Problem) -> Problem:
    if problem.field.startswith("laydown.posts"):
        return Problem("laydown.csv", "(lines)", None, problem.remedy)
    return problem


def _with_place(folder: Path, terrain: Any) -> Any:
    """Make the terrain's path absolute, so that the scenario can be handed on without its folder."""
    if isinstance(terrain, dict) and isinstance(terrain.get("path"), str):
        path = terrain["path"]
        if not path.startswith(PACKAGED):
            return {**terrain, "path": str((folder / path).resolve())}
    return terrain


def write_scenario(scenario: Scenario, folder: str | Path) -> None:
    """Write a scenario as a folder that `read_scenario` gives back unchanged.

    Parameters
    ----------
    scenario : Scenario
    folder : str or Path
        Made when absent; tables the scenario leaves empty are removed.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    nouns = {**{table: getattr(scenario, table) for table in TABLES}, "laydown": scenario.laydown.posts}
    for table, lines in nouns.items():
        path = folder / f"{table}.csv"
        if lines:
            write_table(path, lines, TABLES.get(table, Post))
        else:
            path.unlink(missing_ok=True)
    if scenario.catalogue != read_catalogue():
        write_catalogue(scenario.catalogue, folder / CATALOGUE)
    write_text(folder / MAIN, tomlkit.dumps(_main_content(scenario, folder)))


def _main_content(scenario: Scenario, folder: Path) -> dict[str, Any]:
    content = scenario.model_dump(mode="python", exclude={*TABLES, "catalogue"}, exclude_none=True)
    del content["laydown"]["posts"]
    path = Path(content["terrain"]["path"])
    if path.is_absolute() and path.is_relative_to(folder.resolve()):
        content["terrain"]["path"] = str(path.relative_to(folder.resolve()))
    plain: dict[str, Any] = _without_tuples(content)
    return plain


def _without_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_tuples(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_tuples(item) for item in value]
    return value


def copy_example(name: str, folder: Path) -> None:
    """Copy a packaged scenario's files to a folder that does not exist yet.

    The copy reads the elevation model beside it where one was copied, so that it can be edited too.

    Raises
    ------
    InputError
        When the name is unknown, or the folder is a file or already holds something.
    """
    source = scenario_folder(name)
    if folder.exists() and not folder.is_dir():
        raise InputError.one(str(folder), "folder", None, "is a file; name a new folder")
    if folder.exists() and any(folder.iterdir()):
        raise InputError.one(str(folder), "folder", None, "is not empty; name a new one")
    try:
        shutil.copytree(
            source, folder, ignore=shutil.ignore_patterns("run", "*-run", "__pycache__"), dirs_exist_ok=True
        )
    except OSError as error:
        raise InputError.one(str(folder), "folder", None, f"cannot be written: {error}") from None
    text = (folder / MAIN).read_text(encoding="utf-8")
    write_text(folder / MAIN, text.replace(f'"{PACKAGED}examples/{source.name}/', '"'))
