"""Memory that ran out, of the machine or of its GPU, whatever the error is called; nothing here loads torch."""

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
    """Memory that would run out; its message tells both amounts."""


def shortage(error: BaseException) -> str | None:
    """Which memory ran out, in words, and the amount where it is known; None where it was none."""
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
    """Bytes in the largest unit that leaves a number above 1: 37.3 GiB."""
    units = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")
    power = 0
    while count >= 1024 and power < len(units) - 1:
        count, power = count / 1024, power + 1
    return f"{count:.3g} {units[power]}"
