from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from annotated_types import Ge, Lt

from gan_cli.config.build import build
from gan_cli.config.check import check
from gan_cli.errors import SettingError

TARGET = f"{__name__}.Network"


class Network:
    def __init__(
        self, spec: object, *, depth: Annotated[int, Ge(1)] = 2, dropout: Annotated[float, Lt(1)] = 0.0
    ) -> None:
        if depth > 4:
            raise SettingError("depth", depth, "too deep")
        self.spec, self.depth = spec, depth


class Broken:
    def __init__(self, *, size: int = 1) -> None:
        raise ValueError("a size of 1 is odd")


def root(*, seed: Annotated[int, Ge(0)], generator: dict[str, Any], parts: dict[str, Any]) -> None: ...


def on_a_run(*, run: str) -> None: ...


def config(**changes: Any) -> dict[str, Any]:
    return {"seed": 0, "generator": {"_target_": TARGET, "depth": 2}, "parts": {}, **changes}


def problems(config: dict[str, Any], root: Callable[..., None] = root) -> list[tuple[str, str]]:
    with pytest.raises(SettingError) as caught:
        check(config, root)
    return [(p.setting, p.remedy) for p in caught.value.problems]


def test_a_sound_config_passes() -> None:
    check(config(parts={"one": {"_target_": TARGET}}), root)


def test_every_problem_is_found_at_once() -> None:
    wrong = config(
        seed=-1,
        generator={"_target_": TARGET, "dpeth": 3, "dropout": 1.7},
        parts={"one": {"_target_": TARGET, "depth": "two"}},
        sede=3,
    )
    assert problems(wrong) == [
        ("seed", "must be >= 0"),
        ("generator.dpeth", "no such setting; did you mean generator.depth?"),
        ("generator.dropout", "must be < 1"),
        ("parts.one.depth", "must be a whole number"),
        ("sede", "no such setting; did you mean seed?"),
    ]


def test_a_setting_that_lives_elsewhere_is_named() -> None:
    assert problems(config(depth=3)) == [("depth", "no such setting; did you mean generator.depth?")]


def test_missing_settings_and_unknown_classes() -> None:
    wrong = config(generator={"_target_": "gan_cli.nowhere.Net"})
    del wrong["seed"]
    found = dict(problems(wrong))
    assert found["seed"] == "must be given: seed=..."
    assert found["/generator._target_"].startswith("no such class")


def test_a_run_that_is_not_named_could_be_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert problems({}, on_a_run) == [("run", "must be given: run=...")]
    newest = Path("outputs/train/dcgan-digits/now")
    newest.mkdir(parents=True)
    (newest / "config.yaml").touch()
    assert problems({}, on_a_run) == [("run", f"must be given: run=...; the newest is run={newest}")]


def test_the_message_names_setting_value_and_remedy() -> None:
    with pytest.raises(SettingError) as caught:
        check(config(generator={"_target_": TARGET, "dpeth": 3, "dropout": 1.7}), root)
    assert str(caught.value).splitlines() == [
        "2 settings are wrong",
        "  generator.dpeth=3      no such setting; did you mean generator.depth?",
        "  generator.dropout=1.7  must be < 1",
    ]


def test_build_hands_over_and_names_the_full_key() -> None:
    node = {"_target_": TARGET, "depth": 3}
    built = build("generator", node, "spec")
    assert (built.spec, built.depth) == ("spec", 3)
    with pytest.raises(SettingError, match="generator.depth=5: too deep"):
        build("generator", {**node, "depth": 5}, "spec")


def test_build_builds_nested_nodes() -> None:
    class_path = f"{__name__}.Holder"
    holder = build("holder", {"_target_": class_path, "parts": {"a": {"_target_": class_path, "parts": {}}}})
    assert isinstance(holder.parts["a"], Holder)


class Holder:
    def __init__(self, *, parts: dict[str, Any]) -> None:
        self.parts = parts


def test_a_value_error_of_a_foreign_class_becomes_a_message() -> None:
    with pytest.raises(
        SettingError, match=r"optim.generator._target_=.*test_check.py, line \d+: ValueError: a size of 1 is odd"
    ):
        build("optim.generator", {"_target_": f"{__name__}.Broken"})
