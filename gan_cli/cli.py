"""`gan <verb> [overrides]`: find the verb and start Hydra. torch and hydra are imported only when they are needed."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gan_cli import __version__, processors
from gan_cli.accidents import ErrorContext, as_user_error, known_error_message
from gan_cli.arguments import SWEPT, Arguments, split_arguments
from gan_cli.errors import ProcessLostError, Refusal, UserError, printable
from gan_cli.help import bare_folders, meant, overview, own_flags, verbs
from gan_cli.launched import Launched, launched
from gan_cli.own_code import search_folders, set_search_folders
from gan_cli.session.signals import ended_by_signals
from gan_cli.startup import cancel_announcement, expect_torch
from gan_cli.streams import lasting_streams, reader_gone, redirect_to_null

SPIN_COUNT = "5000"
"""How many rounds an idle CPU thread of torch spins before it sleeps. It must be set before torch is loaded.

With libgomp's default, one other busy process makes small networks 50 times slower (docs/decisions.md).
"""

_SHOWING = frozenset({"--cfg", "-c", "--info", "-i", "--hydra-help"})
"""Flags with which a verb only prints its settings or information and runs nothing."""

FULL_ERROR = "HYDRA_FULL_ERROR"
"""Hydra's environment variable: if the user sets it to 1, every error is printed with its stack trace."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the console script. Every error ends in SystemExit, with exit code 2 for a mistake of the user.

    No other exception leaves this function: an unexpected error prints three lines and exits with 1.
    """
    _prepare()
    arguments = list(sys.argv[1:] if argv is None else argv)
    with lasting_streams(), ended_by_signals():
        try:
            _dispatch(arguments)
            sys.stdout.flush()
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        except Exception as error:
            if isinstance(error, BrokenPipeError) and reader_gone(sys.stdout):  # `gan train --help | head`
                redirect_to_null(sys.stdout)
                raise SystemExit(141) from None
            raise SystemExit(_tell(arguments, error)) from None


def _prepare() -> None:
    """Set or correct environment variables and streams with which a library would fail."""
    processors.begin()
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    os.environ["MPLBACKEND"] = "agg"  # pictures go to files; the user's own backend may need a screen, or not exist
    for name in ("COLUMNS", "LINES"):
        if not os.environ.get(name, "1").isdecimal() or os.environ.get(name) == "0":
            del os.environ[name]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # characters outside the encoding become `?`


def _tell(arguments: Sequence[str], error: Exception) -> int:
    """Print the error, with its stack trace if the user asked for it, and return the exit code."""
    cancel_announcement()
    if os.environ.get(FULL_ERROR) == "1":
        traceback.print_exception(error)
    verb = f" {arguments[0]}" if arguments and arguments[0] in verbs() else ""
    mistake = as_user_error(error)
    print(printable(f"gan{verb}: {mistake}"), file=sys.stderr)
    return mistake.exit_code


def _dispatch(arguments: list[str]) -> None:
    if arguments[:1] == ["-sc"]:
        from gan_cli.completion import complete

        return complete()
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        return print(overview())
    if arguments[0] in ("-V", "--version"):
        return print(f"gan {__version__}")
    verb, *rest = arguments
    if verb == "completion":
        from gan_cli.completion import SCRIPT

        return print(SCRIPT, end="")
    _known(verb)
    _dispatch_verb(verb, rest)


def _dispatch_verb(verb: str, rest: Sequence[str]) -> None:
    typed = split_arguments(rest, bare_folders(verb), functools.partial(meant, verb))
    if "--version" in typed.flags:
        return print(f"gan {__version__}")
    _refuse_nowhere()
    if (one := launched()) is not None:
        if one.rank > 0:
            return _follow(one, verb, typed)
        _refuse_together(verb, typed)
    if typed.help:
        from gan_cli.help import help_of

        return print(help_of(verb, typed))
    _answerable(verb, typed)
    run_verb(verb, typed)


def _refuse_together(verb: str, typed: Arguments) -> None:
    """Refuse what several processes cannot do together; the first of them says so."""
    if verb != SWEPT:
        raise UserError(f"torchrun starts several processes, and only gan {SWEPT} uses them; leave torchrun out")
    if typed.cures:
        raise UserError("cure=true: torchrun starts several processes for one run; after it: gan cure run=<folder>")
    if typed.multirun:
        raise UserError(
            "-m: torchrun starts several processes for one run; leave torchrun out,\n"
            "  and a sweep with hydra/launcher=local trains one run on each GPU"
        )


def _follow(one: Launched, verb: str, typed: Arguments) -> None:
    """Train what the first process trains, and print nothing that it prints."""
    if verb != SWEPT or typed.multirun or typed.help or not _SHOWING.isdisjoint(typed.flags):
        return
    from gan_cli.session.follower import follow

    try:
        code = follow(one)
    except ProcessLostError:
        raise SystemExit(1) from None
    raise SystemExit(code)


def _refuse_nowhere() -> None:
    try:
        Path.cwd()
    except OSError as error:
        raise UserError("the current folder no longer exists; change to another: cd") from error


def _known(verb: str) -> None:
    if verb in verbs():
        return
    from gan_cli.config.schema import did_you_mean

    raise UserError(f"{verb}: no such verb{did_you_mean(verb, verbs())}\n  the verbs are: {', '.join(verbs())}")


def _answerable(verb: str, typed: Arguments) -> None:
    if typed.json and "--json" not in own_flags(verb):
        raise UserError(f"--json: gan {verb} has no such flag; --help lists the flags")
    if typed.multirun and not {"--cfg", "-c"}.isdisjoint(typed.flags):
        raise UserError("--cfg: shows the settings of one run; leave out -m, and take one value of each axis")
    if typed.multirun and verb != SWEPT:
        raise UserError(f"-m: gan {verb} answers one question at a time; leave out -m and ask once per value")


def run_verb(verb: str, typed: Arguments) -> None:
    """Run a verb with Hydra.

    Raises:
        UserError: Hydra or this program refuses the command; the message lists everything that is wrong with it.
    """
    from gan_cli.config.explain import refused
    from gan_cli.config.fitting import fitted
    from gan_cli.config.overrides import Vocabulary, obeyed

    if _SHOWING.isdisjoint(typed.flags):
        expect_torch()
    command = importlib.import_module(f"gan_cli.commands.{verb}")
    set_search_folders([Path(), *typed.folders])
    words = Vocabulary.of(verb, typed.folders)
    typed = fitted(obeyed(typed, words), words)
    if mistake := refused(verb, command.SCHEMA, typed, words):
        raise mistake
    sys.argv = [f"gan {verb}", *typed.flags, *typed.overrides]
    try:
        with _errors_reach_us():
            _start(verb, command.run, {"json": True} if typed.json else {})
    except (UserError, BrokenPipeError):
        raise
    except Exception as error:
        raise _mistake(verb, command.SCHEMA, typed, error) from error


def _mistake(verb: str, schema: str, typed: Arguments, error: Exception) -> UserError:
    """Return a message for the user about an exception that is not a UserError."""
    from gan_cli.config.compose import composed
    from gan_cli.config.explain import explain

    if known_error_message(error) is None:
        with contextlib.suppress(Exception):  # the explanation must not fail for the same reason as the command
            if mistake := explain(verb, schema, typed, error):
                return mistake
    asked = {key.lstrip("+~"): value for key, _, value in (text.partition("=") for text in typed.overrides)}
    return as_user_error(
        error, ErrorContext(settings={**composed(verb, typed.overrides, typed.folders), **asked}, typed=asked)
    )


def _start(verb: str, run: Callable[..., Any], asked: Mapping[str, bool]) -> None:
    import logging

    import hydra

    from gan_cli.config.compose import is_sweep
    from gan_cli.config.folders import config_dir

    folders = search_folders()
    logging.raiseExceptions = False  # a full disk must not print a stack trace for each log line

    @functools.wraps(run)
    def task(config: Any) -> Any:
        set_search_folders(folders)  # this may be another process, started by a launcher
        try:
            return run(config, **asked)
        except Exception as error:
            if is_sweep():
                raise  # the other jobs continue, and Hydra names this one
            raise Refusal(error) from error

    try:
        hydra.main(version_base="1.3", config_path=str(config_dir()), config_name=verb)(task)()
    except Refusal as refusal:
        raise refusal.reason from refusal.reason.__cause__


@contextlib.contextmanager
def _errors_reach_us() -> Iterator[None]:
    """Make Hydra raise its errors instead of printing them and exiting; restore the user's own value afterwards."""
    before = os.environ.get(FULL_ERROR)
    os.environ[FULL_ERROR] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[FULL_ERROR]
        else:
            os.environ[FULL_ERROR] = before
