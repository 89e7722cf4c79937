"""Fetching Copernicus elevation tiles: the only module of Égide that speaks to the network.

It does so only when a person asks for `egide terrain get`; nothing else in the package opens a socket.
Objects are read over HTTPS, without an account. A tile grows in a `.part` file with the object's ETag kept
beside it, and goes on by HTTP Range after a break; it takes its name only when its length and its checksum
are right. Each whole tile is recorded in the manifest at once.
"""

from __future__ import annotations

import http.client
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from egide._version import __version__
from egide.errors import Cancelled, EgideError, InputError, TerrainError
from egide.io.copernicus_folder import (
    Digest,
    TileRecord,
    digest,
    is_whole,
    product_of,
    read_manifest,
    sea_record,
    write_beside,
    write_manifest,
)
from egide.io.copernicus_tiles import GLO30, GLO90, Product, Tile, listed_names, tiles_of
from egide.io.resuming import Part, PassingError, T, patiently
from egide.model.place import Area

SERVER: Final = "https://{bucket}.s3.amazonaws.com"
"""Where the public buckets are; a mirror of the same layout may be named instead."""

Progress = Callable[[int, int], None]
"""Called with the bytes that are here and the bytes expected, an estimate until every tile has answered."""

_CHUNK: Final = 1 << 18
_TIMEOUT_S: Final = 15.0
_POLL_S: Final = 0.1
_MOST_WORKERS: Final = 16
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_TIFF: Final = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


@dataclass(frozen=True)
class TileFolder:
    """A folder of tiles that covers an area."""

    folder: Path
    """Where the tiles are; `[terrain] path` takes it."""
    product: str
    """`glo30` or `glo90`."""
    tiles: tuple[TileRecord, ...]
    """The tiles of the area, from south to north, then west to east."""
    fetched: int
    """How many of them came over the network this time."""
    kept: int
    """How many were there already, whole."""


@dataclass
class _Line:
    """What every worker shares: where and how to try, when to stop, and the count of bytes."""

    server: str
    attempts: int
    backoff_s: float
    stop: threading.Event = field(default_factory=threading.Event)
    here: dict[str, int] = field(default_factory=dict)
    expected: dict[str, int] = field(default_factory=dict)

    def url(self, product: Product, key: str) -> str:
        return f"{self.server.replace('{bucket}', product.bucket).rstrip('/')}/{key}"

    def patiently(self, url: str, attempt: Callable[[], T], part: Part | None = None) -> T:
        return patiently(
            attempt, url, attempts=self.attempts, backoff_s=self.backoff_s, stop=self.stop, part=part
        )

    def report(self, tiles: int, progress: Progress | None) -> None:
        if progress is not None:
            known = list(self.expected.values())
            unheard = (tiles - len(known)) * sum(known) // max(len(known), 1)
            progress(sum(list(self.here.values())), sum(known) + unheard)


