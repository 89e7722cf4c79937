"""Scores of the conditional hindcast on several splits of a bulletin file, good or bad.

`python -m benchmarks.hindcast [FILE]` prints one line per split and predictor and, on its last line, JSON:
the scores of the model and its baselines by split, and the paired differences from the rolling baseline with
their 90 % week-block bootstrap intervals. FILE is a bulletin file the reader downloaded (by default
`data/raids/bulletins_2022-2025.csv` in the folder named by `EGIDE_REFERENCE`). It scores a statistical model
of *reported* leakers given launches; it neither forecasts raids nor validates the kill chain.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from egide.io.bulletin_files import read_bulletins
from egide.raids.baselines import ROLLING
from egide.raids.bulletins import Bulletins
from egide.raids.hindcast import hindcast

SPLITS = (
    date(2023, 12, 31),
    date(2024, 6, 30),
    date(2024, 9, 30),
    date(2024, 12, 14),
    date(2025, 3, 31),
    date(2025, 9, 30),
    date(2025, 10, 31),
    date(2025, 11, 30),
)


def split_scores(bulletins: Bulletins, until: date, seed: int = 7) -> dict[str, Any]:
    """Scores of one split, with the seconds it took."""
    begun = time.perf_counter()
    found = hindcast(bulletins, until, seed=seed)
    seconds = time.perf_counter() - begun
    gain, gain_crps = found.log_score_difference[ROLLING], found.crps_difference[ROLLING]
    return {
        **found.to_json(),
        "training_nights": found.training_nights,
        "log_score_less_rolling": [gain.mean, gain.low, gain.high],
        "crps_less_rolling": [gain_crps.mean, gain_crps.low, gain_crps.high],
        "pit_histogram": found.pit_histogram().tolist(),
        "seconds": seconds,
    }


def table_of(until: date, scores: dict[str, Any]) -> str:
    """Lines of the printed table for one split."""
    rows = [("model", scores), *scores["baselines"].items()]
    return "\n".join(
        f"{until}  {name:36s} {row['nights']:5d} {row['log_score']:8.3f} {row['crps']:8.2f}"
        f" {row['cover_80']:6.2f} {row['cover_90']:6.2f}"
        for name, row in rows
    )


def main(arguments: list[str]) -> None:
    """Print the table and the JSON line."""
    default = Path(os.environ.get("EGIDE_REFERENCE", Path(__file__).resolve().parents[2] / "shared"))
    path = Path(arguments[0]) if arguments else default / "data/raids/bulletins_2022-2025.csv"
    bulletins = read_bulletins(path)
    print("until       predictor                            nights   -log p     CRPS  in 80  in 90")
    found: dict[str, Any] = {}
    for until in SPLITS:
        found[str(until)] = split_scores(bulletins, until)
        print(table_of(until, found[str(until)]))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
