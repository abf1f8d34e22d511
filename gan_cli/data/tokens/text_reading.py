"""Reads a file of text: UTF-8, in lines, without what no reader sees. Says in a few words why a file is no text."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from gan_cli.disk.reading import open_plain

LARGEST = 64 * 2**20
"""Bytes of all texts together: as rows of tokens they take tens of times as much memory while they are read."""

_OTHER_ENCODINGS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")


@dataclass(frozen=True)
class TextFile:
    """The lines of a file.

    Attributes:
        lines: the lines, without spaces around them; none is empty.
        empty: number of empty lines, which were left out.
        unseen: number of control characters, which were left out; a tab became a space.
    """

    lines: list[str]
    empty: int
    unseen: int


def lines_in(path: Path, *, lowercase: bool) -> TextFile:
    """Read a file of text. Composed and decomposed letters become the same (NFC).

    Args:
        path: the file; links are followed.
        lowercase: turn capitals into small letters.

    Raises:
        ValueError: the content is no UTF-8, or no text; the message says where.
        OSError: the file cannot be opened, or is no plain file.
    """
    text, unseen = _UNSEEN.subn("", _BREAKS.sub("\n", text_in(path)))
    text = text.replace("\t", " ")
    text = unicodedata.normalize("NFC", text.lower() if lowercase else text)
    lines = [line.strip() for line in text.removesuffix("\n").split("\n")] if text else []
    kept = [line for line in lines if line]
    return TextFile(kept, len(lines) - len(kept), unseen)


def text_in(path: Path) -> str:
    """Read a file of text as it is.

    Args:
        path: the file; links are followed.

    Raises:
        ValueError: the content is no UTF-8, no text, or too long; the message says where.
        OSError: the file cannot be opened, or is no plain file.
    """
    with open_plain(path, follow=True) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it has more than {LARGEST / 2**20:.0f} MiB")
    return decoded(content)


def decoded(content: bytes) -> str:
    """Return the text of UTF-8 bytes, with or without a byte order mark.

    Raises:
        ValueError: they are something else; the message says from which byte on.
    """
    if other := _OTHER_ENCODINGS.get(content[:2]):
        raise ValueError(f"it is {other}, not UTF-8")
    mark = len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0
    if (place := content.find(b"\0")) >= 0:
        raise ValueError(f"byte 0x00 at offset {place:,} is in no text, so the file is binary")
    try:
        return content[mark:].decode()
    except UnicodeDecodeError as error:
        place = mark + error.start
        raise ValueError(f"byte 0x{content[place]:02x} at offset {place:,} is not UTF-8") from None
