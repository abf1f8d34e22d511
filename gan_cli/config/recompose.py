"""Compose the settings of a command once more with further overrides, with the messages that typed overrides get."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hydra.core.global_hydra import GlobalHydra

from gan_cli.arguments import split_arguments
from gan_cli.config.check import Node, check
from gan_cli.config.compose import compose_full, plain
from gan_cli.config.explain import explain, refused
from gan_cli.config.overrides import Vocabulary, obeyed
from gan_cli.config.targets import resolve
from gan_cli.errors import UserError


def recomposed(verb: str, schema: str, typed: Sequence[str], more: Sequence[str], folders: Sequence[Path]) -> Node:
    """Return checked settings as plain values: those that were typed, except where `more` says otherwise.

    Args:
        verb: the primary config.
        schema: dotted path of the callable whose signature is the schema of the top level.
        typed: the overrides of the command, as Hydra got them.
        more: further overrides, as a user types them.
        folders: the user's own config folders (`--config-dir`).

    Raises:
        UserError: what `more` says is wrong, or does not fit the rest; the message lists everything.
    """
    words = Vocabulary.of(verb, folders)
    added = obeyed(split_arguments(more), words)
    if added.flags:
        raise UserError(f"{added.flags[0]}: is a flag; only settings can be typed here")
    changed = {_key(override) for override in added.overrides}
    kept = [override for override in typed if _key(override) not in changed]
    whole = replace(added, overrides=(*kept, *added.overrides), folders=tuple(folders))
    with _no_hydra():
        if mistake := refused(verb, schema, whole, words):
            raise mistake
        try:
            settings = plain(compose_full(verb, whole.overrides, folders))
            check(settings, resolve(schema))
        except Exception as error:
            if mistake := explain(verb, schema, whole, error):
                raise mistake from error
            raise
    return settings


def _key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~")


@contextmanager
def _no_hydra() -> Iterator[None]:
    """Put the running Hydra aside inside the block: a config can be composed only when none runs."""
    running = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = running
