"""The process of one training: a question on each line of stdin, an answer on each line of stdout, both as JSON."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from gan_cli.accidents import ErrorContext, as_user_error
from gan_cli.benchmark.base import Loop
from gan_cli.benchmark.figures import figures_of
from gan_cli.config.runs import flatten
from gan_cli.own_code import set_search_folders

Question = Mapping[str, Any]


def open_loop(question: Question) -> Loop:
    """Return the loop that the first question describes."""
    set_search_folders(map(Path, question["search"]))
    return _LOOPS[question["loop"]](question)


def _ours(question: Question) -> Loop:
    from gan_cli.benchmark.our_loop import OurLoop

    return OurLoop(question["config"], Path(question["folder"]))


def _plain(question: Question) -> Loop:
    from gan_cli.benchmark.plain_loop import PlainLoop  # it loads torchvision's transforms, which our loop never needs

    return PlainLoop(question["config"], workers=question["workers"])


_LOOPS: Mapping[str, Callable[[Question], Loop]] = {"ours": _ours, "plain": _plain}


def reply(loop: Loop, question: Question) -> Any:
    """Return the answer to a later question: to run some steps, or to measure everything else."""
    if "run" in question:
        return loop.run(question["run"])
    return figures_of(loop, question["measure"]).plain()


def main() -> None:
    """Answer until stdin is closed, or nobody reads any more. An error is an answer too, and ends the process."""
    answers = _own_stdout()
    opening = json.loads(sys.stdin.readline() or "null")
    if opening is None:
        return
    try:
        loop = open_loop(opening)
        _tell(answers, {"value": None})
        for line in sys.stdin:
            _tell(answers, {"value": reply(loop, json.loads(line))})
        loop.close()
    except Exception as error:
        mistake = as_user_error(error, ErrorContext(settings=dict(flatten(opening["config"]))))
        _tell(answers, {"error": str(mistake), "code": mistake.exit_code, "trace": traceback.format_exc()})


def _own_stdout() -> TextIO:
    """Return a stream to the present stdout, and let all that others print go to stderr."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _tell(answers: TextIO, answer: Mapping[str, Any]) -> None:
    try:
        print(json.dumps(answer), file=answers, flush=True)
    except BrokenPipeError:
        os._exit(0)  # the process that asked has been killed


if __name__ == "__main__":
    main()
