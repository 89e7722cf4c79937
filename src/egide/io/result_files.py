"""Results to files and back: one JSON document for words and numbers, one `.npz` for arrays.

Results are frozen dataclasses with typed fields, so the types alone say how to read them back. Both files
are the same bytes for the same result.
"""

from __future__ import annotations

import dataclasses
import json
import types
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import BaseModel

from egide.errors import InputError
from egide.io.atomic import replacing, write_text

T = TypeVar("T")

NOT_STORED = {"seconds": 0.0, "outcome": None}
"""Fields that are not written, and what stands for them after reading: `run.json` alone holds timings, and
full trials are made again from their seed."""


def write_result(result: Any, stem: Path) -> list[Path]:
    """Write a result dataclass as `STEM.json` and, where it holds arrays, `STEM.npz`.

    Returns
    -------
    list of Path
        The files written.
    """
    arrays: dict[str, np.ndarray] = {}
    tree = _encode(result, "", arrays)
    files = [stem.with_suffix(".json")]
    if arrays:
        files.append(stem.with_suffix(".npz"))
        with replacing(files[1]) as beside:
            np.savez_compressed(beside, allow_pickle=False, **arrays)
    write_text(files[0], json.dumps(tree, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
    return files


def read_result(kind: type[T], stem: Path) -> T:
    """Read a result dataclass back.

    Raises
    ------
    InputError
        When the files are not those of such a result.
    """
    path = stem.with_suffix(".json")
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        arrays: dict[str, np.ndarray] = {}
        if stem.with_suffix(".npz").exists():
            with np.load(stem.with_suffix(".npz"), allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        result: T = _decode(kind, tree, "", arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = f"is not a stored {kind.__name__} ({error}); delete the run folder and run again"
        raise InputError.one(str(path), "(whole)", None, remedy) from error
    return result


def _encode(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return {"array": path}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(value):
        return {
            field.name: _encode(getattr(value, field.name), f"{path}/{field.name}".lstrip("/"), arrays)
            for field in dataclasses.fields(value)
            if field.name not in NOT_STORED
        }
    if isinstance(value, dict):
        return {str(key): _encode(item, f"{path}/{key}", arrays) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(item, f"{path}/{number}", arrays) for number, item in enumerate(value)]
    return _encode_plain(value)


def _encode_plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return {"float": repr(value)}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"a result holds a {type(value).__name__}, which has no place in a file")


def _decode(kind: Any, tree: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if tree is None:
            return None
        return _decode(next(part for part in get_args(kind) if part is not type(None)), tree, path, arrays)
    if isinstance(tree, dict) and set(tree) == {"array"}:
        array = arrays[tree["array"]]
        array.setflags(write=False)
        return array
    if isinstance(tree, dict) and set(tree) == {"float"}:
        return float(tree["float"])
    if origin in (tuple, list):
        return _decode_sequence(kind, origin, tree, path, arrays)
    if origin is dict:
        key_kind, item_kind = get_args(kind)
        return {
            (float(key) if key_kind is float else key): _decode(item_kind, item, path, arrays)
            for key, item in tree.items()
        }
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind.model_validate(tree)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _decode_dataclass(kind, tree, path, arrays)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(tree)
    return float(tree) if kind is float else tree


def _decode_sequence(kind: Any, origin: Any, tree: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    parts = get_args(kind)
    if origin is tuple and not (len(parts) == 2 and parts[1] is Ellipsis):
        return tuple(_decode(part, item, path, arrays) for part, item in zip(parts, tree, strict=True))
    return origin(_decode(parts[0], item, path, arrays) for item in tree)


def _has_default(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


def _decode_dataclass(kind: Any, tree: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    hints = get_type_hints(kind)
    values = {}
    for field in dataclasses.fields(kind):
        if field.name in NOT_STORED:
            values[field.name] = NOT_STORED[field.name]
        elif field.name not in tree and _has_default(field):
            continue  # written before the field was there
        else:
            values[field.name] = _decode(hints[field.name], tree[field.name], path, arrays)
    return kind(**values)
