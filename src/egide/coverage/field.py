"""What a whole laydown sees and can engage over a map, counted node by node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.coverage.lattice import Lattice, sees_patch, shoots_patch
from egide.coverage.network import nets_of
from egide.coverage.reach import Placed
from egide.coverage.result import Coverage
from egide.model.catalogue_types import ThreatType
from egide.model.scenario import Scenario

NOBODY = np.int16(-1)
"""Owner of a node that no linked sensor sees."""


@dataclass(frozen=True)
class Field:
    """Counts over a lattice, for one threat type at one height above ground."""

    sensors: NDArray[np.uint8]
    """Sensors that see each node, 255 at most, shape of the lattice."""
    envelopes: NDArray[np.uint8]
    """Effectors whose envelope holds it, cued or not."""
    effectors: NDArray[np.uint8]
    """Effectors that can engage there: in the envelope, and cued."""
    looks_per_s: NDArray[np.float32]
    """Looks of the quickest linked sensor that sees it [1/s]; 0 where none does."""
    owner: NDArray[np.int16]
    """Number of that sensor's unit in the laydown; -1 where none."""


def field_at(
    scenario: Scenario,
    coverage: Coverage,
    placed: Sequence[Placed],
    threat: ThreatType,
    lattice: Lattice,
    height_agl_m: float,
    *,
    effectors: bool = True,
) -> Field:
    """Count who stands over every node of a lattice.

    Parameters
    ----------
    scenario, coverage
    placed : sequence of Placed
        Units of a laydown (`egide.coverage.network.placed_units`).
    threat : ThreatType
        Not ballistic: against those a height band means nothing.
    lattice : Lattice
    height_agl_m : float
        Height of the threat above ground [m].
    effectors : bool
        Count effectors too; without, those counts are zero.

    Returns
    -------
    Field
    """
    shape = lattice.shape
    sensors = np.zeros(shape, dtype=np.uint8)
    looks = np.zeros(shape, dtype=np.float32)
    owner = np.full(shape, NOBODY, dtype=np.int16)
    nets = nets_of(scenario, placed)
    cues = {net: np.zeros(shape, dtype=np.bool_) for net in nets if net is not None}
    own = {}
    for number, unit in enumerate(placed):
        patch = sees_patch(coverage, unit, threat, lattice, height_agl_m)
        if patch is None:
            continue
        own[number] = patch
        _add(sensors[patch.at], patch.mask)
        net = nets[number]
        if net is not None:
            cues[net][patch.at] |= patch.mask
        if unit.unit.linked:
            assert unit.sensor is not None  # it saw something
            rate = np.float32(1.0 / unit.sensor.scan_period_s.value)
            quicker = patch.mask & (looks[patch.at] < rate)
            looks[patch.at][quicker] = rate
            owner[patch.at][quicker] = number
    envelopes = np.zeros(shape, dtype=np.uint8)
    engaged = np.zeros(shape, dtype=np.uint8)
    for number, unit in enumerate(placed) if effectors else ():
        patch = shoots_patch(scenario, coverage, unit, threat, lattice, height_agl_m)
        if patch is None:
            continue
        _add(envelopes[patch.at], patch.mask)
        net = nets[number]
        cue = np.zeros(shape, dtype=np.bool_) if net is None else cues[net]
        if net is None and number in own:
            cue[own[number].at] = own[number].mask
        _add(engaged[patch.at], patch.mask & cue[patch.at])
    return Field(sensors, envelopes, engaged, looks, owner)


def _add(counts: NDArray[np.uint8], mask: NDArray[np.bool_]) -> None:
    """Add one where the mask holds, without passing 255."""
    np.add(counts, 1, out=counts, where=mask & (counts < 255))
