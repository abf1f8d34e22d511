"""metrics.jsonl: every scalar of a run, one JSON object a line, for programs to read."""

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
    """Appends `{"step": 100, "loss/discriminator": 1.3, ...}` lines, keys in alphabetical order behind `step`.

    Floats are written so that they read back to the same bits; nan and infinities, which JSON lacks, as "nan", "inf"
    and "-inf". Tags that start with `time/` depend on the machine; all else repeats exactly. Each line is flushed, and
    a resumed run drops the lines beyond the step that it goes on from.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def begin(self, run: RunInfo) -> None:
        """Open the file, cut back to `run.start_step`; a new run starts an empty one."""
        path = run.folder / FILE_NAME
        replace_file(path, _kept_lines(path, run.start_step) if run.start_step > 0 else ())
        self._file = append_to(path)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write one line."""
        assert self._file is not None, "begin() comes first"
        record = {"step": step, **{tag: _plain(values[tag]) for tag in sorted(values)}}
        self._file.write(json.dumps(record, allow_nan=False).encode() + b"\n")
        self._file.flush()

    def end(self, outcome: Outcome) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def records(path: Path, last_step: int) -> Iterator[dict[str, Any]]:
    """The readings up to a step, as plain values; nothing where there is no file."""
    for line in _kept_lines(path, last_step):
        yield json.loads(line)


def _plain(value: float) -> float | str:
    return value if math.isfinite(value) else str(float(value))


def _kept_lines(path: Path, last_step: int) -> Iterator[bytes]:
    """The lines up to `last_step`; what a kill tore apart is no JSON and is left out."""
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
            damaged += step is None and line.endswith(b"\n")  # a kill leaves a line without its end
    if damaged:
        log.warning("%s: %d of its lines cannot be read and are left out", path.name, damaged)


def _step_of(line: bytes) -> int | None:
    try:
        step = json.loads(line)["step"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return step if type(step) is int and step >= 0 else None
