"""File names as one line of a message shows them, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NAMED = 10
"""Names that a message lists before it counts the rest."""


def shown(name: str) -> str:
    r"""A name with what does not print as escapes: a line feed is \n, a byte that is no UTF-8 is \xff."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in name)


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(shown, names[:most])) + more


def counted(number: int, one: str, several: str | None = None) -> str:
    """`1 image`, `1,024 images`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def joined(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _escaped(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte of a file's name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")
