"""Reads files of text as samples: one a line, in the tokens of the data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from gan_cli.data.names import counted, shown
from gan_cli.data.own.own_files import reason_of
from gan_cli.data.tokens.coded_lines import Unit, tokens_of
from gan_cli.data.tokens.corpus import UNKNOWN
from gan_cli.data.tokens.text_reading import text_in
from gan_cli.errors import UserError
from gan_cli.external.given import Given
from gan_cli.spec import SampleSpec
from gan_cli.text_lines import made_of_words


def read_texts(given: Given, folder: Path, names: Sequence[str], spec: SampleSpec) -> tuple[Tensor, str]:
    """Return each line as a row of tokens, int32 (N, length), and what was done to them, as text.

    Lines are taken as they are, with the spaces around them, as `gan sample` writes them. Shorter ones are filled up,
    longer ones are cut. A token that the data do not have becomes their token for rare ones.

    Args:
        given: what the user named, for the error.
        folder: the folder of the files.
        names: their names; they are UTF-8.
        spec: shape of a sample, with the alphabet.

    Raises:
        UserError: a file cannot be read or has no line, or the data have no token for rare ones and a line needs it.
    """
    assert spec.alphabet is not None
    numbers = {token: number for number, token in enumerate(spec.alphabet)}
    unit: Unit = "word" if made_of_words(spec.alphabet) else "char"
    length = spec.spatial[0]
    lines = [(name, line) for name in names for line in _lines(given, folder / name)]
    if not lines:
        raise UserError(f"{given}: no line is in {', '.join(names[:3])}; write one sample a line")
    rows = torch.zeros(len(lines), length, dtype=torch.int32)
    longer = unknown = 0
    for row, (name, line) in enumerate(lines):
        tokens = tokens_of(line, unit)
        longer += len(tokens) > length
        for place, token in enumerate(tokens[:length]):
            unknown += token not in numbers
            if (number := numbers.get(token, numbers.get(UNKNOWN))) is None:
                raise UserError(
                    f"{given}: {shown(repr(line))} in {name} has {token!r}, which is none of the "
                    f"{len(numbers) - 1} {unit}s of the data;\ntake the line out, or compare with other data"
                )
            rows[row, place] = number
    told = [counted(len(lines), "line")]
    if longer:
        told.append(f"{longer:,} longer than {length} {unit}s and cut")
    if unknown:
        told.append(counted(unknown, f"unknown {unit}"))
    return rows, ", ".join(told)


def _lines(given: Given, path: Path) -> list[str]:
    try:
        return text_in(path).splitlines()
    except (OSError, ValueError) as error:
        raise UserError(f"{given}: {path.name} cannot be read ({reason_of(error)}); take it out") from error
