from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Gt, Interval, Le, Lt, MinLen

from gan_cli.config.schema import bounds, complaint, did_you_mean, fewest
from gan_cli.config.signature import handed_over, parameters_of, settings_of


class Example:
    def __init__(self, spec: str, *, depth: Annotated[int, Ge(1), Le(8)], rate: float = 0.5) -> None: ...


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, 3),
        (float, 3),
        (float, 0.5),
        (bool, False),
        (str, "x"),
        (Annotated[int, Ge(1), Le(8)], 8),
        (Annotated[float, Interval(ge=0, lt=1)], 0.0),
        (Literal["normal", "uniform"], "uniform"),
        (int | None, None),
        (Annotated[int, Ge(1)] | None, 2),
        (list[int] | None, [1, 2]),
        (tuple[float, float], [0.5, 0.999]),
        (Annotated[list[int], MinLen(1)], [3]),
    ],
)
def test_fitting_values_pass(annotation: object, value: object) -> None:
    assert complaint(annotation, value) is None


@pytest.mark.parametrize(
    ("annotation", "value", "words"),
    [
        (int, 3.5, "must be a whole number"),
        (int, True, "must be a whole number"),
        (float, True, "must be a number"),
        (float, "fast", "must be a number"),
        (bool, 1, "must be true or false"),
        (str, 3, "must be text"),
        (Annotated[int, Ge(1), Le(8)], 9, "must be >= 1 and <= 8"),
        (Annotated[float, Gt(0)], 0, "must be > 0"),
        (Annotated[float, Ge(0), Lt(1)], 1.7, "must be >= 0 and < 1"),
        (Annotated[float, Interval(ge=0, lt=1)], float("nan"), "must be a finite number"),
        (Literal["normal", "uniform"], "unifrom", "must be one of normal, uniform; did you mean uniform?"),
        (Annotated[int, Ge(1)] | None, 0, "must be >= 1, or null"),
        (tuple[float, float], [0.5], "must be a list of 2 values"),
        (tuple[Annotated[float, Lt(1)], Annotated[float, Lt(1)]], [0.5, 1.5], "each value must be < 1"),
        (list[int], 5, "must be a list such as [1,2]"),
        (list[int], [1, "two"], "each value must be a whole number"),
        (Annotated[list[int], MinLen(1)], [], "must hold at least 1 value"),
    ],
)
def test_wrong_values_get_a_remedy(annotation: object, value: object, words: str) -> None:
    assert complaint(annotation, value) == words


def test_ranges_are_told_in_full() -> None:
    assert bounds([Interval(ge=0, lt=2**32)]) == [(">=", "0"), ("<", "4294967296")]
    assert bounds([Gt(0.0), MinLen(2)]) == [(">", "0")]
    assert (fewest([MinLen(2)]), fewest([Ge(1)])) == (2, 0)


def test_what_stands_before_the_star_is_no_setting() -> None:
    found = settings_of(Example)
    assert list(found) == ["depth", "rate"]
    assert found["depth"].required
    assert not found["rate"].required


def test_torch_optimizers_follow_the_same_rule() -> None:
    import torch

    found = settings_of(torch.optim.AdamW)
    assert "params" not in found
    assert {"lr", "betas"} <= set(found)
    assert complaint(found["lr"].annotation, 1e-3) is None


def test_did_you_mean() -> None:
    assert did_you_mean("dpeth", ["depth", "norm"]) == "; did you mean depth?"
    assert did_you_mean("zzz", ["depth", "norm"]) == ""


class Base:
    def __init__(self, *, size: Annotated[int, Ge(1)] = 3, name: str = "base") -> None: ...


class Passes(Base):
    def __init__(self, data: object, *, depth: int = 1, name: str = "own", **more: Any) -> None: ...


class Further(Passes):
    def __init__(self, data: object, **more: Any) -> None: ...


class Ends(Passes):
    def __init__(self, *, alone: bool = True) -> None: ...


def test_settings_that_a_constructor_passes_on_are_those_of_its_base() -> None:
    found = settings_of(Passes)
    assert list(found) == ["depth", "name", "size"] and not any(setting.required for setting in found.values())
    assert found["size"].annotation == Annotated[int, Ge(1)]
    assert parameters_of(Passes)["name"].default == "own" and parameters_of(Passes)["size"].default == 3
    assert set(settings_of(Further)) == set(found) and handed_over(Further) == {"data"}
    assert list(settings_of(Ends)) == ["alone"], "what is not passed on is no setting"
