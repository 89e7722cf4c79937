"""The run folder: results of stages, reused while the hashes of their inputs stay the same."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from egide._version import __version__
from egide.errors import InputError
from egide.io.atomic import write_text
from egide.io.result_files import read_result, write_result
from egide.model.scenario import digest

T = TypeVar("T")

RECORD = "run.json"
"""The one file of a run folder that holds timings."""


class RunFolder:
    """Stages that were run, under which key, which files they left, and how long they took.

    A stage is reused when its key (version, stage, hashes of its inputs, options) is the one recorded and
    every file it left still has its recorded hash. Files are written whole and the record after them, so
    that a run that is stopped resumes at the first stage that is not recorded. Threads may share a folder as
    long as no two of them compute the same stage.
    """

    def __init__(self, path: Path) -> None:
        occupied = next((part for part in (path, *path.parents) if part.exists()), path)
        if occupied.exists() and not occupied.is_dir():
            raise InputError.one("run folder", "--out", str(path), f"cannot be made: {occupied} is a file")
        self.path = path
        self.reused: list[str] = []
        self.computed: list[str] = []
        self._record_lock = threading.Lock()
        self._stages: dict[str, dict[str, Any]] = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        record = self.path / RECORD
        if not record.exists():
            return {}
        try:
            content = json.loads(record.read_text(encoding="utf-8"))
            stages: dict[str, dict[str, Any]] = content["stages"]
        except (ValueError, KeyError, TypeError) as error:
            remedy = f"is damaged ({error}); delete it to run every stage again"
            raise InputError.one(str(record), "(whole)", None, remedy) from None
        return stages

    def result(self, stage: str, kind: type[T], inputs: dict[str, Any], compute: Callable[[], T]) -> T:
        """Reuse or compute a stage whose result is one dataclass, stored as `STAGE.json` and `STAGE.npz`."""
        stem = self.path / stage
        key = self.key(stage, inputs)
        if self._is_current(stage, key):
            self.reused.append(stage)
            return read_result(kind, stem)
        began = time.perf_counter()
        result = compute()
        self._keep(stage, key, write_result(result, stem), time.perf_counter() - began)
        return result

    def files(self, stage: str, inputs: dict[str, Any], write: Callable[[], Iterable[Path]]) -> list[Path]:
        """Reuse or write a stage that leaves files for people."""
        key = self.key(stage, inputs)
        if self._is_current(stage, key):
            self.reused.append(stage)
            return [self.path / name for name in self._stages[stage]["files"]]
        began = time.perf_counter()
        written = list(write())
        self._keep(stage, key, written, time.perf_counter() - began)
        return written

    def knows(self, stage: str) -> bool:
        """Whether a stage was run in this folder before, on whatever inputs."""
        return stage in self._stages

    def key_of(self, stage: str) -> str:
        """Key under which a stage is recorded, for the keys of later stages."""
        return str(self._stages[stage]["key"])

    def key(self, stage: str, inputs: dict[str, Any]) -> str:
        """Key of a stage on these inputs."""
        return digest({"version": __version__, "stage": stage, "inputs": inputs})

    def _is_current(self, stage: str, key: str) -> bool:
        held = self._stages.get(stage)
        return (
            held is not None
            and held["key"] == key
            and all(_hash(self.path / name) == known for name, known in held["files"].items())
        )

    def _keep(self, stage: str, key: str, files: Iterable[Path], seconds: float) -> None:
        names = {path.name: _hash(path) for path in files}
        with self._record_lock:
            self._record(stage, key, names, seconds)

    def _record(self, stage: str, key: str, names: dict[str, str], seconds: float) -> None:
        for old in set(self._stages.get(stage, {}).get("files", {})) - set(names):
            (self.path / old).unlink(missing_ok=True)
        self._stages[stage] = {"key": key, "files": names, "seconds": round(seconds, 3)}
        self.computed.append(stage)
        content = {"egide": __version__, "stages": self._stages}
        write_text(self.path / RECORD, json.dumps(content, indent=1, sort_keys=True) + "\n")


def _hash(path: Path) -> str:
    if not path.is_file():
        return "absent"
    return hashlib.sha256(path.read_bytes()).hexdigest()
