"""Copernicus tiles: which ones an area needs, and how they come over a line that breaks.

The stand-in is a server on this machine with the layout of the public buckets; what it does wrong, and
when, is stated in each test. The real buckets are not asked.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import random
import threading
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from egide.app import cli
from egide.errors import Cancelled, InputError, TerrainError
from egide.geo import Grid, project, theatre_crs
from egide.io.copernicus_folder import digest
from egide.io.copernicus_tiles import GLO30, GLO90, PRODUCTS, Tile, columns_per_deg, listed_names, tiles_of
from egide.io.terrain_download import TileFolder, download_tiles
from egide.io.terrain_files import read_elevation
from egide.model.place import Area, TerrainReference

AREA = Area(west_deg=30.2, south_deg=50.2, east_deg=31.4, north_deg=50.8)
WEST, EAST = Tile(50, 30), Tile(50, 31)
ALL_LAND = (WEST, EAST)


def key(tile: Tile, product: str = "glo90") -> str:
    chosen = PRODUCTS[product]
    return f"/{chosen.bucket}/{tile.name(chosen)}/{tile.name(chosen)}.tif"


def body(seed: int, size: int = 300_000) -> bytes:
    return b"II*\x00" + random.Random(seed).randbytes(size - 4)


@dataclass
class Fault:
    """What the stand-in does wrong with the next request for an object."""

    status: int = 0
    cut_at: int = -1
    spoil: bool = False
    without_range: bool = False
    slow: bool = False
    retry_after: str = ""


@dataclass
class StandIn:
    """The buckets' content, the faults to come by path, and what was asked."""

    objects: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    etags: dict[str, str] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0
    lock: Any = field(default_factory=threading.Lock)
    url: str = ""

    def etag(self, path: str) -> str:
        return self.etags.get(path) or hashlib.md5(self.objects[path]).hexdigest()

    def publish(self, product: str, tiles: dict[Tile, bytes]) -> None:
        chosen = PRODUCTS[product]
        listing = "".join(f"{tile.name(chosen)}\r\n" for tile in tiles)
        self.objects[f"/{chosen.bucket}/tileList.txt"] = listing.encode()
        self.objects |= {key(tile, product): content for tile, content in tiles.items()}

    def ranges(self, path: str) -> list[str]:
        return [asked for at, asked in self.asked if at == path]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    held: StandIn

    def log_message(self, *_words: object) -> None:
        pass

    def do_GET(self) -> None:
        held, path = self.held, self.path
        with held.lock:
            held.asked.append((path, self.headers.get("Range") or ""))
            waiting = held.faults.get(path) or []
            fault = waiting.pop(0) if waiting else Fault()
            held.at_once += 1
            held.most_at_once = max(held.most_at_once, held.at_once)
        self.counted = True
        try:
            self._answer(fault)
        finally:
            self._leave()

    def _leave(self) -> None:
        """Count this request as over, once."""
        if self.counted:
            self.counted = False
            with self.held.lock:
                self.held.at_once -= 1

    def _refuse(self, status: int, retry_after: str = "") -> None:
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, fault: Fault) -> None:
        content = self.held.objects.get(self.path)
        if fault.status or content is None:
            self._refuse(fault.status or 404, fault.retry_after)
            return
        etag, asked = f'"{self.held.etag(self.path)}"', self.headers.get("Range")
        if self.headers.get("If-Match", etag) != etag:
            self._refuse(412)
            return
        start = 0 if asked is None or fault.without_range else int(asked.removeprefix("bytes=").rstrip("-"))
        if start >= len(content) and start:
            self._refuse(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if fault.spoil:
            content = content[:-1] + bytes([content[-1] ^ 1])
        self._send(content[start:] if fault.cut_at < 0 else content[start : fault.cut_at], fault)
        if fault.cut_at >= 0:
            self.close_connection = True

    def _send(self, content: bytes, fault: Fault) -> None:
        step = 10_000 if fault.slow else len(content) or 1
        try:
            for at in range(0, len(content), step):
                if fault.slow:
                    time.sleep(0.02)
                if at + step >= len(content):  # before the last byte: the other side may ask anew after it
                    self._leave()
                self.wfile.write(content[at : at + step])
        except OSError:  # the other side went away
            self.close_connection = True


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    held = StandIn()
    handler = type("BoundHandler", (Handler,), {"held": held})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    held.url = f"http://127.0.0.1:{server.server_port}/{{bucket}}"
    held.publish("glo90", {tile: body(i) for i, tile in enumerate(ALL_LAND)})
    yield held
    server.shutdown()
    server.server_close()


def fetch(stand_in: StandIn, folder: Path, area: Area = AREA, **options: Any) -> TileFolder:
    settings: dict[str, Any] = {"server": stand_in.url, "backoff_s": 0.005, "attempts": 4, **options}
    return download_tiles(area, folder, **settings)


def file_of(folder: Path, tile: Tile, product: str = "glo90") -> Path:
    return folder / f"{tile.name(PRODUCTS[product])}.tif"


# --- which tiles ------------------------------------------------------------------------------------------


def test_names_are_those_of_the_public_buckets() -> None:
    """N50 E030 at 30 m and S14 W172 are named as in the bucket's own pages."""
    assert Tile(50, 30).name(GLO30) == "Copernicus_DSM_COG_10_N50_00_E030_00_DEM"
    assert Tile(-14, -172).name(GLO30) == "Copernicus_DSM_COG_10_S14_00_W172_00_DEM"
    assert Tile(0, -5).name(GLO90) == "Copernicus_DSM_COG_30_N00_00_W005_00_DEM"


WIDTHS = {
    0: 1200, 49: 1200, -50: 1200, 50: 800, -51: 800, 60: 600, 70: 400, 80: 240, 85: 120, 89: 120, -90: 120,
}  # fmt: skip


@pytest.mark.parametrize(("south", "columns"), WIDTHS.items())
def test_spacing_along_a_parallel_widens_as_published(south: int, columns: int) -> None:
    """Widths of the 90 m tiles by latitude: table of the bucket's readme."""
    assert columns_per_deg(south, GLO90) == columns


def holder(row: int, col: int, columns: int, product_rows: int) -> Tile:
    """Tile that holds a sample: latitudes above its southern edge up to the northern, longitudes from the western."""
    return Tile(math.ceil(row / product_rows) - 1, math.floor(col / columns))


@given(
    west=st.floats(-179.0, 178.0), south=st.floats(-84.0, 83.0),
    wide=st.floats(1e-4, 2.0), high=st.floats(1e-4, 2.0),
    across=st.floats(0.0, 1.0), up=st.floats(0.0, 1.0), whole=st.booleans(), product=st.sampled_from((GLO30, GLO90)),
)  # fmt: skip
def test_every_sample_that_a_height_in_the_area_is_made_from_is_in_a_tile(
    west: float, south: float, wide: float, high: float, across: float, up: float, whole: bool, product: Any
) -> None:
    """The four samples around any point of the area are in the tiles named, also on whole degrees."""
    if whole:
        west, south, wide, high = math.floor(west), math.floor(south), math.ceil(wide), math.ceil(high)
    area = Area(west_deg=west, south_deg=south, east_deg=west + wide, north_deg=south + high)
    tiles = set(tiles_of(area, product))
    lon = min(area.west_deg + across * (area.east_deg - area.west_deg), area.east_deg)
    lat = min(area.south_deg + up * (area.north_deg - area.south_deg), area.north_deg)
    rows = product.samples_per_deg
    for row in {math.floor(lat * rows), math.ceil(lat * rows)}:
        columns = columns_per_deg(holder(row, 0, 1, rows).south_deg, product)
        for col in {math.floor(lon * columns), math.ceil(lon * columns)}:
            assert holder(row, col, columns, rows) in tiles


@given(west=st.integers(-179, 175), south=st.integers(-80, 75), data=st.data())
def test_no_tile_is_fetched_that_no_height_is_made_from(west: int, south: int, data: st.DataObject) -> None:
    """An area well inside a block of tiles needs exactly that block."""
    wide, high = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    area = Area(
        west_deg=west + 0.1, south_deg=south + 0.1, east_deg=west + wide - 0.1, north_deg=south + high - 0.1
    )
    block = {Tile(south + i, west + j) for i, j in itertools.product(range(high), range(wide))}
    assert set(tiles_of(area, GLO90)) == block


def test_an_area_that_ends_on_whole_degrees_needs_the_tiles_beyond_its_south_and_east() -> None:
    """The published tiles lack their southern row and eastern column (the bucket's readme)."""
    area = Area(west_deg=30, south_deg=50, east_deg=31, north_deg=51)
    assert tiles_of(area, GLO90) == (Tile(49, 30), Tile(49, 31), Tile(50, 30), Tile(50, 31))


def test_the_list_of_tiles_is_read_with_any_line_ending_folder_or_suffix() -> None:
    """Names come out the same from `NAME`, `NAME/`, and `NAME/NAME.tif` with either line ending."""
    name = Tile(50, 30).name(GLO90)
    for text in (f"{name}\n", f"{name}/\r\n", f"Copernicus_DSM/{name}.tif", f"x\n{name}\n\n"):
        assert listed_names(text) == {name}


# --- whole transfers --------------------------------------------------------------------------------------


def test_tiles_come_whole_and_are_recorded_with_their_checksums(stand_in: StandIn, tmp_path: Path) -> None:
    """Files equal the objects; the manifest holds length, SHA-256, ETag and what was checked."""
    held = fetch(stand_in, tmp_path)
    assert (held.fetched, held.kept) == (2, 0)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["surface"] == "surface_model"
    assert manifest["product"] == "glo90"
    for tile, record in zip(ALL_LAND, held.tiles, strict=True):
        content = stand_in.objects[key(tile)]
        assert file_of(tmp_path, tile).read_bytes() == content
        assert record.sha256 == hashlib.sha256(content).hexdigest()
        assert (record.kind, record.checked, record.size) == ("land", "md5", len(content))
        assert manifest["tiles"][tile.name(GLO90)]["etag"] == hashlib.md5(content).hexdigest()
    assert not list(tmp_path.glob("*.part*"))


def test_the_terrain_table_says_that_it_is_a_surface_model(stand_in: StandIn, tmp_path: Path) -> None:
    """The table beside the tiles is a valid `[terrain]`, declares a surface model, and is relative to the scenario."""
    (tmp_path / "scenario.toml").write_text("")
    fetch(stand_in, tmp_path / "dem")
    table = tomllib.loads((tmp_path / "dem" / "terrain.toml").read_text(encoding="utf-8"))["terrain"]
    reference = TerrainReference.model_validate(table)
    assert (reference.path, reference.cell_m, reference.surface) == ("dem", 90.0, "surface_model")


def test_the_notices_of_the_licence_lie_beside_the_tiles(stand_in: StandIn, tmp_path: Path) -> None:
    """Both sentences that the licence asks for name the product fetched."""
    fetch(stand_in, tmp_path)
    text = (tmp_path / "COPERNICUS-DEM-NOTICE.txt").read_text(encoding="utf-8")
    assert "produced using Copernicus WorldDEM-90 © DLR e.V. 2010-2014" in text
    assert "any liability for any use of the Copernicus WorldDEM-90" in text
    assert "WorldDEM-30" not in text


def test_a_second_run_asks_the_network_nothing(stand_in: StandIn, tmp_path: Path) -> None:
    """Whole tiles are kept without a request, and the manifest does not change by a byte."""
    fetch(stand_in, tmp_path)
    asked, manifest = len(stand_in.asked), (tmp_path / "manifest.json").read_bytes()
    again = fetch(stand_in, tmp_path)
    assert (again.fetched, again.kept) == (0, 2)
    assert len(stand_in.asked) == asked
    assert (tmp_path / "manifest.json").read_bytes() == manifest


def test_a_file_damaged_on_disk_is_fetched_again(stand_in: StandIn, tmp_path: Path) -> None:
    """A changed byte at the same length is noticed by its SHA-256."""
    fetch(stand_in, tmp_path)
    path, content = file_of(tmp_path, EAST), stand_in.objects[key(EAST)]
    path.write_bytes(content[:1000] + b"?" + content[1001:])
    again = fetch(stand_in, tmp_path)
    assert (again.fetched, again.kept) == (1, 1)
    assert path.read_bytes() == content


def test_another_area_joins_the_same_folder(stand_in: StandIn, tmp_path: Path) -> None:
    """Tiles of the first area stay recorded when a second one is fetched."""
    left = Area(west_deg=30.2, south_deg=50.2, east_deg=30.8, north_deg=50.8)
    right = Area(west_deg=31.2, south_deg=50.2, east_deg=31.8, north_deg=50.8)
    assert fetch(stand_in, tmp_path, left).fetched == 1
    assert fetch(stand_in, tmp_path, right).fetched == 1
    both = fetch(stand_in, tmp_path)
    assert (both.fetched, both.kept) == (0, 2)


@pytest.mark.parametrize("workers", [1, 3])
def test_no_more_tiles_are_fetched_at_a_time_than_asked(
    stand_in: StandIn, tmp_path: Path, workers: int
) -> None:
    """The server never sees more requests at once than there are workers."""
    tiles = {Tile(40 + i, 10 + j): body(i * 4 + j, 40_000) for i in range(3) for j in range(4)}
    stand_in.publish("glo90", tiles)
    stand_in.faults = {key(tile): [Fault(slow=True)] for tile in tiles}
    area = Area(west_deg=10.1, south_deg=40.1, east_deg=13.9, north_deg=42.9)
    assert fetch(stand_in, tmp_path, area, workers=workers).fetched == 12
    assert stand_in.most_at_once <= workers
    assert workers == 1 or stand_in.most_at_once > 1


def test_progress_ends_with_every_byte_here(stand_in: StandIn, tmp_path: Path) -> None:
    """The last report has as many bytes here as expected, which is what was published."""
    seen: list[tuple[int, int]] = []
    fetch(stand_in, tmp_path, progress=lambda here, expected: seen.append((here, expected)))
    total = sum(len(stand_in.objects[key(tile)]) for tile in ALL_LAND)
    assert seen[-1] == (total, total)


# --- a line that breaks -----------------------------------------------------------------------------------


def test_a_broken_transfer_goes_on_from_where_it_stopped(stand_in: StandIn, tmp_path: Path) -> None:
    """Three breaks, three ranges that begin at the bytes already here, and a file that is right."""
    cuts = [70_000, 70_001, 250_000]
    stand_in.faults[key(WEST)] = [Fault(cut_at=cut) for cut in cuts]
    fetch(stand_in, tmp_path)
    assert stand_in.ranges(key(WEST)) == ["", *(f"bytes={cut}-" for cut in cuts)]
    assert file_of(tmp_path, WEST).read_bytes() == stand_in.objects[key(WEST)]


def test_a_line_that_gains_a_little_each_time_is_not_given_up(stand_in: StandIn, tmp_path: Path) -> None:
    """Ten breaks that each gained bytes are more than the attempts allowed for failures that gain none."""
    stand_in.faults[key(WEST)] = [Fault(cut_at=20_000 * (i + 1)) for i in range(10)]
    fetch(stand_in, tmp_path, attempts=2)
    assert file_of(tmp_path, WEST).read_bytes() == stand_in.objects[key(WEST)]


def test_what_came_before_a_failure_is_used_by_the_next_run(stand_in: StandIn, tmp_path: Path) -> None:
    """A run that gives up leaves its bytes; the next run asks only for the rest."""
    stand_in.faults[key(WEST)] = [Fault(cut_at=90_000), *[Fault(status=503)] * 9]
    with pytest.raises(TerrainError, match=r"90000 bytes are kept"):
        fetch(stand_in, tmp_path)
    assert not file_of(tmp_path, WEST).exists()
    assert file_of(tmp_path, EAST).exists()
    stand_in.faults.clear()
    stand_in.asked.clear()
    held = fetch(stand_in, tmp_path)
    assert (held.fetched, held.kept) == (1, 1)
    assert stand_in.ranges(key(WEST)) == ["bytes=90000-"]
    assert file_of(tmp_path, WEST).read_bytes() == stand_in.objects[key(WEST)]


def test_an_object_that_changed_meanwhile_is_begun_anew(stand_in: StandIn, tmp_path: Path) -> None:
    """Bytes of the old object are never joined to bytes of the new one."""
    stand_in.faults[key(WEST)] = [Fault(cut_at=90_000), *[Fault(status=503)] * 9]
    with pytest.raises(TerrainError):
        fetch(stand_in, tmp_path)
    stand_in.faults.clear()
    stand_in.objects[key(WEST)] = body(99)
    fetch(stand_in, tmp_path)
    assert file_of(tmp_path, WEST).read_bytes() == body(99)


def test_an_object_that_shrank_meanwhile_is_begun_anew(stand_in: StandIn, tmp_path: Path) -> None:
    """A server without marks that answers 416 to our range leads to a fresh start."""
    part = tmp_path / f"{WEST.name(GLO90)}.tif.part"
    part.write_bytes(b"x" * 400_000)
    part.with_name(part.name + ".etag").write_text(stand_in.etag(key(WEST)))
    fetch(stand_in, tmp_path)
    assert file_of(tmp_path, WEST).read_bytes() == stand_in.objects[key(WEST)]


def test_a_part_whose_object_is_unknown_is_not_trusted(stand_in: StandIn, tmp_path: Path) -> None:
    """A `.part` without its mark is begun anew, without a range."""
    (tmp_path / f"{WEST.name(GLO90)}.tif.part").write_bytes(b"x" * 1000)
    fetch(stand_in, tmp_path)
    assert stand_in.ranges(key(WEST)) == [""]
    assert file_of(tmp_path, WEST).read_bytes() == stand_in.objects[key(WEST)]


def test_a_server_without_ranges_still_gives_the_right_file(stand_in: StandIn, tmp_path: Path) -> None:
    """An answer with the whole object to a request for its rest replaces what came before."""
    stand_in.faults[key(WEST)] = [Fault(cut_at=90_000), Fault(without_range=True)]
    fetch(stand_in, tmp_path)
    assert file_of(tmp_path, WEST).read_bytes() == stand_in.objects[key(WEST)]


def test_a_wrong_checksum_is_noticed_and_fetched_again(stand_in: StandIn, tmp_path: Path) -> None:
    """One flipped bit of the right length is refused; the second transfer is right."""
    stand_in.faults[key(WEST)] = [Fault(spoil=True)]
    fetch(stand_in, tmp_path)
    assert file_of(tmp_path, WEST).read_bytes() == stand_in.objects[key(WEST)]
    assert len(stand_in.ranges(key(WEST))) == 2


def test_a_file_that_is_always_wrong_never_gets_its_name(stand_in: StandIn, tmp_path: Path) -> None:
    """After two wrong transfers the tile is given up, its neighbour is there, and nothing false is recorded."""
    stand_in.faults[key(WEST)] = [Fault(spoil=True)] * 9
    with pytest.raises(TerrainError, match=r"1 of 2 tiles could not be had(.|\n)*md5"):
        fetch(stand_in, tmp_path)
    assert not file_of(tmp_path, WEST).exists()
    assert file_of(tmp_path, EAST).exists()
    assert list(json.loads((tmp_path / "manifest.json").read_text())["tiles"]) == [EAST.name(GLO90)]


def test_a_busy_server_is_asked_again(stand_in: StandIn, tmp_path: Path) -> None:
    """Answers 503, 500 and 429 pass; the list of tiles is as patient as the tiles."""
    stand_in.faults[key(WEST)] = [Fault(status=503, retry_after="0"), Fault(status=500), Fault(status=429)]
    stand_in.faults[f"/{GLO90.bucket}/tileList.txt"] = [Fault(status=503), Fault(cut_at=10)]
    assert fetch(stand_in, tmp_path).fetched == 2


def test_a_server_that_stays_busy_is_given_up(stand_in: StandIn, tmp_path: Path) -> None:
    """The message names the address, the answer and the number of attempts."""
    stand_in.faults[key(WEST)] = [Fault(status=503)] * 50
    with pytest.raises(TerrainError, match=r"E030(.|\n)*503(.|\n)*given up after 3 attempts"):
        fetch(stand_in, tmp_path, attempts=3)
    assert len(stand_in.ranges(key(WEST))) == 3


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_is_not_asked_twice(stand_in: StandIn, tmp_path: Path, status: int) -> None:
    """A listed tile that the server refuses or lacks is an error at once, never taken for sea."""
    stand_in.faults[key(WEST)] = [Fault(status=status)] * 9
    with pytest.raises(TerrainError, match=str(status)):
        fetch(stand_in, tmp_path)
    assert len(stand_in.ranges(key(WEST))) == 1
    assert not list(tmp_path.glob("*_sea.tif"))


def test_a_page_of_a_proxy_is_not_taken_for_a_tile(stand_in: StandIn, tmp_path: Path) -> None:
    """What does not begin as a TIFF is refused and not kept."""
    stand_in.objects[key(WEST)] = b"<html>Please log in</html>"
    with pytest.raises(TerrainError, match="no TIFF"):
        fetch(stand_in, tmp_path)
    assert not file_of(tmp_path, WEST).exists()
    assert not list(tmp_path.glob("*.part*"))


def test_no_server_is_a_clear_error(tmp_path: Path) -> None:
    """With nothing at the address, the message says so and names it."""
    with pytest.raises(TerrainError, match=r"127\.0\.0\.1:1/.*no answer"):
        download_tiles(AREA, tmp_path, server="http://127.0.0.1:1/{bucket}", backoff_s=0.001, attempts=2)


def test_a_list_without_tiles_is_not_a_planet_of_sea(stand_in: StandIn, tmp_path: Path) -> None:
    """A list that names no tile stops the work instead of writing sea everywhere."""
    stand_in.objects[f"/{GLO90.bucket}/tileList.txt"] = b"<html>moved</html>"
    with pytest.raises(TerrainError, match="lists no tile"):
        fetch(stand_in, tmp_path)
    assert not list(tmp_path.glob("*.tif"))


def test_a_stopped_run_goes_on(stand_in: StandIn, tmp_path: Path) -> None:
    """Stopped in the middle, the begun tile is a `.part`; the next run asks for its rest only."""
    stand_in.faults[key(WEST)] = [Fault(slow=True)]
    here: list[int] = []
    with pytest.raises(Cancelled, match="run again"):
        fetch(
            stand_in, tmp_path, workers=1, progress=lambda now, _expected: here.append(now),
            cancelled=lambda: bool(here) and here[-1] > 20_000,
        )  # fmt: skip
    came = (tmp_path / f"{WEST.name(GLO90)}.tif.part").stat().st_size
    assert 20_000 < came < 300_000
    assert not file_of(tmp_path, WEST).exists()
    stand_in.asked.clear()
    fetch(stand_in, tmp_path)
    assert stand_in.ranges(key(WEST)) == [f"bytes={came}-"]
    assert file_of(tmp_path, WEST).read_bytes() == stand_in.objects[key(WEST)]


def test_a_stop_from_the_keyboard_keeps_what_is_whole(stand_in: StandIn, tmp_path: Path) -> None:
    """Ctrl-C becomes one clear message; the tile that was whole is recorded, the other goes on."""
    stand_in.faults[key(EAST)] = [Fault(slow=True)]

    def interrupt(_here: int, _expected: int) -> None:
        if file_of(tmp_path, WEST).exists():
            raise KeyboardInterrupt

    with pytest.raises(Cancelled, match="whole tiles are kept"):
        fetch(stand_in, tmp_path, progress=interrupt)
    assert list(json.loads((tmp_path / "manifest.json").read_text())["tiles"]) == [WEST.name(GLO90)]
    again = fetch(stand_in, tmp_path)
    assert (again.fetched, again.kept) == (1, 1)
    assert file_of(tmp_path, EAST).read_bytes() == stand_in.objects[key(EAST)]


# --- checksums of uploads in parts ------------------------------------------------------------------------


def test_the_mark_of_an_upload_in_parts_is_checked_where_its_parts_are_usual(tmp_path: Path) -> None:
    """The MD5 of the MD5s of 8 MiB parts is recognised; a changed byte no longer matches it."""
    content = bytes(8 << 20) + b"the rest"
    parts = [content[: 8 << 20], content[8 << 20 :]]
    etag = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest() + "-2"
    path = tmp_path / "tile.tif"
    path.write_bytes(content)
    assert digest(path, etag).checked == "md5 of parts"
    path.write_bytes(b"\x01" + content[1:])
    assert digest(path, etag).checked == "length"


def test_a_mark_that_is_no_md5_is_not_taken_for_one(stand_in: StandIn, tmp_path: Path) -> None:
    """A web server's own mark only lets the length be checked, and the record says so."""
    stand_in.etags = {key(tile): "5f3e2a-493e0" for tile in ALL_LAND}
    assert {record.checked for record in fetch(stand_in, tmp_path).tiles} == {"length"}


# --- the sea, and land that is withheld -------------------------------------------------------------------


def relief(tile: Tile, product: Any = GLO90) -> bytes:
    """A tile on the published lattice whose height is 100 m a degree east of 30 and north of 50."""
    rows, columns = product.samples_per_deg, columns_per_deg(tile.south_deg, product)
    lon = tile.west_deg + np.arange(columns) / columns
    lat = tile.south_deg + 1 - np.arange(rows) / rows
    heights = (100.0 * (lon - 30.0)[None, :] + 100.0 * (lat - 50.0)[:, None]).astype(np.float32)
    corner = from_origin(
        tile.west_deg - 0.5 / columns, tile.south_deg + 1 + 0.5 / rows, 1 / columns, 1 / rows
    )
    profile = {"driver": "GTiff", "height": rows, "width": columns, "count": 1, "dtype": "float32",
               "crs": "EPSG:4326", "transform": corner, "compress": "deflate"}  # fmt: skip
    with MemoryFile() as memory:
        with memory.open(**profile) as file:
            file.write(heights, 1)
        return bytes(memory.read())


def test_where_no_tile_is_published_there_is_sea(stand_in: StandIn, tmp_path: Path) -> None:
    """A tile of 0 m is written on the published lattice, and the record says that it is sea."""
    stand_in.publish("glo90", {WEST: relief(WEST)})
    held = fetch(stand_in, tmp_path)
    assert [record.kind for record in held.tiles] == ["land", "sea"]
    with (
        rasterio.open(file_of(tmp_path, WEST)) as land,
        rasterio.open(tmp_path / held.tiles[1].file) as sea,
    ):
        assert sea.shape == land.shape
        assert sea.crs == land.crs
        assert sea.bounds.left == pytest.approx(land.bounds.right, abs=1e-9)
        assert sea.bounds.bottom == pytest.approx(land.bounds.bottom, abs=1e-9)
        assert not sea.read(1).any()
    assert fetch(stand_in, tmp_path).kept == 2


def test_land_without_a_30_m_tile_comes_at_90_m(stand_in: StandIn, tmp_path: Path) -> None:
    """A tile absent from the 30 m list but in the 90 m list is land: the 90 m tile stands in, and it is said."""
    south = Tile(49, 30)
    stand_in.publish("glo30", {WEST: body(1)})
    stand_in.publish("glo90", {WEST: body(2), EAST: body(3)})
    area = Area(west_deg=30.2, south_deg=49.5, east_deg=31.4, north_deg=50.8)
    held = fetch(stand_in, tmp_path, area, product="glo30")
    kinds = {record.file: record.kind for record in held.tiles}
    assert kinds[file_of(tmp_path, WEST, "glo30").name] == "land"
    assert kinds[file_of(tmp_path, EAST, "glo90").name] == "substitute"
    assert kinds[f"{south.name(GLO30)}_sea.tif"] == "sea"
    assert "WorldDEM-90" in (tmp_path / "COPERNICUS-DEM-NOTICE.txt").read_text(encoding="utf-8")


def test_the_folder_is_an_elevation_model_without_seams(stand_in: StandIn, tmp_path: Path) -> None:
    """`read_elevation` takes the folder; across the edge between two tiles the plane stays a plane."""
    stand_in.publish("glo90", {tile: relief(tile) for tile in ALL_LAND})
    fetch(stand_in, tmp_path)
    crs = theatre_crs(30.9, 50.4, 31.1, 50.6).crs
    x, y = project(np.array([31.0]), np.array([50.5]), crs)
    grid = Grid(crs, (float(x[0]) - 4_500.0, float(y[0]) + 450.0), 90.0, (11, 101))
    terrain = read_elevation(tmp_path, grid, surface="surface_model")
    assert not np.isnan(terrain.heights_m).any()
    steps = np.diff(terrain.heights_m[5].astype(float))
    assert terrain.heights_m[5, 50] == pytest.approx(150.0, abs=0.2)
    assert np.ptp(steps) < 0.02


# --- bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("area", "options", "words"),
    [
        (Area(west_deg=31, south_deg=50, east_deg=30, north_deg=51), {}, "is empty"),
        (Area(west_deg=30, south_deg=50, east_deg=31, north_deg=50), {}, "is empty"),
        (Area(west_deg=-180, south_deg=-90, east_deg=180, north_deg=90), {}, "in parts"),
        (AREA, {"product": "srtm"}, "glo30, glo90"),
        (AREA, {"server": "file:///etc/{bucket}"}, "http"),
        (AREA, {"server": "https://example.org"}, "bucket"),
        (AREA, {"workers": 0}, "1 to 16"),
        (AREA, {"attempts": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_fetched_is_refused_before_the_network(
    area: Area, options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    """Each wrong input is named with what to do, and nothing is written."""
    with pytest.raises(InputError, match=words):
        download_tiles(area, tmp_path / "dem", **options)
    assert not (tmp_path / "dem").exists()


def test_two_products_do_not_share_a_folder(stand_in: StandIn, tmp_path: Path) -> None:
    """A folder of 90 m tiles refuses 30 m ones, which would hide under each other in a mosaic."""
    fetch(stand_in, tmp_path)
    with pytest.raises(InputError, match="another folder"):
        fetch(stand_in, tmp_path, product="glo30")


@pytest.mark.parametrize(
    "text", ["", "[]", '{"product": "glo90"}', '{"product": "glo90", "tiles": {"a": {"b": 1}}}']
)
def test_a_damaged_manifest_is_named(stand_in: StandIn, tmp_path: Path, text: str) -> None:
    """The message names the manifest and says what to do."""
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest\.json.*remove it"):
        fetch(stand_in, tmp_path)


def test_a_folder_that_cannot_be_made_is_a_clear_error(stand_in: StandIn, tmp_path: Path) -> None:
    """A file where the folder should be is told as such."""
    (tmp_path / "dem").write_text("")
    with pytest.raises(TerrainError, match="cannot be written"):
        fetch(stand_in, tmp_path / "dem")


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_fetches_and_prints_json(
    stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`egide terrain get` with edges, western longitudes too, leaves the folder and prints what it holds."""
    far = Tile(-15, -72)
    stand_in.publish("glo90", {far: body(7)})
    out = tmp_path / "dem"
    edges = ["-71.9", "-14.9", "-71.1", "-14.1"]
    code = cli._guarded(["terrain", "get", *edges, "--out", str(out), "--server", stand_in.url, "--json"])
    assert code == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["fetched"] == 1
    assert printed["tiles"][0]["kind"] == "land"
    assert file_of(out, far).is_file()


def test_the_command_takes_the_area_of_a_scenario(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `--scenario FOLDER` the tiles lie in that folder and the table's path is relative to it."""
    monkeypatch.chdir(tmp_path)
    assert cli._guarded(["new", "mine"]) == 0
    assert cli._guarded(["terrain", "get", "--scenario", "mine", "--server", stand_in.url]) == 0
    table = tomllib.loads((tmp_path / "mine" / "terrain-glo90" / "terrain.toml").read_text(encoding="utf-8"))
    assert table["terrain"]["path"] == "terrain-glo90"


NO_AREA = [
    [],
    ["30", "50", "31"],
    ["30", "50", "31", "95"],
    ["30", "50", "31", "51", "--scenario", "tiny"],
    ["--scenario", "nowhere"],
]


@pytest.mark.parametrize("arguments", NO_AREA)
def test_the_command_refuses_what_is_no_area(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong edges, both or neither of edges and scenario: exit code 2 and a message."""
    assert cli._guarded(["terrain", "get", *arguments]) == 2
    assert capsys.readouterr().err
