"""Nodes of a config become objects: `_target_` is called with what the program hands over and the node's settings."""

from __future__ import annotations

from typing import Any

from gan_cli.config.check import Node, Resolver
from gan_cli.config.targets import resolve
from gan_cli.errors import SettingError


def build(key: str, node: Node, *handed: Any, resolver: Resolver = resolve) -> Any:
    """Build the object that a checked node describes.

    Args:
        key: where the node stands in the config, for messages.
        node: `_target_` and keyword arguments, plain values.
        handed: positional arguments from the program, such as a SampleSpec.
        resolver: turns `_target_` into a class.

    Raises:
        SettingError: the class refuses the settings; the message carries the full key.
    """
    settings = {name: _nested(f"{key}.{name}", value, resolver) for name, value in node.items() if name != "_target_"}
    try:
        return resolver(node["_target_"])(*handed, **settings)
    except SettingError as error:
        raise error.under(key) from error
    except ValueError as error:
        raise SettingError(f"/{key}", node["_target_"], str(error)) from error


def _nested(key: str, value: Any, resolver: Resolver) -> Any:
    """A setting that is itself a node, or holds nodes by name, becomes the objects that they describe."""
    if not isinstance(value, dict):
        return value
    if "_target_" in value:
        return build(key, value, resolver=resolver)
    return {name: _nested(f"{key}.{name}", item, resolver) for name, item in value.items()}
