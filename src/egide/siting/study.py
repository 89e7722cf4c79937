"""The verb `study`: how far a design hangs on what was assumed rather than known.

Five things are varied one at a time: which of the stated sites there are, a lattice of candidates of coarser
and finer spacing in their stead, the elevation model redrawn with its stated error, the shares of people and
raids in the value, and the ordinal scores of assets moved by at most one step. Nothing is fitted; the band is
what a planner should read beside the gap, which speaks of the stated model alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import maximum_bipartite_matching
from scipy.spatial import cKDTree

from egide.assessment.board import board_of
from egide.assessment.probable import CORRELATED_CELLS, redrawn
from egide.coverage.cover import cover
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.geo import Terrain, project
from egide.kernels.rng import uniform
from egide.model.place import Site
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.siting.candidates import candidates
from egide.siting.design import DefenceDesign, site
from egide.siting.study_result import FAMILIES, Study, StudyBand, StudyRow

SAMPLES = 3
"""Draws of each family that is varied at random."""

LEFT_OUT = 0.2
"""Share of the sites that no unit of the stated laydown must stand on, left out in a draw; assumed."""

SHARE_STEP = 0.15
"""Change of the shares of people and of raids in the value; assumed."""

MOST_SITES = 400
"""Candidates of the finest lattice at most; a sweep is made from each."""

_SITES_STREAM, _SCORES_STREAM = 5_101, 5_102

Tick = Callable[[int, int], None]
"""Called with work done and work in all; raising from it cancels."""


def study(
    scenario: Scenario,
    terrain: Terrain,
    *,
    seed: int,
    coverage: Coverage | None = None,
    design: DefenceDesign | None = None,
    samples: int = SAMPLES,
    families: Sequence[str] = FAMILIES,
    tick: Tick | None = None,
) -> Study:
    """Site the same units under other grids, terrains and weights.

    Parameters
    ----------
    scenario : Scenario
        With sites; run `candidates` first where it states none.
    terrain : Terrain
        `scenario.terrain.error_m` is the standard error of its heights.
    seed : int
        Of every design and every draw; draw n is the same whatever their number.
    coverage : Coverage, optional
        From `cover` on the scenario; made when not given.
    design : DefenceDesign, optional
        From `site` for this seed; made when not given.
    samples : int
        Draws of each family that is varied at random.
    families : sequence of str
        Which of `FAMILIES` are varied.
    tick : callable, optional
        Called with designs made and designs in all.

    Returns
    -------
    Study
        Each variant is a design with its own proven gap.

    Raises
    ------
    InputError
        For a number of samples below one, an unknown family, and what `site` refuses.
    """
    began = time.perf_counter()
    if samples < 1:
        raise InputError.one("study", "samples", samples, "must be one or more")
    for family in families:
        if family not in FAMILIES:
            raise InputError.one("study", "families", family, f"choose among {', '.join(FAMILIES)}")
    coverage = cover(scenario, terrain) if coverage is None else coverage
    design = site(scenario, coverage, seed=seed) if design is None else design
    near_m = _spacing_m(scenario, coverage.grid.crs) / 2.0
    stated = _Stated(scenario, coverage.grid.crs, design, near_m)
    rows = [stated.row("stated", "as stated", scenario, coverage, design, design.objective)]
    chosen = [family for family in FAMILIES if family in families]
    wanted = [one for family in chosen for one in _variants(family, scenario, terrain, seed, samples)]
    for number, (family, words, changed, ground) in enumerate(wanted):
        seen = coverage if ground is None else cover(changed, ground)
        based = changed.model_copy(update={"laydown": _on_sites(changed, design.laydown)})
        found = site(based, seen, seed=seed)
        # The stated design is only worth comparing where all of it can stand here.
        whole = len(based.laydown.posts) == len(design.laydown.posts)
        rows.append(stated.row(family, words, changed, seen, found, found.today if whole else None))
        if tick is not None:
            tick(number + 1, len(wanted))
    return Study(
        rows=tuple(rows), bands=tuple(_bands(rows)),
        people_total=sum(place.population for place in scenario.places),
        height_agl_m=scenario.siting.height_agl_m, error_m=scenario.terrain.error_m, near_m=near_m,
        notional=scenario.notional, seed=seed, scenario_hash=scenario.fingerprint("laydown"),
        seconds=time.perf_counter() - began,
    )  # fmt: skip


Variant = tuple[str, str, Scenario, Terrain | None]
"""Family, words, scenario, and the terrain to sweep anew (None: the sweeps that were made still hold)."""


def _variants(
    family: str, scenario: Scenario, terrain: Terrain, seed: int, samples: int
) -> Iterator[Variant]:
    if family == "sites":
        for sample in range(samples):
            yield (
                family,
                f"draw {sample + 1}: a fifth of the sites left out",
                _thinned(scenario, seed, sample),
                None,
            )
    elif family == "grid":
        for spacing_m, sites in _lattices(scenario, terrain):
            laydown = _fixed_only(scenario)
            changed = scenario.model_copy(update={"sites": sites, "laydown": laydown})
            yield family, f"{len(sites)} crests, one every {spacing_m / 1000.0:g} km", changed, terrain
    elif family == "terrain":
        length_m = CORRELATED_CELLS * terrain.grid.cell_m
        for sample in range(samples):
            ground = redrawn(terrain, scenario.terrain.error_m, length_m, seed, sample)
            words = f"draw {sample + 1}: heights with an error of {scenario.terrain.error_m:g} m"
            yield family, words, scenario, ground
    elif family == "shares":
        yield from _other_shares(scenario)
    else:
        for sample in range(samples):
            yield (
                family,
                f"draw {sample + 1}: scores moved by at most one",
                _rescored(scenario, seed, sample),
                None,
            )


def _thinned(scenario: Scenario, seed: int, sample: int) -> Scenario:
    """A share of the sites left out; those of units that stay, and as many as there are units, are kept."""
    fixed = {site.id for site in _kept_sites(scenario)}
    draws = {
        one.id: uniform(seed, sample, _SITES_STREAM, number)
        for number, one in enumerate(scenario.sites)
        if one.id not in fixed and one.id not in scenario.siting.exclusion
    }
    spare = max(0, len(draws) - sum(not unit.fixed for unit in scenario.units))
    gone = sorted(draws, key=draws.__getitem__)[: min(spare, round(LEFT_OUT * len(draws)))]
    wishes = scenario.siting.model_copy(update={"exclusion": (*scenario.siting.exclusion, *sorted(gone))})
    return scenario.model_copy(update={"siting": wishes})


def _kept_sites(scenario: Scenario) -> tuple[Site, ...]:
    """Sites of units that must stay on them."""
    held = {post.site for post in scenario.laydown.posts if scenario.unit(post.unit).fixed}
    return tuple(one for one in scenario.sites if one.id in held)


def _fixed_only(scenario: Scenario) -> Laydown:
    posts = tuple(post for post in scenario.laydown.posts if scenario.unit(post.unit).fixed)
    return scenario.laydown.model_copy(update={"posts": posts})


def _lattices(scenario: Scenario, terrain: Terrain) -> list[tuple[float, tuple[Site, ...]]]:
    """Two nested lattices of crests where the stated sites are: the coarsest that holds all units, and finer.

    A crest counts where a stated site lies no farther than those lie from each other, so that a lattice
    leaves neither the country nor the ground that was thought usable.
    """
    rows, cols = terrain.grid.shape
    crs = terrain.grid.crs
    stated = _positions([(one.lon_deg, one.lat_deg) for one in scenario.sites], crs)
    within_m = _spacing_m(scenario, crs)
    kept = _kept_sites(scenario)
    units = sum(not unit.fixed for unit in scenario.units)
    bare = scenario.model_copy(update={"sites": ()})
    edge = 2 ** math.ceil(math.log2(max(rows, cols)))
    found: list[tuple[float, tuple[Site, ...]]] = []
    while edge >= 1 and len(found) < 2:
        spacing_m = edge * terrain.grid.cell_m
        if math.ceil(rows / edge) * math.ceil(cols / edge) >= units:
            crests = candidates(bare, terrain, spacing_m=spacing_m).sites
            at = _positions([(one.lon_deg, one.lat_deg) for one in crests], crs)
            near = np.atleast_1d(np.asarray(cKDTree(stated).query(at)[0])) <= within_m
            sites = (*kept, *(one for one, is_near in zip(crests, near, strict=True) if is_near))
            if len(sites) > max(MOST_SITES, 4 * len(scenario.sites)):
                break
            if len(sites) >= units + len(kept):
                found.append((spacing_m, sites))
        edge //= 2
    return found


def _other_shares(scenario: Scenario) -> Iterator[Variant]:
    wishes = scenario.siting
    for people, raid in ((SHARE_STEP, 0.0), (-SHARE_STEP, 0.0), (0.0, SHARE_STEP), (0.0, -SHARE_STEP)):
        people_share = round(min(max(wishes.people_share + people, 0.0), 1.0), 12)
        raid_share = round(min(max(wishes.raid_share + raid, 0.0), 1.0 - people_share), 12)
        if (people_share, raid_share) == (wishes.people_share, wishes.raid_share):
            continue
        changed = wishes.model_copy(update={"people_share": people_share, "raid_share": raid_share})
        words = f"people {people_share:.2f}, depth over raid targets {raid_share:.2f}"
        yield "shares", words, scenario.model_copy(update={"siting": changed}), None


def _rescored(scenario: Scenario, seed: int, sample: int) -> Scenario:
    """Every ordinal score moved by -1, 0 or +1 with equal chance, within 1 to 5."""
    names = ("criticality", "vulnerability", "recuperability", "threat")
    assets = []
    for number, asset in enumerate(scenario.assets):
        moved = {}
        for place, name in enumerate(names):
            step = int(3.0 * uniform(seed, sample, _SCORES_STREAM, len(names) * number + place)) - 1
            moved[name] = min(max(getattr(asset, name) + step, 1), 5)
        assets.append(asset.model_copy(update=moved))
    return scenario.model_copy(update={"assets": tuple(assets)})


def _on_sites(scenario: Scenario, laydown: Laydown) -> Laydown:
    """Posts of a laydown that a variant's sites allow."""
    usable = {one.id for one in scenario.sites} - set(scenario.siting.exclusion)
    return laydown.model_copy(update={"posts": tuple(post for post in laydown.posts if post.site in usable)})


