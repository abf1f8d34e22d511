"""Find classes by dotted paths, and decide which of them a config from disk may name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gan_cli
from gan_cli.config.schema import did_you_mean
from gan_cli.errors import SettingError
from gan_cli.own_code import allow, describe_exception, is_allowed, is_own_path, load, search_folders, shown

OPTIMIZERS = frozenset(
    f"torch.optim.{name}"
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam")
)
"""The classes outside this package that a saved config may name."""


def resolve(path: object) -> Any:
    """Return the object at a dotted path such as `gan_cli.losses.Hinge`, which the user named.

    Raises:
        SettingError: no such module or name, or an error in the user's own module, with its file and line.
    """
    found = _find(path)
    if is_own_path(str(path)):
        allow([str(path)])
    return found


def _find(path: object) -> Any:
    parts = str(path).split(".")
    cuts = range(len(parts) - 1, 0, -1) if all(map(str.isidentifier, parts)) else ()
    for cut in cuts:
        module_name = ".".join(parts[:cut])
        try:
            found: Any = load(module_name)
        except (Exception, SystemExit) as error:
            if isinstance(error, ModuleNotFoundError) and f"{module_name}.".startswith(f"{error.name}."):
                continue
            if not is_own_path(module_name):
                raise
            raise SettingError("_target_", path, f"cannot be imported: {describe_exception(error)}", error) from error
        module = found
        for part in parts[cut:]:
            found = getattr(found, part, None)
        if callable(found):
            return found
        if not is_own_path(module_name):
            break
        near = did_you_mean(parts[cut], [name for name in dir(module) if not name.startswith("_")])
        raise SettingError("_target_", path, f"{module_name} has no {'.'.join(parts[cut:])}{near}")
    raise SettingError("_target_", path, _missing(parts))


def _missing(parts: list[str]) -> str:
    """The message for a class that was not found; it says where we searched."""
    if not is_own_path(parts[0]) or len(parts) < 2 or not all(map(str.isidentifier, parts)):
        return _EXAMPLE
    places = " or ".join(shown(str(folder)) for folder in search_folders())
    return f"no such class: there is no {parts[0]}.py in {places}, and no such package; name its folder by --config-dir"


_EXAMPLE = "no such class; a `_target_` is a dotted path like gan_cli.losses.Hinge"


def resolver(*, trust: bool) -> Callable[[object], Any]:
    """Return the resolver for a saved config. It finds any class if the user trusts the author, else known ones."""
    return resolve if trust else resolve_trusted


def resolve_trusted(path: object) -> Any:
    """Return the class at a path of unknown origin: one of ours, a known optimizer, or an allowed one.

    The start of a path does not make it trusted: `gan_cli.cli.sys.exit` starts with our name. The object must be a
    class that was defined at this path.

    Raises:
        SettingError: anything else.
    """
    text = str(path)
    if text in OPTIMIZERS or is_allowed(text):
        return resolve(text)
    if text.startswith(f"{gan_cli.__name__}."):
        found = _find(text)
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
        "trust=true if you know its author, whose code is then run",
    )
