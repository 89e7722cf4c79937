"""A folder of Copernicus tiles: what it holds, whether each file is still whole, what lies beside them."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from egide.errors import InputError
from egide.io.atomic import write_text
from egide.io.copernicus_tiles import (
    GLO90,
    NOTICE,
    PRODUCTS,
    SEA,
    SIDECAR,
    Product,
    Tile,
    notice,
    sidecar,
    write_sea_tile,
)

MANIFEST: Final = "manifest.json"
"""File that records what a folder of tiles holds."""

Checked = Literal["md5", "md5 of parts", "length", "made here"]
"""What a file was checked against: the server's MD5, that of an upload in parts, its length alone, nothing."""

_CHUNK: Final = 1 << 20
_MD5: Final = re.compile(r"[0-9a-f]{32}")
_IN_PARTS: Final = re.compile(r"[0-9a-f]{32}-([1-9]\d{0,4})")
_PART_SIZES: Final = tuple(mib << 20 for mib in (5, 8, 10, 15, 16, 25, 32, 50, 64, 100))
# Sizes of parts that upload tools use, in bytes: such an object's ETag is the MD5 of its parts' MD5s.


@dataclass(frozen=True, slots=True)
class TileRecord:
    """What the manifest says of one tile."""

    file: str
    """Name of the file in the folder."""
    kind: Literal["land", "sea", "substitute"]
    """`sea` where none is published; `substitute` where a 90 m tile stands in for an unreleased 30 m one."""
    size: int
    """Length of the file in bytes."""
    sha256: str
    """Its SHA-256 [hex]."""
    checked: Checked
    """What it was checked against when it came."""
    etag: str = ""
    """The server's own mark of the object."""
    url: str = ""
    """Where it came from."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A file's checksums against what its server said of it."""

    sha256: str
    """SHA-256 [hex]."""
    checked: Checked
    """What the server's mark allowed to check."""
    right: bool
    """False when the file is not what the server holds."""


def digest(path: Path, etag: str, *, is_md5: bool = True) -> Digest:
    """Read a file once and compare it with its ETag.

    Parameters
    ----------
    path : Path
    etag : str
        Without quotation marks. S3 gives the MD5 of an object uploaded in one piece, and the MD5 of the
        MD5s of its parts, with their number, of one uploaded in several; parts of the usual sizes are tried.
    is_md5 : bool
        False where the server says that its marks are none (encrypted under a key of the owner's).
    """
    parts = _IN_PARTS.fullmatch(etag)
    size = path.stat().st_size
    count = int(parts[1]) if parts else 1
    sizes = [of for of in _PART_SIZES if -(-size // of) == count] if parts and is_md5 else []
    sha, whole = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    by_size = {of: [hashlib.md5(usedforsecurity=False) for _ in range(count)] for of in sizes}
    at = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):  # every size of part is a multiple of the chunk
            sha.update(chunk)
            whole.update(chunk)
            for of, digests in by_size.items():
                digests[at // of].update(chunk)
            at += len(chunk)
    if is_md5 and _MD5.fullmatch(etag):
        return Digest(sha.hexdigest(), "md5", whole.hexdigest() == etag)
    for digests in by_size.values():
        joined = hashlib.md5(b"".join(each.digest() for each in digests), usedforsecurity=False)
        if f"{joined.hexdigest()}-{count}" == etag:
            return Digest(sha.hexdigest(), "md5 of parts", True)
    return Digest(sha.hexdigest(), "length", True)


def read_manifest(folder: Path, product: Product) -> dict[str, TileRecord]:
    """Read what a folder holds, by the names of its tiles; nothing when there is no manifest.

    Raises
    ------
    InputError
        When the manifest is damaged, or the folder is for the other product.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        held = content["product"]
        records = {name: TileRecord(**record) for name, record in content["tiles"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        remedy = "is damaged; remove it and run the command again (the tiles will be fetched anew)"
        raise InputError.one(str(path), "(whole)", None, remedy) from None
    if held != product.id:
        remedy = f"is not {product.id}: a folder holds the tiles of one product; name another folder"
        raise InputError.one(str(path), "product", held, remedy)
    return records


def write_manifest(folder: Path, product: Product, records: dict[str, TileRecord]) -> None:
    """Record what a folder holds; the file is whole or it is not there."""
    content = {
        "egide_schema": 1,
        "product": product.id,
        "surface": "surface_model",
        "vertical_datum": "EGM2008",
        "notice": NOTICE,
        "tiles": {name: asdict(records[name]) for name in sorted(records)},
    }
    write_text(folder / MANIFEST, json.dumps(content, indent=1) + "\n")


def write_beside(folder: Path, product: Product, records: dict[str, TileRecord]) -> None:
    """Write the manifest, the licence's notices and the `[terrain]` table beside the tiles."""
    write_manifest(folder, product, records)
    mixed = any(record.kind == "substitute" for record in records.values())
    write_text(folder / NOTICE, notice((product, GLO90) if mixed else (product,)))
    write_text(folder / SIDECAR, sidecar(_path_for_scenario(folder), product))


def _path_for_scenario(folder: Path) -> str:
    """Path of a folder of tiles from the scenario's folder that it lies in; in full when it lies in none."""
    there = folder.resolve()
    for parent in there.parents:
        if (parent / "scenario.toml").is_file():
            return there.relative_to(parent).as_posix()
    return there.as_posix()


def is_whole(folder: Path, record: TileRecord | None) -> bool:
    """Say whether the file of a record is there and as it was recorded."""
    if record is None:
        return False
    path = folder / record.file
    if not path.is_file() or path.stat().st_size != record.size:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == record.sha256


def sea_record(folder: Path, tile: Tile, product: Product) -> TileRecord:
    """Write a tile of sea level and say so."""
    path = folder / f"{tile.name(product)}{SEA}.tif"
    write_sea_tile(path, tile, product)
    return TileRecord(path.name, "sea", path.stat().st_size, digest(path, "").sha256, "made here")


def product_of(name: str) -> Product:
    """Product by its name in commands.

    Raises
    ------
    InputError
        When there is none of that name.
    """
    if name not in PRODUCTS:
        raise InputError.one("terrain get", "product", name, f"choose one of {', '.join(PRODUCTS)}")
    return PRODUCTS[name]