@dataclass(frozen=True)
class _Stated:
    """The stated design, which every variant is set beside."""

    scenario: Scenario
    crs: str
    design: DefenceDesign
    near_m: float

    def row(
        self, family: str, words: str, scenario: Scenario, coverage: Coverage, found: DefenceDesign,
        stated_value: float | None,
    ) -> StudyRow:  # fmt: skip
        """A variant beside what is stated."""
        board = board_of(scenario, coverage, found.laydown)
        over = board.picture(scenario.siting.height_agl_m)
        best = max(found.objective, stated_value or 0.0)
        return StudyRow(
            family=family, variant=words,
            sites=len({one.id for one in scenario.sites} - set(scenario.siting.exclusion)),
            objective=found.objective, bound=found.bound, gap=found.gap,
            stated_fraction=None if stated_value is None or best <= 0.0 else stated_value / best,
            posts_kept_fraction=self._kept(scenario, found.laydown),
            people_sensor=int(board.people[over.sensor_layers[board.places] >= 1].sum()),
            people_effector=int(board.people[over.effector_layers[board.places] >= 1].sum()),
        )  # fmt: skip

    def _kept(self, scenario: Scenario, laydown: Laydown) -> float:
        """Share of the stated design's posts near which a unit of the same kind stands, each for one."""
        before = _spots(self.scenario, self.design.laydown, self.crs)
        after = _spots(scenario, laydown, self.crs)
        kept = 0
        for kind, spots in before.items():
            if kind in after:
                away = np.hypot(*(spots[:, None] - after[kind][None]).transpose(2, 0, 1))
                partner = maximum_bipartite_matching(sp.csr_array(away <= self.near_m), perm_type="column")
                kept += int((partner >= 0).sum())
        return kept / max(1, sum(len(spots) for spots in before.values()))


