"""Checks whether a saved state fits the objects that a config builds; errors name the first part that does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.errors import UserError
from gan_cli.spec import SampleSpec

_WHATEVER = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""The errors that torch and Python raise for a state of the wrong form."""


class StateMismatchError(UserError):
    """The error for a checkpoint that does not fit its config; the message usually starts with the part at fault."""


@contextmanager
def restoring(part: str) -> Iterator[None]:
    """Raise any error that occurs while a part is restored as a StateMismatchError that names the part."""
    try:
        yield
    except UserError:
        raise
    except _WHATEVER as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise StateMismatchError(f"{part}: {lines[-1][:200] if lines else type(error).__name__}") from error


def without_former(saved: Any, techniques: Mapping[str, Technique]) -> Any:
    """Return the saved states of techniques without the entries that only earlier versions needed."""
    if not isinstance(saved, Mapping):
        return saved
    found = dict(saved)
    for name, technique in techniques.items():
        if isinstance(state := found.get(name), Mapping):
            found[name] = {key: value for key, value in state.items() if key not in technique.former_state}
    return found


def refuse_mismatch(part: str, saved: object, fresh: object) -> None:
    """Raise an error if a saved state differs from a fresh one in names, types or shapes; values may differ.

    Where the fresh state has None, the saved one may have anything; where it has an empty list, any list.

    Raises:
        StateMismatchError: a part differs; the message names the first one.
    """
    if isinstance(fresh, Tensor):
        _refuse_tensor(part, saved, fresh)
    elif isinstance(fresh, Mapping):
        _refuse_mapping(part, saved, fresh)
    elif isinstance(fresh, (list, tuple)):
        _refuse_list(part, saved, fresh)
    elif isinstance(fresh, (bool, int, float)):
        if not isinstance(saved, (bool, int, float)) and not (isinstance(saved, Tensor) and saved.numel() == 1):
            raise StateMismatchError(f"{part} is {_told(saved)}, not a number")
    elif isinstance(fresh, str) and not isinstance(saved, str):
        raise StateMismatchError(f"{part} is {_told(saved)}, not text")


def _refuse_tensor(part: str, saved: object, fresh: Tensor) -> None:
    if not isinstance(saved, Tensor) or saved.shape != fresh.shape or saved.dtype != fresh.dtype:
        raise StateMismatchError(f"{part} is {_told(saved)}, and the config makes {_told(fresh)}")


def _refuse_mapping(part: str, saved: object, fresh: Mapping[Any, object]) -> None:
    if not isinstance(saved, Mapping):
        raise StateMismatchError(f"{part} is {_told(saved)}, not a mapping")
    if missing := [key for key in fresh if key not in saved]:
        raise StateMismatchError(f"{part} has no {_listed(missing)}")
    if unknown := [key for key in saved if key not in fresh]:
        raise StateMismatchError(f"{part} has {_listed(unknown)}, which the config does not make")
    for key, value in fresh.items():
        refuse_mismatch(f"{part}.{key}", saved[key], value)


def _refuse_list(part: str, saved: object, fresh: list[Any] | tuple[Any, ...]) -> None:
    if not isinstance(saved, (list, tuple)):
        raise StateMismatchError(f"{part} is {_told(saved)}, not a list")
    if not fresh:
        return
    if len(saved) != len(fresh):
        raise StateMismatchError(f"{part} has {len(saved)} entries, and the config makes {len(fresh)}")
    for place, (old, new) in enumerate(zip(saved, fresh, strict=True)):
        refuse_mismatch(f"{part}[{place}]", old, new)


def spec_of(state: Mapping[str, Any]) -> SampleSpec:
    """Return the sample spec of a checkpoint; old checkpoints may lack some of its optional fields.

    Raises:
        StateMismatchError: the spec is missing or not valid.
    """
    with restoring("spec"):
        told = state["spec"]
        low_high = None if told["value_range"] is None else tuple(float(bound) for bound in told["value_range"])
        rate, named = told.get("sample_rate"), (told.get(name) for name in ("alphabet", "class_names"))
        alphabet, class_names = (None if names is None else tuple(map(str, names)) for names in named)
        spec = SampleSpec(tuple(told["shape"]), low_high, told["num_classes"], rate, alphabet, class_names)  # type: ignore[arg-type]
        shaped = all(type(extent) is int and 0 < extent < 2**20 for extent in spec.shape)
        ranged = low_high is None or (len(low_high) == 2 and low_high[0] < low_high[1])
        counted = all(isinstance(number, int | None) for number in (spec.num_classes, rate))
        if not (shaped and ranged and counted):
            raise ValueError(f"{told} is no kind of sample")
        return spec


def refuse_optimizer(
    part: str, saved: Mapping[str, Any], parameters: Iterable[Tensor], fresh: Mapping[str, Any]
) -> None:
    """Raise an error if an optimizer's saved state is not for these parameters, or if its settings differ.

    Raises:
        StateMismatchError: something differs; the message names it.
    """
    shapes = [parameter.shape for parameter in parameters]
    for index, memory in saved["state"].items():
        if type(index) is not int or not 0 <= index < len(shapes) or not isinstance(memory, Mapping):
            raise StateMismatchError(f"{part}.state has {index!r:.40}, and there are {len(shapes)} parameters")
        for name, value in memory.items():
            if isinstance(value, Tensor) and value.numel() != 1 and value.shape != shapes[index]:
                made = "x".join(map(str, shapes[index]))
                raise StateMismatchError(f"{part}.state[{index}].{name} is {_told(value)}, and its parameter {made}")
    for place, (old, new) in enumerate(zip(saved["param_groups"], fresh["param_groups"], strict=True)):
        for name, value in new.items():
            if name not in _OF_THE_MACHINE and not isinstance(old[name], Tensor) and old[name] != value:
                raise StateMismatchError(
                    f"{part}.param_groups[{place}].{name} is {old[name]!s:.40}, in the config {value}"
                )


_OF_THE_MACHINE = ("params", "fused", "foreach", "capturable", "differentiable")
"""Entries of an optimizer's groups that may differ between devices."""


def _told(value: object) -> str:
    if isinstance(value, Tensor):
        kind = str(value.dtype).removeprefix("torch.")
        return f"{kind} {'x'.join(map(str, value.shape))}" if value.ndim else f"a single {kind}"
    return "missing" if value is None else type(value).__name__


def _listed(keys: list[Any]) -> str:
    return ", ".join(f"{key!s:.60}" for key in keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
