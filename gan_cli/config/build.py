"""Nodes of a config become objects: `_target_` is called with what the program hands over and the node's settings."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from gan_cli.config.check import CLASS, Node, Resolver
from gan_cli.config.kinds import Kind, group_of, kind_of, misfit, unfinished, wanted
from gan_cli.config.signature import settings_of
from gan_cli.config.targets import resolve
from gan_cli.errors import SettingError, UserError
from gan_cli.own_code import is_own, said


def build(key: str, node: Node, *handed: Any, of: Any = Any, resolver: Resolver = resolve) -> Any:
    """Build the object that a checked node describes.

    Args:
        key: where the node stands in the config, for messages.
        node: `_target_` and keyword arguments, plain values.
        handed: positional arguments from the program, such as a SampleSpec.
        of: what must come of it, as the annotation of a setting; `Any` asks for nothing.
        resolver: turns `_target_` into a class.

    Raises:
        SettingError: the class is of another kind, cannot be called like this, or refuses the settings; the message
            carries the full key.
    """
    kind = kind_of(of) or ()
    target = resolver(node[CLASS])
    settings = {name: value for name, value in node.items() if name != CLASS}
    if words := misfit(target, kind) or _uncallable(target, handed, settings, wanted(kind) if kind else ""):
        raise SettingError(f"/{key}.{CLASS}", node[CLASS], words)
    known = settings_of(target)
    inner = {name: known[name].annotation if name in known else Any for name in settings}
    settings = {name: _nested(f"{key}.{name}", value, inner[name], resolver) for name, value in settings.items()}
    try:
        built = target(*handed, **settings)
    except SettingError as error:
        raise error.under(key) from error
    except UserError:
        raise
    except Exception as error:
        if (refusal := _refusal(key, target, node, kind, error)) is None:
            raise
        raise refusal from error
    if words := unfinished(built, kind):
        raise SettingError(f"/{key}.{CLASS}", node[CLASS], words)
    return built


def _refusal(key: str, target: Any, node: Node, kind: Kind, error: Exception) -> SettingError | None:
    """What a person should know of an exception in a constructor; one of ours speaks to them by ValueErrors only."""
    if is_own(target):
        contract = f"; {wanted(kind)}" if kind else ""
        return SettingError(f"/{key}.{CLASS}", node[CLASS], f"{said(error)}{contract}", error)
    return SettingError(f"/{key}", node[CLASS], str(error), error) if isinstance(error, ValueError) else None


def _nested(key: str, value: Any, annotation: Any, resolver: Resolver) -> Any:
    """A setting that is itself a node, or holds nodes by name, becomes the objects that they describe."""
    if not isinstance(value, dict):
        return value
    if CLASS in value:
        return build(key, value, of=annotation, resolver=resolver)
    group = group_of(annotation)
    inner: Mapping[str, Any] = {} if group is None else {n: setting.annotation for n, setting in group(value).items()}
    return {name: _nested(f"{key}.{name}", item, inner.get(name, Any), resolver) for name, item in value.items()}


def _uncallable(target: Any, handed: tuple[Any, ...], settings: Node, asked: str) -> str | None:
    """Why a class cannot be called with what it is handed and its settings, in words."""
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*handed, **settings)
    except TypeError as error:
        return f"cannot be called with its settings: {error}" + (f"; {asked}" if asked else "")
    return None
