"""What `vs=` compares a training with: the plain loop, the same command with other settings, or nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import accumulate

from gan_cli.benchmark.base import Candidate
from gan_cli.config.check import Node
from gan_cli.config.recompose import recomposed
from gan_cli.errors import SettingError, UserError, spell
from gan_cli.own_code import search_folders

SCHEMA = "gan_cli.benchmark.settings.BenchmarkSettings"
"""The signature against which the top level of `configs/benchmark.yaml` is checked."""

PLAIN, NOTHING = "plain", "none"

_OF_THE_COMPARISON = ("vs", "benchmark", "hydra")
"""Settings that concern both sides, so that one side cannot have others."""

_STEPS = {"[": 1, "(": 1, "{": 1, "]": -1, ")": -1, "}": -1}
_QUOTES = "'\""


def candidates_of(config: Node, typed: Sequence[str]) -> list[Candidate]:
    """Return the training of a command, and the one that it is compared with if there is one.

    Args:
        config: the checked settings of the command.
        typed: its overrides, as Hydra got them.

    Raises:
        UserError: `vs` is neither a known word nor overrides, or these are wrong.
    """
    other = opponent_of(config, typed)
    ours = Candidate("as typed" if other is not None and other.loop == "ours" else "ours", "ours", config)
    return [ours] if other is None else [ours, other]


def opponent_of(config: Node, typed: Sequence[str]) -> Candidate | None:
    """Return the training that a command is compared with, its settings checked against the schema; None for none.

    Args:
        config: the checked settings of the command.
        typed: its overrides, as Hydra got them.

    Raises:
        UserError: `vs` is neither a known word nor overrides, or these are wrong.
    """
    given = config["vs"]
    if given in (None, NOTHING):
        return None
    if given == PLAIN:
        return Candidate("plain loop", "plain", config)
    overrides = list(_overrides(given))
    kept = [override for override in typed if override.partition("=")[0].lstrip("+") != "vs"]
    try:
        settings = recomposed("benchmark", SCHEMA, kept, overrides, search_folders()[1:])
    except UserError as error:
        raise UserError(f"vs: {error}") from error
    return Candidate(" ".join(overrides), "ours", settings)


def _overrides(given: str | Sequence[str]) -> Iterator[str]:
    """Yield the overrides of a setting `vs`.

    Raises:
        SettingError: there are none, or one of them cannot be an override of one side.
    """
    listed = list(split(given)) if isinstance(given, str) else list(given)
    for override in listed or [""]:
        key, equals, _ = override.partition("=")
        name = key.strip("+~")
        if not name or not (equals or key.startswith("~")):
            raise SettingError("vs", spell(given), _remedy(override))
        if name.partition(".")[0].partition("/")[0] in _OF_THE_COMPARISON:
            raise SettingError("vs", spell(given), f"{name} concerns both sides of the comparison; type it outside vs")
        yield override


def _remedy(word: str) -> str:
    near = difflib.get_close_matches(word, (PLAIN, NOTHING), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"must be plain, none, or settings of the other side, such as vs='runtime.capture=off'{hint}"


def split(text: str) -> Iterator[str]:
    """Yield the parts of a list `[a=1,b=[2,3]]`, or of the same text without the outer brackets."""
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    quoted = list(accumulate(inner, _quote, initial=""))
    depth = list(accumulate((_STEPS.get(c, 0) if not q else 0 for c, q in zip(inner, quoted[1:], strict=True))))
    cuts = [at for at, c in enumerate(inner) if c == "," and depth[at] == 0 and not quoted[at]]
    for start, end in zip([-1, *cuts], [*cuts, len(inner)], strict=True):
        part = inner[start + 1 : end].strip()
        yield part[1:-1] if len(part) > 1 and part[0] == part[-1] and part[0] in _QUOTES else part


def _quote(inside: str, character: str) -> str:
    """Return the quotation mark inside of which a text is after a character; empty outside of quotation marks."""
    if inside:
        return "" if character == inside else inside
    return character if character in _QUOTES else ""
