"""Turn nodes of a config into objects: call `_target_` with the program's arguments and the node's settings."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from gan_cli.config.check import CLASS, Node, Resolver
from gan_cli.config.kinds import Kind, group_of, kind_of, mismatch, unfinished, wanted
from gan_cli.config.signature import settings_of
from gan_cli.config.targets import resolve
from gan_cli.errors import SettingError, UserError
from gan_cli.own_code import describe_exception, is_own


def build(key: str, node: Node, *positional: Any, of: Any = Any, resolver: Resolver = resolve) -> Any:
    """Build the object that a checked node describes.

    Args:
        key: key of the node in the config, for messages.
        node: `_target_` and keyword arguments, plain values.
        positional: positional arguments from the program, such as a SampleSpec.
        of: required kind of object, as the annotation of a setting; `Any` accepts every kind.
        resolver: turns `_target_` into a class.

    Raises:
        SettingError: the class is of another kind, cannot be called like this, or refuses the settings; the message
            has the full key.
    """
    kind = kind_of(of) or ()
    target = resolver(node[CLASS])
    settings = {name: value for name, value in node.items() if name != CLASS}
    if words := mismatch(target, kind) or _uncallable(target, positional, settings, wanted(kind) if kind else ""):
        raise SettingError(f"/{key}.{CLASS}", node[CLASS], words)
    known = settings_of(target)
    inner = {name: known[name].annotation if name in known else Any for name in settings}
    settings = {name: _nested(f"{key}.{name}", value, inner[name], resolver) for name, value in settings.items()}
    try:
        built = target(*positional, **settings)
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
    """The error to show for an exception in a constructor; None for a bug: ours raise only ValueErrors for users."""
    if is_own(target):
        contract = f"; {wanted(kind)}" if kind else ""
        return SettingError(f"/{key}.{CLASS}", node[CLASS], f"{describe_exception(error)}{contract}", error)
    return SettingError(f"/{key}", node[CLASS], str(error), error) if isinstance(error, ValueError) else None


def _nested(key: str, value: Any, annotation: Any, resolver: Resolver) -> Any:
    """Build the objects in a setting that is a node or contains nodes by name; return other settings unchanged."""
    if not isinstance(value, dict):
        return value
    if CLASS in value:
        return build(key, value, of=annotation, resolver=resolver)
    group = group_of(annotation)
    inner: Mapping[str, Any] = {} if group is None else {n: setting.annotation for n, setting in group(value).items()}
    return {name: _nested(f"{key}.{name}", item, inner.get(name, Any), resolver) for name, item in value.items()}


def _uncallable(target: Any, positional: tuple[Any, ...], settings: Node, asked: str) -> str | None:
    """Return why a class cannot be called with the program's arguments and its settings; None if it can."""
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*positional, **settings)
    except TypeError as error:
        return f"cannot be called with its settings: {error}" + (f"; {asked}" if asked else "")
    return None