def _spots(scenario: Scenario, laydown: Laydown, crs: str) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Where units of each kind that may move stand [m], shape (units, 2)."""
    at = {one.id: one for one in scenario.sites}
    by_kind: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for post in laydown.posts:
        unit, where = scenario.unit(post.unit), at[post.site]
        if not unit.fixed:
            kind = (unit.sensor or "", unit.effector or "")
            by_kind.setdefault(kind, []).append((where.lon_deg, where.lat_deg))
    return {kind: _positions(spots, crs) for kind, spots in by_kind.items()}


def _positions(lonlat: Sequence[tuple[float, float]], crs: str) -> NDArray[np.float64]:
    lon, lat = np.array(lonlat, dtype=np.float64).reshape(-1, 2).T
    return np.column_stack(project(lon, lat, crs)).reshape(-1, 2)


def _spacing_m(scenario: Scenario, crs: str) -> float:
    """Middle distance from a site to the nearest other one [m]; 0 for a single site."""
    at = _positions([(one.lon_deg, one.lat_deg) for one in scenario.sites], crs)
    if len(at) < 2:
        return 0.0
    near = np.asarray(cKDTree(at).query(at, k=2)[0])
    return float(np.median(near[:, 1]))


def _bands(rows: Sequence[StudyRow]) -> Iterator[StudyBand]:
    stated = rows[0]
    names = dict.fromkeys(row.family for row in rows[1:])
    for family in (*names, "all"):
        varied = [row for row in rows[1:] if family in (row.family, "all")]
        every = [stated, *varied]
        fractions = [row.stated_fraction for row in varied if row.stated_fraction is not None]
        yield StudyBand(
            family=family, variants=len(varied),
            objective=(min(r.objective for r in every), max(r.objective for r in every)),
            gap=(min(r.gap for r in every), max(r.gap for r in every)),
            posts_kept_fraction=(
                min((r.posts_kept_fraction for r in varied), default=1.0),
                max((r.posts_kept_fraction for r in varied), default=1.0),
            ),
            people_effector=(min(r.people_effector for r in every), max(r.people_effector for r in every)),
            least_stated_fraction=min(fractions, default=None),
        )  # fmt: skip
