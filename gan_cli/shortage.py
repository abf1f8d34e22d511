"""Recognise out-of-memory errors of the machine or its GPU, whatever their type. This module does not load torch."""

from __future__ import annotations

import errno
import re

_MEMORY = re.compile(
    r"out of memory|not enough memory|can'?t allocate memory|cannot allocate memory|unable to allocate|bad_alloc"
    r"|std::length_error|(storage size calculation|numel:? .*multiplication|integer multiplication) overflow"
    r"|overflow when unpacking long|array is too big|maximum supported dimension|_STATUS_(ALLOC_FAILED|NO_MEMORY)"
    r"|_STATUS_INTERNAL_ERROR.*alloc|unable to mmap|insufficient shared memory|out of shared memory",
    re.IGNORECASE | re.DOTALL,
)
_GPU = re.compile(r"cuda|cudnn|cublas|gpu|hip|\bmps\b", re.IGNORECASE)
_AMOUNT = re.compile(r"(?:tried to allocate|unable to allocate) (\d[\d.]*)\s*(bytes|[KMGTPE]iB)", re.IGNORECASE)


class MemoryNeededError(MemoryError):
    """An error raised before memory runs out; its message has the needed and the free amount."""


def shortage(error: BaseException) -> str | None:
    """Return which memory ran out, and the amount if known; None if the error is no memory error."""
    if not _is_shortage(error):
        return None
    text = str(error)
    if isinstance(error, MemoryNeededError):
        return f"memory: {text}"
    kind = "GPU memory" if _GPU.search(text) else "memory"
    found = _AMOUNT.search(text)
    if not found:
        return kind
    number, unit = found.groups()
    amount = size_in_words(float(number)) if unit.lower() == "bytes" else f"{number} {unit}"
    return f"{kind}: {amount} more at once than there is"


def _is_shortage(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, (RuntimeError, ValueError, TypeError)) and _MEMORY.search(str(error)) is not None


def size_in_words(count: float) -> str:
    """Return bytes in the largest unit in which the number is at least 1: 37.3 GiB."""
    units = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")
    power = 0
    while count >= 1024 and power < len(units) - 1:
        count, power = count / 1024, power + 1
    return f"{count:.3g} {units[power]}"
