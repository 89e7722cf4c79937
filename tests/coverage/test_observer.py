"""Laws of human observers."""

from __future__ import annotations

import numpy as np
import pytest

from egide.coverage.acoustic import acoustic_pd
from egide.coverage.observer import observer_pd
from egide.errors import InputError

REACH = np.array([200.0, 1_000.0, 5_000.0])
WATCH = {"length_m": 3.0, "visibility_m": 10_000.0, "light": "day", "ambient_db": 40.0}


def test_ears_and_eyes_help_each_other() -> None:
    """Both together detect at least as often as either alone."""
    both = observer_pd(REACH, sound_power_db=115.0, **WATCH)
    seen = observer_pd(REACH, sound_power_db=None, **WATCH)
    heard = acoustic_pd(REACH, 115.0, 40.0, attenuation_db_per_km=1.0)
    assert np.all(both >= seen)
    assert np.all(both >= heard)
    assert np.all(np.diff(both) < 0.0)


def test_at_night_only_the_ear_is_left() -> None:
    """In the dark at a kilometre hearing is all there is, and who never looks sees nothing."""
    night = observer_pd(1_000.0, sound_power_db=115.0, **{**WATCH, "light": "dark"})
    heard = acoustic_pd(1_000.0, 115.0, 40.0, attenuation_db_per_km=1.0)
    assert night == pytest.approx(heard, abs=1e-3)
    assert np.all(observer_pd(REACH, sound_power_db=None, search_fraction=0.0, **WATCH) == 0.0)


def test_a_silent_target_in_fog_is_missed() -> None:
    """In fog a target that makes no noise is not noticed at a kilometre."""
    assert observer_pd(1_000.0, sound_power_db=None, **{**WATCH, "visibility_m": 200.0}) < 1e-6
    with pytest.raises(InputError, match="search_fraction"):
        observer_pd(1_000.0, sound_power_db=None, search_fraction=30.0, **WATCH)
