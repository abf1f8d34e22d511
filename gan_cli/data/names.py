"""Formats file names, counts and lists for messages of one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NAMED = 10
"""Number of names that a message lists; it only counts the rest."""


def shown(name: str) -> str:
    r"""Return a name with escapes for unprintable characters: \n for a line feed, \xff for a byte that is not UTF-8."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in name)


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """Return the first `most` names, separated by commas, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(shown, names[:most])) + more


def counted(number: int, one: str, several: str | None = None) -> str:
    """Return a number with its noun, such as `1 image` or `1,024 images`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def joined(parts: Iterable[str]) -> str:
    """Return `a`, `a and b`, or `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _escaped(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte of a file name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")
