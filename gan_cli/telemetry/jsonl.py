"""metrics.jsonl: every scalar of a run, one JSON object per line, for other programs."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from gan_cli.disk.reading import open_plain
from gan_cli.disk.writing import append_to, replace_file
from gan_cli.telemetry.base import Outcome, RunInfo, Sink

log = logging.getLogger(__name__)

FILE_NAME = "metrics.jsonl"


class JsonlSink(Sink):
    """Appends `{"step": 100, "loss/discriminator": 1.3, ...}` lines: `step` first, then the tags in alphabetical order.

    Floats read back to the same bits. JSON has no nan and infinities; they are written as "nan", "inf" and "-inf".
    Tags that start with `time/` depend on the machine; all other values repeat exactly. Each line is flushed. A resumed
    run drops the lines beyond the step from which it resumes.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def begin(self, run: RunInfo) -> None:
        """Open the file and drop lines beyond `run.start_step`; a new run starts with an empty file."""
        path = run.folder / FILE_NAME
        replace_file(path, _kept_lines(path, run.start_step) if run.start_step > 0 else ())
        self._file = append_to(path)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        assert self._file is not None, "begin() comes first"
        record = {"step": step, **{tag: _plain(values[tag]) for tag in sorted(values)}}
        self._file.write(json.dumps(record, allow_nan=False).encode() + b"\n")
        self._file.flush()

    def end(self, outcome: Outcome) -> None:
        if self._file is not None:
            self._file.close()


def records(path: Path, last_step: int) -> Iterator[dict[str, Any]]:
    """Yield the readings up to `last_step` as plain values; none if there is no file."""
    for line in _kept_lines(path, last_step):
        yield json.loads(line)


def _plain(value: float) -> float | str:
    return value if math.isfinite(value) else str(float(value))


def _kept_lines(path: Path, last_step: int) -> Iterator[bytes]:
    """Yield the lines up to `last_step`, without incomplete or damaged ones; warns about damaged lines."""
    try:
        old = open_plain(path)
    except FileNotFoundError:
        return
    damaged = 0
    with old:
        for line in old:
            step = _step_of(line)
            if step is not None and step <= last_step:
                yield line.rstrip(b"\n") + b"\n"
            damaged += step is None and line.endswith(b"\n")  # not damaged: a last line that a kill cut off
    if damaged:
        log.warning("%s: %d of its lines cannot be read and are left out", path.name, damaged)


def _step_of(line: bytes) -> int | None:
    try:
        step = json.loads(line)["step"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return step if type(step) is int and step >= 0 else None
