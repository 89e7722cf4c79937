"""Where the reference data of the tests lies, and what happens when it does not.

The folder is named by `EGIDE_REFERENCE`, by default `shared` beside the checkout. Absent, a test that
needs it skips and says so; in continuous integration (`CI` set) its absence is a failure.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_CHECKOUT = Path(__file__).resolve().parents[1]


def reference_folder() -> Path:
    """Folder of the reference data, whether it exists or not."""
    return Path(os.environ.get("EGIDE_REFERENCE", _CHECKOUT.parent / "shared"))


def reference(relative: str) -> Path:
    """Path of a reference file; skips the test without it, or fails it in CI."""
    path = reference_folder() / relative
    if not path.exists():
        reason = f"reference data {relative} is not in {reference_folder()} (set EGIDE_REFERENCE)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def acceptance(section: str) -> Any:
    """One section of the published and independently proved cases."""
    return json.loads(reference("validation/acceptance_cases.json").read_text(encoding="utf-8"))[section]
