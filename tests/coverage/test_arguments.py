"""Arguments are checked together and named in the message."""

from __future__ import annotations

import numpy as np
import pytest

from egide.coverage.arguments import Arguments
from egide.coverage.radar import radar_snr_db
from egide.errors import InputError


def test_all_problems_are_told_at_once() -> None:
    """Three wrong arguments give one error with three problems, each with its field and value."""
    with pytest.raises(InputError) as caught:
        radar_snr_db(
            -1.0, frequency_hz=0.0, peak_power_w=1e6, pulse_s=1e-6, transmit_gain_db=np.nan, rcs_m2=1.0
        )
    fields = {problem.field: problem.value for problem in caught.value.problems}
    assert fields.keys() == {"range_m", "frequency_hz", "transmit_gain_db"}
    assert fields["range_m"] == -1.0
    assert all(problem.file == "radar_snr_db" for problem in caught.value.problems)


@pytest.mark.parametrize("value", [None, "ten", True, [[1.0], [1.0, 2.0]], 1 + 2j])
def test_what_is_no_number_is_refused(value: object) -> None:
    """None, text, booleans, ragged lists and complex numbers are refused by name, not by a crash."""
    given = Arguments("f")
    given.positive("x", value)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"f: x"):
        given.done()


@pytest.mark.parametrize("value", [0, -1, 2.5, np.inf, np.nan, [1, 2.5], None])
def test_whole_numbers_are_whole(value: object) -> None:
    """Zero, negative, fractional, infinite and unknown counts are refused."""
    given = Arguments("f")
    given.whole("pulses", value)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="whole number of at least 1"):
        given.done()


def test_shapes_that_do_not_broadcast_are_named() -> None:
    """Arrays of unlike shapes give one readable problem."""
    with pytest.raises(InputError, match=r"range_m \(2,\).*peak_power_w \(3,\)"):
        radar_snr_db(
            [1e3, 2e3], frequency_hz=1e9, peak_power_w=[1.0, 2.0, 3.0], pulse_s=1e-6, transmit_gain_db=30.0
        )


def test_limits_are_spelled_out() -> None:
    """The message says which limits hold, and whether they are included."""
    given = Arguments("f")
    given.number("x", [0.5, 3.0], low=0.0, below=2.0, unit="m")
    with pytest.raises(InputError, match=r"x = 3.0: must be at least 0 and below 2 m"):
        given.done()


def test_good_arguments_pass() -> None:
    """Nothing is raised when nothing is wrong, and numbers come back as they were."""
    given = Arguments("f")
    assert given.fraction("a", 0.25) == 0.25
    np.testing.assert_array_equal(given.whole("b", [1, 2]), [1.0, 2.0])
    given.done()
