"""Files of sound, in all formats of soundfile: what their headers say, and parts of them at any rate."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from gan_cli.data.own.own_files import FileKind, reason_of
from gan_cli.data.own.walk import Stamp
from gan_cli.disk.reading import open_plain

log = logging.getLogger(__name__)

Values = npt.NDArray[np.float32]

SOUNDS = FileKind(
    what="sounds",
    none="sounds",
    expected="Expected .wav, .flac, .ogg, .opus, .mp3, .aiff, .au, .caf or .w64",
    suffixes=frozenset(
        {".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc"}
        | {".au", ".snd", ".caf", ".voc", ".sph", ".nist", ".iff", ".svx"}
    ),
    remedies=dict.fromkeys(
        (".m4a", ".aac", ".mp4", ".wma", ".webm", ".amr", ".ape", ".wv", ".mka"), "not supported; convert it to .flac"
    )
    | {".mid": "notes, not sound", ".midi": "notes, not sound", ".raw": "not supported; save it as .wav"},
)
"""The files that are read. Their suffix decides whether they are data, their content in which format they are."""

BROKEN = (soundfile.SoundFileError, OSError, ValueError, OverflowError)
"""What damaged files raise."""

_MOST = 1 << 40  # values of a file; a header without a length has more
_CLIPPED, _RUN = 0.98, 4  # so many equal values in a row, so near to full scale, were cut off by the recorder
_SIDE_LOBES = 10  # places at the lower rate that the filter of resample_poly reaches to each side
_REPORT_EVERY = 5.0  # seconds


@dataclass(frozen=True)
class Header:
    """What the header of a file says: values per second (Hz), the number of channels, and of values in each."""

    rate: int
    channels: int
    frames: int


@dataclass(frozen=True)
class Headers:
    """The headers of files by name; the files that have none, with the reason."""

    good: Mapping[str, Header]
    broken: Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """A part of a file: its values, float32 (length, channels), and whether the recorder cut off the loudest ones."""

    values: Values
    clipped: bool


@lru_cache(maxsize=4)  # because one command asks many times
def headers_of(root: Path, files: tuple[tuple[str, Stamp], ...]) -> Headers:
    """Read the headers of files, or return the cached ones if no file has changed.

    Args:
        root: their folder.
        files: their names and stamps.
    """
    good: dict[str, Header] = {}
    broken: dict[str, str] = {}
    reported = time.monotonic()
    for done, (name, _) in enumerate(files):
        try:
            with opened(root / name) as sound:
                good[name] = _header(sound)
        except BROKEN as error:
            broken[name] = reason_why(error)
        if time.monotonic() - reported > _REPORT_EVERY:
            reported = time.monotonic()
            log.info("looked at %s of %s files", f"{done + 1:,}", f"{len(files):,}")
    return Headers(good, broken)


@contextmanager
def opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """Yield a file of sound, which may be behind a link.

    Raises:
        BROKEN: it cannot be opened, or its format is not known.
    """
    with (
        open_plain(path, follow=True) as file,
        soundfile.SoundFile(file.fileno(), closefd=False) as sound,
    ):
        yield sound


def reason_why(error: BaseException) -> str:
    """Return in one line, without the path, why a file cannot be read."""
    if isinstance(error, soundfile.LibsndfileError):
        return str(error.error_string).strip().rstrip(".") or "it is damaged"
    return reason_of(error)


def _header(sound: soundfile.SoundFile) -> Header:
    if not 0 < sound.frames < _MOST:
        raise ValueError("it holds no sound" if sound.frames <= 0 else "its header gives no length")
    return Header(sound.samplerate, sound.channels, sound.frames)


def part_at(sound: soundfile.SoundFile, begin: int, length: int, rate: int) -> Part:
    """Read a part of a file, at another rate than its own if need be. The rest of the file is not read.

    Args:
        sound: the file.
        begin: number of its values before the part, at its own rate.
        length: number of values of the part, at the wanted rate; less if the file ends.
        rate: the wanted values per second (Hz).

    Raises:
        ValueError: a value is no finite number, or there are no values.
        BROKEN: the file is damaged.
    """
    common = math.gcd(rate, sound.samplerate)
    up, down = rate // common, sound.samplerate // common
    # whole steps of both rates before the part and behind it, so that its ends are filtered like its middle
    margin = 0 if up == down else down * math.ceil(_SIDE_LOBES * max(up, down) / (up * down))
    lead = min(margin, begin // down * down)
    sound.seek(begin - lead)
    raw: Values = sound.read(lead + math.ceil(length * down / up) + margin, dtype="float32", always_2d=True)
    if not np.isfinite(raw).all():
        raise ValueError("some of its values are NaN or infinite")
    values = (raw if up == down else _resampled(raw, up, down))[lead * up // down :][:length]
    if not len(values):
        raise ValueError(f"it ends before value {begin:,}, which its header counts")
    return Part(values, _is_clipped(raw))


def _resampled(values: Values, up: int, down: int) -> Values:
    from scipy.signal import resample_poly  # imported here because it takes a second

    result: Values = resample_poly(values, up, down, axis=0).astype(np.float32)
    return result


def _is_clipped(values: Values) -> bool:
    """Whether the largest absolute value is full scale and several times in a row, as of a wave without its tops."""
    sizes = np.abs(values)
    peak = sizes.max(initial=0.0)
    if peak < _CLIPPED or len(values) < _RUN:
        return False
    runs = np.lib.stride_tricks.sliding_window_view(sizes == peak, _RUN, axis=0)
    return bool(runs.all(axis=-1).any())
