"""Replaying a ledger: verify the chain, parse, check and derive the state of every line.

`python -m benchmarks.ledger` prints JSON on its last line; `replay_s` is the best of five replays of
100,000 events (12,500 lines of eight events each), from the file's bytes to the derived state.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta

from egide.cooperation import event_from, ledger_bytes, read_ledger_bytes, replay, sealed

_STEPS = ("requirement", "pledged", "allocated", "funded", "contracted", "shipped", "delivered", "in_service")
_START = datetime(2026, 1, 1, tzinfo=UTC)


def synthetic_ledger(events: int) -> bytes:
    """Bytes of a ledger whose lines live their whole life, interleaved as they would be in an office.

    Every event carries its day, quantity, source and evidence; the promise also states partner, maker, item,
    money and due day, which hold for the rest of the line.
    """
    lines = -(-events // len(_STEPS))
    made = []
    for number in range(events):
        step, line = divmod(number, lines)
        fields: dict[str, object] = {
            "id": f"e{number}",
            "line": f"line-{line}",
            "at": _START + timedelta(seconds=number),
            "kind": _STEPS[step],
            "quantity": 1 + line % 200,
            "on": (date(2025, 1, 1) + timedelta(days=30 * step)).isoformat(),
            "source": "public statement, page 1",
            "evidence": f"document {number}",
        }
        if step == 1:
            fields |= {"partner": f"partner-{line % 40}", "maker": f"maker-{line % 10}"}
            fields |= {"item": f"item-{line % 60}", "due": "2025-12-31", "money": 1e6, "currency": "EUR"}
        made.append(event_from(fields))
    return ledger_bytes(sealed(made))


def replay_seconds(events: int = 100_000, repeats: int = 5) -> float:
    """Seconds to replay a ledger from its bytes, best of `repeats`."""
    content = synthetic_ledger(events)
    best = float("inf")
    for _ in range(repeats):
        begun = time.perf_counter()
        ledger = replay(read_ledger_bytes(content))
        best = min(best, time.perf_counter() - begun)
        if ledger.problems or len(ledger.events) != events:
            raise AssertionError("the synthetic ledger must replay whole and without a contradiction")
        del ledger
    return best


if __name__ == "__main__":
    print(json.dumps({"events": 100_000, "replay_s": round(replay_seconds(), 3)}))
