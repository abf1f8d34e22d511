"""Bash completion: the verb here, the overrides by Hydra's own query on the verb's config."""

from __future__ import annotations

import contextlib
import os
import sys

from gan_cli.arguments import split_arguments
from gan_cli.help import verbs

SCRIPT = """\
# bash completion of gan; put this line into ~/.bashrc:  eval "$(gan completion)"
_gan() {
  local word="${COMP_LINE:0:COMP_POINT}"
  word="${word##* }"
  COMPREPLY=($(compgen -W "$(COMP_LINE="$COMP_LINE" gan -sc query=bash 2>/dev/null)" -- "$word"))
  if [[ "$word" == *=* && "$COMP_WORDBREAKS" == *=* ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*=}"}"}")
  fi
}
complete -o nospace -o default -F _gan gan
"""


def complete() -> None:
    """Print what could follow COMP_LINE, separated by blanks; never anything else, whatever happens."""
    words = os.environ.get("COMP_LINE", "").split(" ")[1:]
    if len(words) < 2:
        return print(" ".join([*verbs(), "completion"]))
    verb, *rest = words
    if verb not in verbs():
        return None
    with contextlib.suppress(Exception), open(os.devnull, "w", encoding="utf-8") as nowhere:
        folders = split_arguments([word for word in rest[:-1] if word]).folders
        with contextlib.redirect_stderr(nowhere):
            _query(verb, rest, [flag for folder in folders for flag in ("--config-dir", str(folder))])
    return None


def _query(verb: str, rest: list[str], flags: list[str]) -> None:
    """Hydra reads the line from the environment and prints its answer."""
    import hydra

    from gan_cli.config.folders import config_dir

    os.environ["COMP_LINE"] = " ".join(["gan", *(word for word in rest if not word.startswith("-"))])
    sys.argv = ["gan", *flags, "-sc", "query=bash"]
    hydra.main(version_base="1.3", config_path=str(config_dir()), config_name=verb)(_nothing)()


def _nothing(config: object) -> None:
    """Hydra wants a task even to answer a query."""