def download_tiles(
    area: Area, folder: str | Path, *, product: str = "glo90", server: str = SERVER, workers: int = 4,
    attempts: int = 6, backoff_s: float = 1.0, progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TileFolder:  # fmt: skip
    """Fetch the Copernicus tiles of an area into a folder, or what is missing of them.

    Tiles that are there and agree with the manifest are kept without asking the network. Where no tile is
    published in either product there is sea: it is recorded, and a tile of 0 m is written. Where only the
    90 m tile is published, it stands in for the 30 m one and the record says so.

    Parameters
    ----------
    area : Area
    folder : str or Path
        Made when absent; may hold the tiles of other areas, of the same product.
    product : {"glo30", "glo90"}
        Spacing of about 30 m or 90 m. Both are surface models: trees and roofs are in the heights.
    server : str
        Web address with `{bucket}` where the bucket's name goes.
    workers : int
        Tiles fetched at a time, 1 to 16.
    attempts : int
        Failures in a row, without a byte gained, after which a tile is given up.
    backoff_s : float
        First pause before another attempt [s]; it doubles up to a minute, or is what the server asks for.
    progress : callable, optional
        Called from this thread with the bytes here and the bytes expected.
    cancelled : callable, optional
        Asked about ten times a second while tiles come; when it says True the work stops.

    Returns
    -------
    TileFolder

    Raises
    ------
    InputError
        Of an empty or far too large area, an unknown product, a server that is no web address, a folder
        of the other product.
    TerrainError
        When tiles cannot be had; the others are fetched all the same.
    Cancelled
        When stopped. Whole tiles are kept; begun ones go on from where they are.

    Notes
    -----
    Heights are in metres above the EGM2008 geoid, taken as above mean sea level. Source of the layout:
    https://copernicus-dem-30m.s3.amazonaws.com/readme.html.
    """
    chosen, folder = product_of(product), Path(folder)
    tiles = tiles_of(area, chosen)
    line = _line(server, workers, attempts, backoff_s)
    records = read_manifest(folder, chosen)
    failures: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = _missing(folder, tiles, chosen, records, workers)
        sources = _sources(line, missing, chosen)
        try:
            for tile in (tile for tile, source in sources.items() if source is None):
                records[tile.name(chosen)] = sea_record(folder, tile, chosen)
            land = {tile: source for tile, source in sources.items() if source is not None}
            jobs = _Jobs(line, folder, chosen, records)
            failures = jobs.run(land, workers, progress, cancelled)
        finally:
            write_beside(folder, chosen, records)
    except (KeyboardInterrupt, Cancelled):
        words = f"stopped; whole tiles are kept in {folder} and begun ones go on when it is run again"
        raise Cancelled(words) from None
    except OSError as error:
        raise TerrainError(f"{folder}: cannot be written: {error}") from None
    if failures:
        listing = "\n".join(f"  - {failure}" for failure in failures)
        raise TerrainError(f"{len(failures)} of {len(tiles)} tiles could not be had:\n{listing}")
    held = tuple(records[tile.name(chosen)] for tile in tiles)
    return TileFolder(folder, chosen.id, held, len(land), len(tiles) - len(missing))


def _missing(
    folder: Path, tiles: tuple[Tile, ...], product: Product, records: dict[str, TileRecord], workers: int
) -> list[Tile]:
    """Tiles that are not in the folder, or no longer as they were recorded."""
    with ThreadPoolExecutor(workers, thread_name_prefix="terrain-check") as pool:
        whole = pool.map(lambda tile: is_whole(folder, records.get(tile.name(product))), tiles)
    return [tile for tile, is_here in zip(tiles, whole, strict=True) if not is_here]


def _line(server: str, workers: int, attempts: int, backoff_s: float) -> _Line:
    address = urllib.parse.urlsplit(server.replace("{bucket}", "bucket"))
    if address.scheme not in ("http", "https") or not address.netloc or "{bucket}" not in server:
        remedy = f"give an http or https address with {{bucket}} in it, such as {SERVER}"
        raise InputError.one("terrain get", "server", server, remedy)
    if not 1 <= workers <= _MOST_WORKERS:
        raise InputError.one("terrain get", "workers", workers, f"choose 1 to {_MOST_WORKERS}")
    if attempts < 1:
        raise InputError.one("terrain get", "attempts", attempts, "must be at least 1")
    return _Line(server, attempts, backoff_s)


def _sources(line: _Line, tiles: list[Tile], product: Product) -> dict[Tile, Product | None]:
    """Say which product each tile comes from; None is sea."""
    if not tiles:
        return {}
    published = _listing(line, product)
    found: dict[Tile, Product | None] = {
        tile: product if tile.name(product) in published else None for tile in tiles
    }
    if product is GLO30 and None in found.values():
        # The 30 m product withholds some land; the 90 m one covers it, and only the sea is absent from both.
        coarse = _listing(line, GLO90)
        for tile, source in found.items():
            if source is None and tile.name(GLO90) in coarse:
                found[tile] = GLO90
    return found


def _listing(line: _Line, product: Product) -> frozenset[str]:
    url = line.url(product, "tileList.txt")
    names = listed_names(line.patiently(url, lambda: _text(url)))
    if not names:
        raise TerrainError(f"{url}: lists no tile; is the server a mirror of the Copernicus bucket?")
    return names


@dataclass
class _Jobs:
    """Tiles fetched a few at a time, each recorded as it becomes whole."""

    line: _Line
    folder: Path
    product: Product
    records: dict[str, TileRecord]
    failures: list[str] = field(default_factory=list)

    def run(
        self, land: dict[Tile, Product], workers: int, progress: Progress | None,
        cancelled: Callable[[], bool] | None,
    ) -> list[str]:  # fmt: skip
        with ThreadPoolExecutor(workers, thread_name_prefix="terrain") as pool:
            names = {
                pool.submit(_tile, self.line, self.folder, tile, source, self.product): tile.name(
                    self.product
                )
                for tile, source in land.items()
            }
            try:
                pending = set(names)
                while pending:
                    done, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                    self._collect(done, names)
                    self.line.report(len(land), progress)
                    if cancelled is not None and cancelled():
                        raise Cancelled
            except BaseException:
                self.line.stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                self._collect(set(names), names)
                raise
        return sorted(self.failures)

    def _collect(self, done: set[Future[TileRecord]], names: dict[Future[TileRecord], str]) -> None:
        for future in (each for each in done if not each.cancelled()):
            try:
                self.records[names[future]] = future.result()
            except Cancelled:
                continue
            except EgideError as error:
                self.failures.append(str(error))
        if done:
            write_manifest(self.folder, self.product, self.records)


def _tile(line: _Line, folder: Path, tile: Tile, source: Product, asked: Product) -> TileRecord:
    name = tile.name(source)
    path, url = folder / f"{name}.tif", line.url(source, f"{name}/{name}.tif")
    part = Part(path)
    etag, found = line.patiently(url, lambda: _grow(line, url, part), part)
    part.finish(path)
    kind: Literal["land", "substitute"] = "land" if source is asked else "substitute"
    return TileRecord(path.name, kind, path.stat().st_size, found.sha256, found.checked, etag, url)


def _grow(line: _Line, url: str, part: Part) -> tuple[str, Digest]:
    """Ask for what is missing of an object and append it; check the whole when it has all come."""
    offset, known = part.length(), part.etag()
    resumed = bool(offset and known)
    headers = {"Range": f"bytes={offset}-", "If-Match": f'"{known}"'} if resumed else {}
    try:
        response = _answer(url, headers)
    except _ChangedError as changed:
        part.drop()
        raise PassingError(f"{changed}; begun anew") from None
    with response:
        etag = (response.headers.get("ETag") or "").removeprefix("W/").strip('"')
        if response.status == 206 and resumed and etag == known:
            total = _total_of(response, offset)
        else:  # a server without ranges, or another object: the whole comes from its first byte
            total = _declared(response)
            part.begin(etag)
        line.expected[url] = total
        _append(line, url, response, part)
        sealed = "kms" in (response.headers.get("x-amz-server-side-encryption") or "")
    here = part.length()
    if here < total:
        raise PassingError(f"the line broke at {here} of {total} bytes")
    found = digest(part.content, etag, is_md5=not sealed)
    if here > total or not found.right:
        part.drop()
        line.here[url] = 0
        raise PassingError(
            f"its {found.checked} is not what the server says ({here} bytes came)", spoiled=True
        )
    with part.content.open("rb") as stream:
        if stream.read(4) not in _TIFF:
            part.drop()
            raise TerrainError(f"{url}: is no TIFF; does a proxy answer in the server's place?")
    return etag, found


def _append(line: _Line, url: str, response: http.client.HTTPResponse, part: Part) -> None:
    with part.content.open("ab") as stream:
        line.here[url] = stream.tell()
        while chunk := _read(response, _CHUNK):
            stream.write(chunk)
            line.here[url] += len(chunk)
            if line.stop.is_set():
                raise Cancelled


class _ChangedError(Exception):
    """The object is no longer the one that was begun."""


def _answer(url: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers={"User-Agent": f"egide/{__version__}", **(headers or {})})
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as refusal:
        with refusal:
            if refusal.code in (412, 416):
                raise _ChangedError(
                    f"the object on the server is no longer the one begun ({refusal.code})"
                ) from None
            words = f"the server answers {refusal.code} {refusal.reason}"
            if refusal.code in _PASSING:
                raise PassingError(
                    words, pause_s=_asked_pause_s(refusal.headers.get("Retry-After"))
                ) from None
            raise TerrainError(f"{url}: {words}") from None
    except (OSError, http.client.HTTPException) as broken:
        raise PassingError(f"no answer: {getattr(broken, 'reason', None) or broken!r}") from None
    return response


def _asked_pause_s(text: str | None) -> float:
    return float(text) if text and text.isdigit() else 0.0


def _read(response: http.client.HTTPResponse, length: int) -> bytes:
    try:
        return response.read() if length < 0 else response.read1(length)
    except http.client.IncompleteRead as short:
        return short.partial  # what did come counts; its length is checked by the caller
    except (OSError, http.client.HTTPException) as broken:
        raise PassingError(f"the line broke: {broken!r}") from None


def _text(url: str) -> str:
    with _answer(url) as response:
        total, content = _declared(response), _read(response, -1)
    if len(content) != total:
        raise PassingError(f"the line broke at {len(content)} of {total} bytes")
    return content.decode("utf-8", errors="replace")


def _declared(response: http.client.HTTPResponse) -> int:
    length = response.headers.get("Content-Length") or ""
    if response.status != 200 or not length.isdigit():
        raise TerrainError(
            f"{response.url}: the server does not say how long it is; is it a mirror of the bucket?"
        )
    return int(length)


def _total_of(response: http.client.HTTPResponse, offset: int) -> int:
    """Length of the whole object from an answer in part, which must go on where we stand."""
    first, _, total = (response.headers.get("Content-Range") or "").removeprefix("bytes ").partition("/")
    if not first.startswith(f"{offset}-") or not total.isdigit():
        raise TerrainError(f"{response.url}: the server answers with another range than was asked")
    return int(total)
