"""Dotted paths to classes, and which of them a config that was read back from disk may name."""

from __future__ import annotations

import importlib
from typing import Any

import gan_cli
from gan_cli.errors import SettingError

OPTIMIZERS = frozenset(
    f"torch.optim.{name}"
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam")
)
"""The classes outside this package that a saved config may name."""


def resolve(path: object) -> Any:
    """The object behind a dotted path such as `gan_cli.losses.Hinge`.

    Raises:
        SettingError: no such module or name.
    """
    parts = str(path).split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module_name = ".".join(parts[:cut])
        try:
            found: Any = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is None or not (module_name == error.name or module_name.startswith(f"{error.name}.")):
                raise
            continue
        for part in parts[cut:]:
            found = getattr(found, part, None)
        if callable(found):
            return found
        break
    raise SettingError("_target_", path, "no such class; a `_target_` is a dotted path like gan_cli.losses.Hinge")


def resolve_trusted(path: object) -> Any:
    """The class behind a path that a stranger may have written: only classes of this package and known optimizers.

    A path is not trusted for its first letters: `gan_cli.cli.sys.exit` begins well. What counts is where the object
    that it leads to was defined, and that it is a class.

    Raises:
        SettingError: anything else.
    """
    text = str(path)
    if text in OPTIMIZERS:
        return resolve(text)
    if text.startswith(f"{gan_cli.__name__}."):
        found = resolve(text)
        home = getattr(found, "__module__", "")
        if (
            isinstance(found, type)
            and home.startswith(f"{gan_cli.__name__}.")
            and f"{home}.{found.__qualname__}" == text
        ):
            return found
    raise SettingError(
        "_target_",
        path,
        "not trusted: a saved config may name only classes of gan_cli and torch's optimizers; "
        "if the class is yours, type the run's whole command again",
    )
