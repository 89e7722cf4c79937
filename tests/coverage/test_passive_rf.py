"""Laws of passive radio sensors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage import passive_rf as rf
from egide.errors import InputError


@settings(deadline=None)
@given(
    eirp=st.floats(0.0, 60.0), f=st.floats(1e8, 1e10), sensitivity=st.floats(-120.0, -70.0),
    pd=st.floats(0.05, 0.95), rate=st.floats(0.0, 1.0),
)  # fmt: skip
def test_range_inverts_probability(eirp: float, f: float, sensitivity: float, pd: float, rate: float) -> None:
    """At the range for a probability that probability is found."""
    where = {"sensitivity_dbm": sensitivity, "attenuation_db_per_km": rate}
    reach = rf.passive_rf_range_m(eirp, f, pd=pd, **where)
    assert rf.passive_rf_pd(reach, eirp, f, **where) == pytest.approx(pd, abs=1e-8)


def test_silence_is_never_heard() -> None:
    """A silent emitter is not detected at any range, alone or among others, and has no range."""
    reach = np.array([1.0, 1e3, 1e5])
    assert np.all(rf.passive_rf_pd(reach, None, 2.4e9, sensitivity_dbm=-100.0) == 0.0)
    mixed = rf.passive_rf_pd(1e3, [np.nan, 30.0], 2.4e9, sensitivity_dbm=-100.0)
    assert mixed[0] == 0.0
    assert mixed[1] > 0.9
    assert rf.passive_rf_range_m(None, 2.4e9, sensitivity_dbm=-100.0) == 0.0


def test_friis_in_free_space() -> None:
    """One kilometre at 2.4 GHz loses 100.05 dB, and doubling the range 6 dB more."""
    power = rf.received_power_dbm([1e3, 2e3], 0.0, 2.4e9)
    assert power[0] == pytest.approx(-100.05, abs=0.01)
    assert power[0] - power[1] == pytest.approx(20.0 * np.log10(2.0))


def test_pauses_scale_the_probability() -> None:
    """An emitter on for a third of the looks is heard in a third of them at most."""
    near = rf.passive_rf_pd(10.0, 30.0, 2.4e9, sensitivity_dbm=-100.0, emitting_fraction=1.0 / 3.0)
    assert near == pytest.approx(1.0 / 3.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: rf.received_power_dbm(0.0, 10.0, 1e9),
        lambda: rf.received_power_dbm(1.0, np.inf, 1e9),
        lambda: rf.received_power_dbm(1.0, "loud", 1e9),
        lambda: rf.passive_rf_pd(1.0, 10.0, 0.0, sensitivity_dbm=-90.0),
        lambda: rf.passive_rf_pd(1.0, 10.0, 1e9, sensitivity_dbm=np.nan),
        lambda: rf.passive_rf_pd(1.0, 10.0, 1e9, sensitivity_dbm=-90.0, sigma_db=0.0),
        lambda: rf.passive_rf_pd(1.0, 10.0, 1e9, sensitivity_dbm=-90.0, emitting_fraction=1.2),
        lambda: rf.passive_rf_range_m(10.0, 1e9, sensitivity_dbm=-90.0, pd=1.0),
    ],
)
def test_impossible_links_are_refused(call: object) -> None:
    """Zero ranges, infinite powers, unknown sensitivities and shares above one are refused."""
    with pytest.raises(InputError):
        call()  # type: ignore[operator]
