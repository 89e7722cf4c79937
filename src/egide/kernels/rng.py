"""Random numbers by address: `uniform(seed, trial, stream, index)`.

A counter-based hash: no state, so trial k is the same on 1 or 64 threads, in 10 or 10,000 trials, and
under two laydowns (common random numbers). Each part of the address is folded in by the finaliser of
SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014), whose
avalanche makes neighbouring addresses independent for Monte-Carlo use. It is no cryptographic generator.
"""

from __future__ import annotations

import math

import numpy as np

from egide.kernels.jit import jit

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30 = np.uint64(30)
_S27 = np.uint64(27)
_S31 = np.uint64(31)
_S11 = np.uint64(11)
_TWO_53 = 1.0 / 9007199254740992.0


@jit
def _mix(z: np.uint64) -> np.uint64:
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@jit
def uniform(seed: int, trial: int, stream: int, index: int) -> float:
    """Uniform draw in the open interval (0, 1) at an address of four non-negative integers."""
    z = _mix(np.uint64(seed) + _GOLDEN)
    z = _mix((z ^ np.uint64(trial)) + _GOLDEN)
    z = _mix((z ^ np.uint64(stream)) + _GOLDEN)
    z = _mix((z ^ np.uint64(index)) + _GOLDEN)
    return (np.float64(z >> _S11) + 0.5) * _TWO_53


@jit
def normal(seed: int, trial: int, stream: int, index: int) -> float:
    """Draw from the standard normal at an address, by Box and Muller on two sub-addresses."""
    u = uniform(seed, trial, stream, 2 * index)
    v = uniform(seed, trial, stream, 2 * index + 1)
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@jit
def exponential(seed: int, trial: int, stream: int, index: int) -> float:
    """Draw from the exponential of mean one at an address."""
    return -math.log(uniform(seed, trial, stream, index))
