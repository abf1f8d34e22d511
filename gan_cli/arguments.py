"""What was typed after the verb, sorted: argparse wants flags first, people do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_cli.errors import UserError

_WITH_VALUE = frozenset(
    {"-c", "--cfg", "-p", "--package", "-cd", "--config-dir", "-cn", "--config-name", "-cp", "--config-path"}
)
_INFO = frozenset({"all", "config", "defaults", "defaults-tree", "plugins", "searchpath"})
_REFUSED = {"--experimental-rerun": "it would unpickle a file; type the command again, or `gan train run=<folder>`"}


@dataclass(frozen=True)
class Arguments:
    """Hydra's flags, the overrides, and what we need to know of the flags.

    Attributes:
        flags: with their values, in the order typed.
        overrides: everything else.
        folders: a person's own config folders.
        help: whether help was asked for.
    """

    flags: tuple[str, ...]
    overrides: tuple[str, ...]
    folders: tuple[Path, ...]
    help: bool


def split_arguments(typed: Sequence[str]) -> Arguments:
    """Sort what was typed after the verb.

    Raises:
        UserError: a flag without its value, a folder that is not there, or a flag that is refused.
    """
    flags: list[str] = []
    overrides: list[str] = []
    folders: list[Path] = []
    words = list(typed)
    while words:
        word = words.pop(0)
        name, _, joined = word.partition("=")
        if name in _REFUSED:
            raise UserError(f"{name}: refused; {_REFUSED[name]}")
        if name in _WITH_VALUE and not joined and not words:
            raise UserError(f"{name}: needs a value")
        value = [] if name not in _WITH_VALUE else [joined or words.pop(0)]
        if name in ("-cd", "--config-dir"):
            folders.append(_folder(name, value[0]))
        if name in ("-i", "--info"):
            value = [joined or (words.pop(0) if words and words[0] in _INFO else "all")]
        if word.startswith("-"):
            flags += [name, *value]
        else:
            overrides.append(word)
    asks = bool({"-h", "--help"} & set(flags))
    return Arguments(tuple(flags), tuple(overrides), tuple(folders), asks)


def _folder(flag: str, text: str) -> Path:
    folder = Path(text)
    if not folder.is_dir():
        raise UserError(f"{flag} {text}: no such folder; it holds your own groups, such as {text}/data/mine.yaml")
    return folder
