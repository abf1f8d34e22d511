"""Sort the words typed after the verb into flags and overrides, and spell them as argparse and Hydra expect."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_cli.errors import UserError, brief
from gan_cli.synonyms import of_setting

_WITH_VALUE = frozenset(
    {"-c", "--cfg", "-p", "--package", "-cd", "--config-dir", "-cn", "--config-name", "-cp", "--config-path"}
)
_WITH_CHOICE = frozenset({"-i", "--info"})
_CFG = frozenset({"-c", "--cfg"})
_SHOWN = ("job", "hydra", "all")
_INFO = frozenset({"all", "config", "defaults", "defaults-tree", "plugins", "searchpath"})
SWEPT = "train"
"""The only verb that accepts -m (a sweep); the other verbs do one thing per command."""

_SWEEP = frozenset({"-m", "--multirun"})
_HELP = frozenset({"-h", "--help"})
_ALL = "all"
"""The word after --help that asks for the whole help."""
_JSON = frozenset({"--json"})
"""Our own flag, for verbs that list it under `help:flags`; it is not passed to Hydra."""
_ALONE = _SWEEP | _HELP | _JSON | {"-r", "--run", "--resolve", "--hydra-help", "--version"}
_REFUSED = {"--experimental-rerun": "it would unpickle a file; type the command again, or `gan train run=<folder>`"}

_PATH = re.compile(
    r"(run|out|json|csv|markdown|figure|tensorboard|reconstruct(?!=(?i:true|false)$)|.*\.(root|dir))=(.*)", re.DOTALL
)
"""An override whose value is a path; the last group is the path."""
_PLAIN_PATH = re.compile(
    r"null|(?!(?i:true|false|inf|nan)$)[A-Za-z_./][A-Za-z0-9_./:+%@-]*|.*\$\{.*|'.*'|\".*\"", re.DOTALL
)
"""A path that Hydra accepts unchanged: it has no special characters, is already quoted, or has an interpolation."""
_OVERRIDES = re.compile(r"vs=(?!'|\")(.*=.*)", re.DOTALL)
"""A setting whose value is itself one or more overrides, not yet quoted; the group is that value."""

_NO_INTERPOLATION = "\\${"
_SWEEP_OF_PATHS = re.compile(r"(choice|glob|shuffle|sort)\(.*\)", re.DOTALL)


@dataclass(frozen=True)
class Arguments:
    """Hydra's flags, the overrides, and the flags that we read ourselves.

    Attributes:
        flags: flags with their values, in the order typed.
        overrides: everything else; paths are quoted where Hydra's grammar would split them.
        folders: the user's own config folders.
        help: whether the user asked for help.
        multirun: whether the user asked for a sweep.
        json: whether the output should be JSON, for a program.
        whole: whether the user asked for the whole help.
    """

    flags: tuple[str, ...]
    overrides: tuple[str, ...]
    folders: tuple[Path, ...]
    help: bool
    multirun: bool
    json: bool = False
    whole: bool = False

    @property
    def cures(self) -> bool:
        """Whether the user asked for a cure after the training."""
        return any(text.lower() == "cure=true" for text in self.overrides)


def split_arguments(
    typed: Sequence[str], bare: str | None = None, meant: Callable[[str], str] = lambda word: ""
) -> Arguments:
    """Sort the words typed after the verb.

    Args:
        typed: the words.
        bare: the setting that folders without a key belong to; None if the verb accepts no such folders.
        meant: maps a word that is no setting to the override that it may mean, as `group=choice`, or to an empty text.

    Raises:
        UserError: a flag is unknown, refused or without its value, a folder does not exist, or a word is neither a
            flag nor an override.
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
    """Return the value of a flag, if it has one: the text behind its `=`, or the next word."""
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
    """Return what to type instead of an unknown flag; it may be a setting, which has no dashes."""
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
    """Whether a word names a folder and not a setting. Before the first override, its name may contain `=`."""
    key, equals, _ = word.partition("=")
    if not equals:
        return not word.startswith("~")
    return first and (os.path.isdir(word) or ("/" in key and not key.startswith("hydra/")))


def _named(bare: str | None, folders: Sequence[str], overrides: Sequence[str]) -> tuple[str, ...]:
    """Return the folders typed without a key as one override, whose value is a list."""
    if not folders:
        return ()
    if "" in folders:
        raise UserError("'': an empty word is no folder; type . for the current one")
    if any(override.startswith(f"{bare}=") for override in overrides):
        raise UserError(f"{folders[0]}: type all folders bare or all of them in {bare}=[...], not some of each")
    return (f"{bare}=[{','.join(quote(folder.replace('${', _NO_INTERPOLATION)) for folder in folders)}]",)


def is_path(key: str) -> bool:
    """Whether a setting names a file or folder."""
    return _PATH.fullmatch(f"{key}=") is not None


def _quoted(override: str, multirun: bool) -> str:
    """Quote a path with special characters of Hydra's grammar, such as `=`. In a sweep a comma separates values.

    Overrides inside an override are quoted as a whole.
    """
    if inner := _OVERRIDES.fullmatch(override):
        return f"vs={quote(inner[1])}"
    match = _PATH.fullmatch(override)
    if match is None or (multirun and _SWEEP_OF_PATHS.fullmatch(match[3])):
        return override
    key, text = match[1], match[3]
    if _PLAIN_PATH.fullmatch(text) and text.strip("'\""):
        return override
    swept = multirun and not override.startswith("hydra.")  # Hydra does not sweep over its own settings
    paths = [_at_home(key, path) for path in (text.split(",") if swept else [text])]
    if "" in (path.strip("'\"") for path in paths) and override[0] != "~":
        raise UserError(f"{key.lstrip('+')}={text}: is empty; type a path, or leave it out for the default")
    spelled = [path if _PLAIN_PATH.fullmatch(path) else quote(path) for path in paths]
    return f"{override[: len(override) - len(text)]}{','.join(spelled)}"


def _at_home(key: str, path: str) -> str:
    """Expand `~` and `~user` at the start of a path; a shell does this only at the start of a word."""
    if not path.startswith("~"):
        return path
    try:
        return str(Path(path).expanduser())
    except RuntimeError as error:
        raise UserError(
            f"{key.lstrip('+')}={path}: there is no such user; a folder of this name is ./{path}"
        ) from error


def quote(text: str) -> str:
    """Return a text in single quotes for Hydra. Quotes inside it, and backslashes before a quote, are escaped."""
    escaped = re.sub(r"(\\*)('|$)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), text)
    return f"'{escaped}'"


def _folder(flag: str, text: str) -> Path:
    folder = Path(_at_home(flag, text))
    if not os.path.isdir(folder):
        raise UserError(f"{flag} {text}: no such folder; it holds your own groups, such as {text}/data/mine.yaml")
    return folder
