"""What was typed after the verb, sorted and spelled as argparse and Hydra want it: people write freely."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_cli.errors import UserError, brief
from gan_cli.habits import of_setting

_WITH_VALUE = frozenset(
    {"-c", "--cfg", "-p", "--package", "-cd", "--config-dir", "-cn", "--config-name", "-cp", "--config-path"}
)
_WITH_CHOICE = frozenset({"-i", "--info"})
_CFG = frozenset({"-c", "--cfg"})
_SHOWN = ("job", "hydra", "all")
_INFO = frozenset({"all", "config", "defaults", "defaults-tree", "plugins", "searchpath"})
SWEPT = "train"
"""The verb that can be swept with -m; the others answer one question at a time."""

_SWEEP = frozenset({"-m", "--multirun"})
_HELP = frozenset({"-h", "--help"})
_ALL = "all"
"""Behind --help: all of it."""
_JSON = frozenset({"--json"})
"""Ours, for the verbs that list it under `help:flags`; Hydra does not see it."""
_ALONE = _SWEEP | _HELP | _JSON | {"-r", "--run", "--resolve", "--hydra-help", "--version"}
_REFUSED = {"--experimental-rerun": "it would unpickle a file; type the command again, or `gan train run=<folder>`"}

_PATH = re.compile(r"(run|out|json|csv|markdown|figure|tensorboard|.*\.(root|dir))=(.*)", re.DOTALL)
"""A setting whose value is a path, and the path."""
_PLAIN_PATH = re.compile(
    r"null|(?!(?i:true|false|inf|nan)$)[A-Za-z_./][A-Za-z0-9_./:+%@-]*|.*\$\{.*|'.*'|\".*\"", re.DOTALL
)
"""A path that Hydra takes as it is: without its special characters, quoted already, or interpolated."""
_NO_INTERPOLATION = "\\${"
_SWEEP_OF_PATHS = re.compile(r"(choice|glob|shuffle|sort)\(.*\)", re.DOTALL)


@dataclass(frozen=True)
class Arguments:
    """Hydra's flags, the overrides, and what we need to know of the flags.

    Attributes:
        flags: with their values, in the order typed.
        overrides: everything else, paths quoted where Hydra's grammar would take them apart.
        folders: a person's own config folders.
        help: whether help was asked for.
        multirun: whether a sweep was asked for.
        json: whether the answer is for a program.
        whole: whether all of the help was asked for.
    """

    flags: tuple[str, ...]
    overrides: tuple[str, ...]
    folders: tuple[Path, ...]
    help: bool
    multirun: bool
    json: bool = False
    whole: bool = False


def split_arguments(
    typed: Sequence[str], bare: str | None = None, meant: Callable[[str], str] = lambda word: ""
) -> Arguments:
    """Sort what was typed after the verb.

    Args:
        typed: the words.
        bare: the setting that folders without a key belong to; None where the verb takes none.
        meant: what a word that is no setting may stand for, as `group=choice`; empty where nothing comes to mind.

    Raises:
        UserError: an unknown or refused flag, one without its value, a folder that is not there, or a word that is
            neither a flag nor an override.
    """
    flags: list[str] = []
    overrides: list[str] = []
    folders: list[Path] = []
    named: list[str] = []
    words = list(typed)
    while words:
        word = words.pop(0)
        if bare and not word.startswith("-") and _is_folder(word, first=not overrides):
            named.append(word)
            continue
        if not word.startswith("-"):
            overrides.append(_override(word, meant))
            continue
        name, _, joined = word.partition("=")
        value = _value_of(name, joined, words)
        flags += [name, *value]
        if name in ("-cd", "--config-dir"):
            folders.append(_folder(name, value[0]))
    if "--resolve" in flags and _CFG.isdisjoint(flags):
        raise UserError("--resolve: goes with --cfg job")
    multirun = not _SWEEP.isdisjoint(flags)
    spelled = (*_named(bare, named, overrides), *(_quoted(override, multirun) for override in overrides))
    whole = not _HELP.isdisjoint(flags) and _ALL in flags
    flags = [flag for flag in flags if flag != _ALL] if whole else flags
    asked = {
        "help": not _HELP.isdisjoint(flags),
        "multirun": multirun,
        "json": not _JSON.isdisjoint(flags),
    }
    return Arguments(tuple(flag for flag in flags if flag not in _JSON), spelled, tuple(folders), **asked, whole=whole)


def _value_of(flag: str, joined: str, words: list[str]) -> list[str]:
    """The value of a flag, if it takes one: what was joined to it by `=`, or the next word."""
    if flag in _REFUSED:
        raise UserError(f"{flag}: refused; {_REFUSED[flag]}")
    if flag in _WITH_VALUE:
        if not joined and not words:
            raise UserError(f"{flag}: needs a value")
        return [_one_of(_SHOWN if flag in _CFG else (), flag, joined or words.pop(0))]
    if flag in _HELP:
        return [words.pop(0)] if words[:1] == [_ALL] else []
    if flag in _WITH_CHOICE:
        following = words.pop(0) if not joined and words and words[0] in _INFO else "all"
        return [_one_of(sorted(_INFO), flag, joined or following)]
    if flag not in _ALONE:
        value = joined or (words[0] if words and not words[0].startswith("-") else "")
        raise UserError(f"{brief(flag)}: no such flag{_instead(flag, value)}")
    return []


def _one_of(choices: Sequence[str], flag: str, given: str) -> str:
    if choices and given not in choices:
        raise UserError(f"{flag} {brief(given)}: must be one of {', '.join(choices)}")
    return given


def _instead(flag: str, value: str) -> str:
    """What to type instead of a flag that there is not: settings have no dashes."""
    key = flag.lstrip("-").replace("-", "_")
    near = difflib.get_close_matches(flag, sorted(_ALONE | _WITH_VALUE | _WITH_CHOICE), n=1, cutoff=0.75)
    if near or not key:
        return f"; did you mean {near[0]}?" if near else "; --help lists the flags"
    if flag.startswith("--"):
        return of_setting(key, value) or f"; settings are typed without dashes: {key}={value or '...'}"
    return "; --help lists the flags"


def _override(word: str, meant: Callable[[str], str]) -> str:
    key, equals, _ = word.partition("=")
    if key.strip("+~") and (equals or word.startswith("~")):
        return word
    named = "" if equals else meant(word)
    remedy = (
        f"did you mean {brief(named)}?" if named else "type group=choice or setting=value, such as data=mnist or seed=1"
    )
    raise UserError(f"{brief(word) or repr(word)}: not a setting; {remedy}")


def _is_folder(word: str, *, first: bool) -> bool:
    """Whether a word names a folder rather than a setting; in front of the overrides its name may hold `=`."""
    key, equals, _ = word.partition("=")
    if not equals:
        return not word.startswith("~")
    return first and (os.path.isdir(word) or ("/" in key and not key.startswith("hydra/")))


def _named(bare: str | None, folders: Sequence[str], overrides: Sequence[str]) -> tuple[str, ...]:
    """Bare folders as one override, which is a list."""
    if not folders:
        return ()
    if any(override.startswith(f"{bare}=") for override in overrides):
        raise UserError(f"{folders[0]}: type all folders bare or all of them in {bare}=[...], not some of each")
    return (f"{bare}=[{','.join(quote(folder.replace('${', _NO_INTERPOLATION)) for folder in folders)}]",)


def is_path(key: str) -> bool:
    """Whether a setting names a file or folder."""
    return _PATH.fullmatch(f"{key}=") is not None


def _quoted(override: str, multirun: bool) -> str:
    """Quote a path that holds characters of Hydra's grammar, such as `=`; a comma parts the values of a sweep."""
    match = _PATH.fullmatch(override)
    if match is None or (multirun and _SWEEP_OF_PATHS.fullmatch(match[3])):
        return override
    key, text = match[1], match[3]
    if _PLAIN_PATH.fullmatch(text) and text.strip("'\""):
        return override
    swept = multirun and not override.startswith("hydra.")  # Hydra sweeps over no setting of its own
    paths = [_at_home(key, path) for path in (text.split(",") if swept else [text])]
    if "" in (path.strip("'\"") for path in paths) and override[0] != "~":
        raise UserError(f"{key.lstrip('+')}={text}: names no place; leave it out for the usual one")
    spelled = [path if _PLAIN_PATH.fullmatch(path) else quote(path) for path in paths]
    return f"{override[: len(override) - len(text)]}{','.join(spelled)}"


def _at_home(key: str, path: str) -> str:
    """A path with `~` and `~user` in front spelled out, which a shell does only at the beginning of a word."""
    if not path.startswith("~"):
        return path
    try:
        return str(Path(path).expanduser())
    except RuntimeError as error:
        raise UserError(
            f"{key.lstrip('+')}={path}: there is no such user; a folder of this name is ./{path}"
        ) from error


def quote(text: str) -> str:
    """A text in single quotes for Hydra: a quote inside is escaped, and so are backslashes in front of one."""
    escaped = re.sub(r"(\\*)('|$)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), text)
    return f"'{escaped}'"


def _folder(flag: str, text: str) -> Path:
    folder = Path(_at_home(flag, text))
    if not os.path.isdir(folder):
        raise UserError(f"{flag} {text}: no such folder; it holds your own groups, such as {text}/data/mine.yaml")
    return folder
