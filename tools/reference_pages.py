"""Write the parts of the reference pages that follow from the code: tables of fields, verbs and names.

    python -m tools.reference_pages

rewrites what stands between `<!-- begin NAME -->` and `<!-- end NAME -->` in docs/scenario.md, docs/cli.md
and docs/api.md; a test regenerates the same text and compares. What stands outside the marks is written by
hand.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import importlib
import inspect
import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotated_types import Ge, Gt, Le, Lt
from cyclopts import App
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import egide
from egide.app.cli import app
from egide.io.scenario_files import TABLES
from egide.model import noun as nouns
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post

DOCS = Path(__file__).resolve().parents[1] / "docs"

ROOMS = ("geo", "coverage", "siting", "cooperation", "model")
"""Rooms whose own `__all__` is public beside the names of `egide`."""

USUAL = {
    "id": "Short name of the line that other tables refer to",
    "name": "Name for people",
    "title": "Title for people",
    "area": "See the table `[area]`",
    "terrain": "See the table `[terrain]`",
    "command": "See the table `[command]`",
    "siting": "See the table `[siting]`",
    "tempo": "See the table `[tempo]`; without it there is one raid and no outlook over weeks",
    "weather": "See the table `[weather]`; without it a calm, dry, hazy night in the country",
    "sustainment": "See the table `[sustainment]`",
    "laydown": "See the table `[laydown]`",
    "unit": "A unit of `units.csv`",
    "site": "A site of `sites.csv`",
    "raid": "A raid of `raids.csv`",
    "route": "Name of the route",
    "launch_area": "A place of `launch_areas.csv`",
    "partner": "A partner of `partners.csv`",
    "requirement": "A line of `requirements.csv`",
    "item": "What it is: a catalogue id of a round, a sensor or an effector",
    "currency": "Currency, such as `EUR`",
    "region": "Region that reports are summed by",
    "place": "Where it is held",
    "notes": "Remarks for people",
    "note": "Remark for people",
    "source": "Where it is reported",
    "quantity": "How many",
    "owner": "Who does it",
    "kind": "Which of these it is",
    "confidence": "How well the line is known",
    "maker": "A partner of `partners.csv` of kind `maker`",
    "pledge": "A pledge of `pledges.csv`",
}
"""What a field of this name is wherever its noun says nothing more."""

OPTIONS = {
    "scenario": "Packaged name or folder of a scenario",
    "--json": "Print the result as JSON on standard output",
    "--out": "Run folder; by default `run` inside the scenario's folder, `./NAME-run` for a packaged name",
    "--seed": "Root of every draw; the same seed gives the same result",
    "--trials": "Simulated nights",
    "--weeks": "Weeks of the outlook",
    "--campaigns": "Simulated courses of the stocks",
    "--laydown": "`today` (as stated) or `designed`",
    "--name": "Id of the raid; by default the first",
    "--language": "`en`, `fr`; may be given twice",
    "--from": "Packaged scenario to copy",
    "folder": "Folder to make",
    "run-folder": "Run folder",
    "first": "Run folder",
    "second": "Run folder",
    "type-id": "Id in the catalogue",
    "table": "CSV file or workbook",
    "--at": "Day (`2025-07-11`) or moment with its zone that is spoken of or recorded; now by default",
    "--run": "Run folder whose outlook says what delays cost; by default the scenario's own",
    "--by": "What totals are summed by",
    "--line": "Line, decision or action the event belongs to",
    "--kind": "Kind of event, such as `pledged` or `delivered`",
    "--partner": "Who gives, or who is responsible",
    "--maker": "Who makes it",
    "--item": "Id in the catalogue",
    "--quantity": "Pieces, added to what was stated before",
    "--money": "Amount, in `--currency`",
    "--currency": "Currency of the amount, such as `EUR`",
    "--on": "Day it happened",
    "--due": "Day it is due",
    "--place": "Destination",
    "--serves": "Requirement that a promise answers, or line that a decision is about",
    "--refers-to": "Event that a correction, a cancellation or another account is about",
    "--evidence": "What proves it: receipt, photograph, statement",
    "--source": "Who says so",
    "--releasable-to": "Partners who may see the line; never stated means everybody",
    "--owner": "Who does it",
    "--title": "Title for people",
    "--priority": "1 first",
    "--note": "Remark for people",
    "base": "Scenario folder that both sides began from",
    "ours": "Scenario folder of one side",
    "theirs": "Scenario folder of the other side",
}
"""What an option means, for every verb that says nothing more about it."""


def scenario_blocks() -> dict[str, str]:
    """Tables of every field of `scenario.toml` and of every CSV table."""
    own = [name for name in Scenario.model_fields if name not in (*TABLES, "catalogue")]
    blocks = {"scenario.toml": _fields(Scenario, own)}
    for name in own:
        kind = _noun_in(Scenario.model_fields[name].annotation)
        if kind is not None:
            shown = [field for field in kind.model_fields if not (kind is Laydown and field == "posts")]
            blocks[f"[{name}]"] = _fields(kind, shown)
    for table, kind in {**TABLES, "laydown": Post}.items():
        blocks[f"{table}.csv"] = f"{_sentence(kind)}\n\n{_fields(kind, list(kind.model_fields))}"
    return blocks


def _noun_in(annotation: Any) -> type[BaseModel] | None:
    for part in (annotation, *typing.get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def _fields(kind: type[BaseModel], names: list[str]) -> str:
    rows = [(f"`{name}`", *_field(f"{kind.__name__}.{name}", kind.model_fields[name])) for name in names]
    return _table(("field", "what it takes", "default", "meaning"), rows)


def _field(path: str, info: FieldInfo) -> tuple[str, str, str]:
    meaning = info.description or USUAL.get(path.rpartition(".")[2])
    if meaning is None:
        raise ValueError(f"{path} has no docstring: add one under the field in egide.model")
    default = info.get_default(call_default_factory=True)
    words = "required" if default is PydanticUndefined else _value(default)
    return _kind(info.annotation, tuple(info.metadata)), words, " ".join(meaning.split()).rstrip(".")


def _value(value: Any) -> str:
    if value is None or value == "" or value == () or value is inspect.Parameter.empty:
        return "none"
    if isinstance(value, BaseModel):
        return "its own defaults"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, enum.Enum):
        return f"`{value.value}`"
    if isinstance(value, float):
        return f"`{value:.6g}`"
    if isinstance(value, tuple):
        return ", ".join(_value(item) for item in value)
    return f"`{value}`"


def _kind(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _kind(parts[0], (*parts[1:], *metadata))
    used = {getattr(item, "func", None) for item in metadata}
    if nouns._several in used:
        return "ids; in a table parted by `;`"
    if nouns._identifier in used:
        return "id"
    if nouns._aware in used:
        return "time with its zone"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_kind(part, metadata) for part in parts if part is not type(None))
    if origin is typing.Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is tuple:
        return f"list of: {_kind(parts[0])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return ", ".join(f"`{item.value}`" for item in annotation)
    words = {
        bool: "`true` or `false`",
        int: "whole number",
        float: "number",
        str: "text",
        datetime.date: "day",
    }
    return words[annotation] + _limits(metadata)


def _limits(metadata: tuple[Any, ...]) -> str:
    words = []
    for item in metadata:
        for limit in item if isinstance(item, list) else (item, *getattr(item, "metadata", ())):
            match limit:
                case Ge():
                    words.append(f"from {limit.ge:g}")
                case Gt():
                    words.append(f"above {limit.gt:g}")
                case Le():
                    words.append(f"to {limit.le:g}")
                case Lt():
                    words.append(f"below {limit.lt:g}")
    return f", {' '.join(words)}" if words else ""


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def cli_blocks() -> dict[str, str]:
    """The list of verbs, and for each its form, its sentence and its options."""
    verbs = list(walk_verbs())
    _all_said(verbs)
    index = [(f"[`egide {name}`](#egide-{name.replace(' ', '-')})", _words(verb)) for name, verb in verbs]
    parts = []
    for name, verb in verbs:
        arguments = [_argument(item) for item in _arguments(verb)]
        form = " ".join(["egide", name, *(form for form, _row in arguments)])
        rows = [row for _form, row in arguments]
        parts += [f"### egide {name}", "", f"```text\n{form}\n```", "", _words(verb)]
        parts += ["", _table(("argument", "default", "meaning"), rows), ""] if rows else [""]
    return {"verbs": _table(("verb", "what it does"), index), "forms": "\n".join(parts).rstrip()}


def _all_said(verbs: list[tuple[str, App]]) -> None:
    """Raise with every argument that nothing is said about."""
    silent = [
        f"egide {name}: {_short(item)}"
        for name, verb in verbs
        for item in _arguments(verb)
        if _meaning(item) is None
    ]
    if silent:
        raise ValueError(f"no help and no usual meaning in tools/reference_pages.py: {'; '.join(silent)}")


def walk_verbs(of: App = app, before: str = "") -> Iterator[tuple[str, App]]:
    """Every verb that does something, with its sub-verbs, in the order they were registered."""
    for name in of:
        if not name.startswith("-"):
            verb = of[name]
            if _runs(verb):
                yield f"{before}{name}", verb
            yield from walk_verbs(verb, f"{before}{name} ")


def _runs(verb: App) -> bool:
    """Whether it does something itself, rather than stand before other verbs."""
    return verb.default_command is not None and all(name.startswith("-") for name in verb)


def _arguments(verb: App) -> list[Any]:
    return [item for item in verb.assemble_argument_collection(parse_docstring=True) if item.show]


def _words(verb: App) -> str:
    return _first(verb.help or inspect.getdoc(verb.default_command))


def _first(text: Any) -> str:
    return " ".join(str(text or "").split("\n\n")[0].split())


def _long(item: Any) -> str:
    return str(next((name for name in item.names if name.startswith("--")), item.names[0]))


def _short(item: Any) -> str:
    """Name as a person meets it: in words where it stands by its place, with its dashes where it is an option."""
    return _long(item).removeprefix("--").lower() if item.index is not None else _long(item)


def _meaning(item: Any) -> str | None:
    return item.parameter.help or OPTIONS.get(_short(item)) or OPTIONS.get(_long(item))


def _argument(item: Any) -> tuple[str, tuple[str, str, str]]:
    long, here = _long(item), item.index is not None
    default = item.field_info.default
    given = default is not inspect.Parameter.empty or not item.required
    flag = item.hint is bool
    form = _short(item).upper() if here else long if flag else f"{long} {long.removeprefix('--').upper()}"
    words = "required" if not given else "off" if flag and default is False else _value(default)
    row = (f"`{form if here or flag else long}`", words, " ".join(str(_meaning(item)).split()).rstrip("."))
    return (f"[{form}]" if given else form), row


def api_blocks() -> dict[str, str]:
    """Public names of `egide`, and those of the rooms that have more."""
    blocks = {"names": "\n\n".join(_name_block(name, getattr(egide, name)) for name in egide.__all__)}
    for room in ROOMS:
        module = importlib.import_module(f"egide.{room}")
        rows = [(f"`{name}{_signature(item)}`", _sentence(item)) for name, item in _members(module)]
        blocks[f"egide.{room}"] = _table(("name", "what it is"), rows)
    return blocks


def _members(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    for name in sorted(module.__all__, key=str.lower):
        item = getattr(module, name)
        if inspect.isfunction(item) or isinstance(item, type):
            yield name, item


def _name_block(name: str, item: Any) -> str:
    if name == "__version__":
        return "### \\_\\_version\\_\\_\n\nVersion of the package, a text."
    lines = [f"### {name}", "", f"```text\negide.{name}{_signature(item)}\n```", "", _sentence(item)]
    if isinstance(item, type):
        rows = [(f"`{member}{_signature(found)}`", _sentence(found)) for member, found in _own_members(item)]
        lines += ["", _table(("member", "what it is"), rows)] if rows else []
    return "\n".join(lines)


def _own_members(kind: type) -> Iterator[tuple[str, Any]]:
    for name, item in vars(kind).items():
        plain = item.__func__ if isinstance(item, classmethod | staticmethod) else item
        if isinstance(item, property):
            plain = item.fget
        is_public = not name.startswith("_") and inspect.isfunction(plain)
        if is_public and (isinstance(item, property) or inspect.getdoc(plain)):
            yield name, item if isinstance(item, property) else plain


def _signature(item: Any) -> str:
    if isinstance(item, property) or (isinstance(item, type) and not dataclasses.is_dataclass(item)):
        return ""
    if not callable(item):
        return ""
    try:
        parameters = list(inspect.signature(item).parameters.values())
    except (TypeError, ValueError):
        return ""
    kept = [each for each in parameters if each.name not in ("self", "cls") and not each.name.startswith("_")]
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in kept]
    text = str(inspect.Signature(bare))
    return re.sub(r"<(?:function|class) '?([\w.]+)'?[^>]*>", r"\1", text)


def _sentence(item: Any) -> str:
    """First sentence of a docstring; a name without one is a defect that the test shows."""
    documented = item.fget if isinstance(item, property) else item
    paragraph = " ".join((inspect.getdoc(documented) or "").split("\n\n")[0].split())
    if not paragraph:
        raise ValueError(f"{item!r} has no docstring")
    return paragraph


def filled(page: str, blocks: dict[str, str]) -> str:
    """Text of a page with every marked part replaced; each part must be marked once."""
    for name, content in blocks.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        if page.count(begin) != 1 or page.count(end) != 1:
            raise ValueError(f"the page must hold {begin} and {end} once")
        before, rest = page.split(begin)
        _old, after = rest.split(end)
        page = f"{before}{begin}\n{content}\n{end}{after}"
    return page


PAGES = {"scenario.md": scenario_blocks, "cli.md": cli_blocks, "api.md": api_blocks}
"""Pages with parts that follow from the code."""


def main() -> None:
    """Rewrite the pages; what the code leaves unsaid is told after the others are written."""
    unsaid = []
    for name, blocks in PAGES.items():
        path = DOCS / name
        try:
            path.write_text(filled(path.read_text(encoding="utf-8"), blocks()), encoding="utf-8")
        except ValueError as error:
            unsaid.append(f"{name}: {error}")
    if unsaid:
        raise SystemExit("\n".join(unsaid))


if __name__ == "__main__":
    main()
