"""Bash completion. This module completes verbs and flags; Hydra completes the overrides from the verb's config."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterable

from gan_cli.arguments import is_path, split_arguments
from gan_cli.help import bare_folders, own_flags, verbs

SCRIPT = """\
# bash completion of gan; put this line into ~/.bashrc:  eval "$(gan completion)"
_gan() {
  local line="${COMP_LINE:0:COMP_POINT}" answer lead quoted=
  local word="${line##* }"
  case "$word" in [\\"\\']*) quoted=yes word="${word:1}" ;; esac
  lead="${word%"${2#[\\"\\']}"}"  # what stands in front of the last character that readline splits at, such as model=
  COMPREPLY=()
  while IFS= read -r answer; do
    case "$quoted$answer" in yes*|*[=.,[]) ;; *) answer="$answer " ;; esac
    COMPREPLY+=("${answer#"$lead"}")
  done < <(COMP_LINE="$line" "$1" -sc query=bash 2>/dev/null)
}
complete -o nospace -o default -F _gan gan
"""

_FLAGS = ("-m", "--cfg", "--config-dir", "--help", "--info")
_AFTER = {"--cfg": ("job", "hydra", "all"), "--config-dir": (), "-cd": ()}


def complete() -> None:
    """Print the completions of the last word of COMP_LINE, one per line. Errors are ignored and print nothing."""
    *typed, word = os.environ.get("COMP_LINE", "").split(" ")[1:] or [""]
    word = word.lstrip("\"'")  # an open quote, which bash keeps
    with contextlib.suppress(Exception):
        for answer in _answers([text.strip("\"'") for text in typed if text], word):
            if answer.startswith(word) and answer != word:
                print(answer)


def _answers(typed: list[str], word: str) -> Iterable[str]:
    if not typed:
        return [*verbs(), "completion"]
    verb, *rest = typed
    if verb not in verbs():
        return []
    if rest and rest[-1] in _AFTER:
        return _AFTER[rest[-1]]
    return [*_FLAGS, *own_flags(verb)] if word.startswith("-") else _overrides(verb, rest, word)


def _overrides(verb: str, rest: list[str], word: str) -> Iterable[str]:
    """Return Hydra's completions; in a list or a sweep (`balance=[ema,r`) they complete the last value."""
    key, equals, value = word.partition("=")
    if equals and (is_path(key) or value.startswith((".", "/", "~"))):
        return []  # bash completes file names
    cut = max(value.rfind("["), value.rfind(",")) + 1
    found = _query(verb, rest, key + equals + value[cut:])
    return [_put_back(answer, value[:cut]) for answer in found if word or not answer.startswith("hydra")]


def _put_back(answer: str, values: str) -> str:
    """Insert the earlier values of a list after the equals sign: `balance=r1` -> `balance=[ema,r1`."""
    key, equals, value = answer.partition("=")
    return key + equals + values + value


def _query(verb: str, rest: list[str], word: str) -> list[str]:
    """Return Hydra's completions. Hydra reads the line from the environment and prints them."""
    import hydra

    from gan_cli.config.folders import config_dir

    typed = split_arguments(rest, bare_folders(verb))
    os.environ["COMP_LINE"] = " ".join(["gan", *typed.overrides, word])
    sys.argv = ["gan", *(text for folder in typed.folders for text in ("--config-dir", str(folder)))]
    sys.argv += ["-sc", "query=bash"]
    answer = io.StringIO()
    with contextlib.redirect_stdout(answer), contextlib.redirect_stderr(io.StringIO()):
        hydra.main(version_base="1.3", config_path=str(config_dir()), config_name=verb)(_nothing)()
    return answer.getvalue().split()


def _nothing(config: object) -> None:
    """Do nothing; Hydra requires a task function even for a completion query."""
