"""From the critical to the defended asset list, phase by phase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.assessment.atlas import Atlas
from egide.assessment.board import Board
from egide.assessment.ranking import Ranking, ranking
from egide.assessment.rows import WorksheetRow
from egide.assessment.threats import ballistic_threats
from egide.assessment.warning import atlas_of
from egide.coverage.network import Picture, kept, layers_without_each, picture
from egide.coverage.reach import Placed
from egide.model.catalogue_types import BALLISTIC, EffectorType, ThreatClass, ThreatType
from egide.model.partner import Requirement
from egide.model.place import Asset, Phase

FIRST_PHASE = "D-day"
"""Name of the phase the scenario starts in."""


@dataclass(frozen=True)
class PhaseOf:
    """One phase of the defence."""

    name: str
    keep: NDArray[np.bool_]
    """Units in service, shape (units,)."""
    assets: tuple[Asset, ...]
    """Assets with the scores they have in it."""


def phases(board: Board) -> list[PhaseOf]:
    """Phases of the defence, with the units in service and the assets as they count then.

    The first begins on D-day. Another begins with every stated phase, and with every later day on which a posted
    unit comes into service; the latter keep the scores of the stated phase they lie in.
    """
    scenario, start = board.scenario, board.scenario.day
    ready = [unit.unit.available_from or start for unit in board.placed]
    stated = {max(phase.start, start): phase for phase in scenario.phases}
    days = sorted({start, *stated, *(day for day in ready if day > start)})
    found, assets, name = [], scenario.assets, FIRST_PHASE
    for day in days:
        label = f"from {day.isoformat()}" if day > start else name
        if day in stated:
            name, assets = stated[day].name, _scored(scenario.assets, stated[day])
            label = name
        elif stated and day > min(stated):
            label = f"{name}, {label}"
        found.append(PhaseOf(label, np.array([one <= day for one in ready], dtype=np.bool_), assets))
    return found


def _scored(assets: Sequence[Asset], phase: Phase) -> tuple[Asset, ...]:
    changes = {score.asset: score.model_dump(exclude={"asset"}, exclude_none=True) for score in phase.scores}
    return tuple(asset.model_copy(update=changes.get(asset.id, {})) for asset in assets)


@dataclass(frozen=True)
class _Over:
    """Layers of one threat class over the assets, before and after the loss of each unit."""

    name: str
    """Label of the class."""
    threat_class: str
    assessed: bool
    layers: NDArray[np.int64]
    without_each: NDArray[np.int64]


def worksheet(board: Board, atlas: Atlas) -> tuple[WorksheetRow, ...]:
    """Fill in the worksheet.

    Layers of each class are those that can engage its representative type at the height it flies at; the
    defenders of an asset are those that can engage the reference threat over it at the planning height.

    Parameters
    ----------
    board : Board
    atlas : Atlas
        For the warning of a phase in which every unit is in service.

    Returns
    -------
    tuple of WorksheetRow
        One for each phase and asset, in the order of ranks.
    """
    if not board.scenario.assets:
        return ()
    ranked: dict[tuple[Asset, ...], Ranking] = {}
    pictures = [
        (label, threat, _over_assets(board, threat, height)) for label, threat, height in _classes(board)
    ]
    at_height = _over_assets(board, board.threat, board.planning_height_m)
    rows = []
    for phase in phases(board):
        keep, assets = phase.keep, phase.assets
        ranks = ranked[assets] if assets in ranked else ranked.setdefault(assets, ranking(assets))
        placed = [unit for unit, stays in zip(board.placed, keep, strict=True) if stays]
        defence = kept(board.scenario, board.placed, at_height, board.threat, keep)
        warning = _warnings(board, keep, atlas)
        costs = layers_without_each(board.scenario, placed, defence, board.threat)
        over = [_class_over(board, keep, label, threat, before) for label, threat, before in pictures]
        for number in _in_order(assets, ranks):
            rows.append(
                WorksheetRow(
                    phase=phase.name,
                    **_noun_part(assets[number]),
                    rank=int(ranks.rank[number]),
                    rank_low=int(ranks.low[number]),
                    rank_high=int(ranks.high[number]),
                    rank_weights_low=int(ranks.weights_low[number]),
                    rank_weights_high=int(ranks.weights_high[number]),
                    **_defence_part(placed, defence, costs, number),
                    **_verdict(
                        board,
                        assets[number],
                        over,
                        number,
                        {name: one[number] for name, one in warning.items()},
                    ),
                )
            )
    return tuple(rows)


def _in_order(assets: Sequence[Asset], ranks: Ranking) -> list[int]:
    return sorted(range(len(assets)), key=lambda n: (ranks.rank[n], -assets[n].population, assets[n].id))


def _classes(board: Board) -> Iterable[tuple[str, ThreatType, float]]:
    for one in board.classes:
        yield one.label, one.threat, one.height_agl_m
    seen = set()
    for threat in ballistic_threats(board.scenario):
        if threat.threat_class not in seen:
            seen.add(threat.threat_class)
            yield threat.threat_class.value, threat, 0.0


def _over_assets(board: Board, threat: ThreatType, height_agl_m: float) -> Picture:
    points = board.points(height_agl_m, board.assets)
    return picture(board.scenario, board.coverage, board.placed, threat, points)


def _class_over(
    board: Board, keep: NDArray[np.bool_], label: str, threat: ThreatType, before: Picture
) -> _Over:
    placed = [unit for unit, stays in zip(board.placed, keep, strict=True) if stays]
    now = kept(board.scenario, board.placed, before, threat, keep)
    entered = any(
        unit.effector is not None and unit.effector.footprint(threat.threat_class) is not None
        for unit in placed
    )
    return _Over(
        label,
        threat.threat_class.value,
        entered or threat.threat_class not in BALLISTIC,
        now.effector_layers,
        layers_without_each(board.scenario, placed, now, threat),
    )


def _warnings(board: Board, keep: NDArray[np.bool_], atlas: Atlas) -> dict[str, list[float | None]]:
    """Shortest warning of each asset by the units in service [s], by label of the class.

    First the reference threat's class, then those that a requirement asks for warning of.
    """
    asked = {one.threat_class for one in board.scenario.requirements if one.warning_s > 0.0}
    wanted = [one for one in board.classes if one.threat.id == board.threat.id]
    wanted += [one for one in board.classes if one not in wanted and one.threat_class in asked]
    if not keep.all():
        placed = tuple(unit for unit, stays in zip(board.placed, keep, strict=True) if stays)
        atlas = atlas_of(replace(board, placed=placed, classes=tuple(wanted)))
    shortest = atlas.shortest_s[board.assets]
    return {
        one.label: [
            None if np.isnan(seconds) else float(seconds)
            for seconds in shortest[:, atlas.class_of(one.threat.id)]
        ]
        for one in wanted
    }


def _noun_part(asset: Asset) -> dict[str, Any]:
    fields = (
        "id", "name", "kind", "region", "tier", "criticality", "vulnerability", "recuperability", "threat",
        "required_layers",
    )  # fmt: skip
    return {**{field: getattr(asset, field) for field in fields}, "score": asset.cvrt_score}


def _defence_part(
    placed: Sequence[Placed], defence: Picture, costs: NDArray[np.int64], number: int
) -> dict[str, Any]:
    who: list[tuple[Placed, EffectorType]] = []
    for row in np.flatnonzero(defence.shoots[:, number]).tolist():
        effector = placed[row].effector
        assert effector is not None  # it engages
        who.append((placed[row], effector))
    fall = defence.effector_layers[number] - costs[:, number]
    worst = int(np.argmax(fall)) if fall.size and fall.max() > 0 else -1
    return {
        "defenders": tuple(unit.unit.id for unit, _ in who),
        "defender_types": tuple(effector.id for _, effector in who),
        "sector_bearing_deg": tuple(unit.post.bearing_deg for unit, _ in who),
        "sector_width_deg": tuple(effector.azimuth_sector_deg.value for _, effector in who),
        "worst_loss": "" if worst < 0 else placed[worst].unit.id,
    }


def _verdict(
    board: Board, asset: Asset, over: list[_Over], number: int, warnings: dict[str, float | None]
) -> dict[str, Any]:
    layers = {one.name: int(one.layers[number]) if one.assessed else None for one in over}
    after = {
        one.name: (int(one.without_each[:, number].min(initial=one.layers[number])) if one.assessed else None)
        for one in over
    }
    asked = {one.name: required_layers(board.scenario.requirements, asset, one.threat_class) for one in over}
    known = [(name, count) for name, count in layers.items() if count is not None]
    short = [
        f"{count} of {asked[name]} layers against {_plain(name)}"
        for name, count in known
        if count < asked[name]
    ]
    open_after = [_plain(name) for name, count in known if (after[name] or 0) < asked[name] <= count]
    unknown = [_plain(name) for name in layers if layers[name] is None]
    return {
        "layers": layers,
        "layers_after_loss": after,
        "warning_s": next(iter(warnings.values())),
        "is_defended": not short,
        "undefended": "; ".join(short),
        "residual_risk": _risk(short, open_after, unknown, _late(board, asset, over, warnings)),
        "accepting_authority": "",
    }


def _late(board: Board, asset: Asset, over: list[_Over], warnings: dict[str, float | None]) -> list[str]:
    """Say where warning is missing, or shorter than asked for: each class against what is asked of it."""
    classes = {one.name: one.threat_class for one in over}
    words = []
    for number, (name, warning_s) in enumerate(warnings.items()):
        is_reference = number == 0
        asked_s = required_warning_s(board.scenario.requirements, asset, classes[name])
        if is_reference:
            asked_s = max(asked_s, asset.responders_s or 0.0)
        whom = "" if is_reference else f" of {_plain(name)}"
        if warning_s is None and (is_reference or asked_s > 0.0):
            words.append(f"no confirmed track{whom} on at least one axis")
        elif warning_s is not None and warning_s < asked_s:
            words.append(f"{warning_s:.0f} s of warning{whom} where {asked_s:.0f} s are asked for")
    return words


def _risk(short: list[str], open_after: list[str], unknown: list[str], late: list[str]) -> str:
    parts = []
    if short:
        parts.append("engaged by fewer layers than asked for")
    if open_after:
        parts.append(f"one loss leaves it short against {' and '.join(open_after)}")
    if unknown:
        parts.append(f"{' and '.join(unknown)} not assessed")
    return "; ".join([*parts, *late])


def _plain(threat_class: str) -> str:
    name, _, part = threat_class.replace("_", " ").partition(", ")
    return f"{part} {name}s".strip()


def _speaks_of(requirement: Requirement, asset: Asset) -> bool:
    if requirement.asset is not None:
        return requirement.asset == asset.id
    return requirement.asset_kind in ("", asset.kind)


def required_layers(requirements: Iterable[Requirement], asset: Asset, threat_class: str) -> int:
    """Layers asked for over an asset against a class: its own figure, or more where a requirement says so.

    The asset's own figure counts for every class but decoys, which do no harm, and ballistic ones, which have
    requirements of their own.
    """
    own = 0 if threat_class in (*BALLISTIC, ThreatClass.DECOY_DRONE) else asset.required_layers
    stated = (
        one.layers for one in requirements if one.threat_class == threat_class and _speaks_of(one, asset)
    )
    return max(own, *stated, 0)


def required_warning_s(requirements: Iterable[Requirement], asset: Asset, threat_class: str) -> float:
    """Warning of a class that requirements ask for at an asset [s]; the longest of them, 0 for none."""
    stated = (
        one.warning_s for one in requirements if one.threat_class == threat_class and _speaks_of(one, asset)
    )
    return max(stated, default=0.0)
