"""JSON Schemas of a scenario's files, so that an editor completes and checks them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from egide.io.atomic import write_text
from egide.io.scenario_files import MAIN, TABLES
from egide.model.noun import Noun
from egide.model.scenario import Scenario
from egide.model.unit import Post

SCHEMAS = "schema"
"""Folder of the schemas beside a scenario's files."""

_IN_TABLES = (*TABLES, "catalogue")


def scenario_schema() -> dict[str, Any]:
    """Schema of `scenario.toml`: the scenario without what stands in tables."""
    schema = Scenario.model_json_schema()
    for name in _IN_TABLES:
        schema["properties"].pop(name, None)
    schema["required"] = ["egide_schema", *(name for name in schema["required"] if name not in _IN_TABLES)]
    schema["properties"]["laydown"] = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "notional": {"type": "boolean"}},
        "additionalProperties": False,
    }
    used = json.dumps(schema["properties"])
    kept: dict[str, Any] = {}
    pending = [name for name in schema.get("$defs", {}) if f'#/$defs/{name}"' in used]
    while pending:
        name = pending.pop()
        if name not in kept:
            kept[name] = schema["$defs"][name]
            text = json.dumps(kept[name])
            pending += [other for other in schema["$defs"] if f'#/$defs/{other}"' in text]
    schema["$defs"] = dict(sorted(kept.items()))
    return schema


def table_schemas() -> dict[str, dict[str, Any]]:
    """Schema of a line of each CSV table, by file name."""
    nouns: dict[str, type[Noun]] = {**TABLES, "laydown": Post}
    return {f"{table}.csv": noun.model_json_schema() for table, noun in nouns.items()}


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema to a folder; returns the files."""
    files = {"scenario.schema.json": scenario_schema()}
    files |= {f"{name.removesuffix('.csv')}.schema.json": schema for name, schema in table_schemas().items()}
    for name, schema in files.items():
        write_text(folder / name, json.dumps(schema, ensure_ascii=False, indent=1) + "\n")
    return [folder / name for name in files]


def add_schemas(scenario_folder: Path) -> None:
    """Write every schema to `schema/` beside a scenario, and name them to editors in `scenario.toml`."""
    folder = scenario_folder / SCHEMAS
    write_schemas(folder)
    main = scenario_folder / MAIN
    text = main.read_text(encoding="utf-8-sig")
    if not text.startswith("#:schema "):
        write_text(main, f"#:schema ./{SCHEMAS}/scenario.schema.json\n{text}")
