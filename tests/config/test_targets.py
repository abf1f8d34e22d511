from __future__ import annotations

import os

import pytest
import torch

import gan_cli.cli
from gan_cli.config.targets import resolve, resolve_trusted
from gan_cli.errors import SettingError
from gan_cli.losses import Hinge


def test_resolve_finds_classes() -> None:
    assert resolve("gan_cli.losses.Hinge") is Hinge
    assert resolve("torch.optim.Adam") is torch.optim.Adam


@pytest.mark.parametrize("path", ["gan_cli.losses.Hnge", "gan_cli.nowhere.Net", "nowhere", "gan_cli.losses", None, 3])
def test_resolve_refuses_what_is_no_class(path: object) -> None:
    with pytest.raises(SettingError, match="no such class"):
        resolve(path)


def test_trusted_classes() -> None:
    assert resolve_trusted("gan_cli.losses.Hinge") is Hinge
    assert resolve_trusted("torch.optim.AdamW") is torch.optim.AdamW


@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "posix.system",
        "subprocess.Popen",
        "builtins.eval",
        "torch.load",
        "torch.optim.swa_utils.AveragedModel",
        "gan_cli.cli.os.system",
        "gan_cli.cli.sys.exit",
        "gan_cli.config.targets.importlib.import_module",
        "gan_cli.training.checkpoint.torch.load",
        "gan_cli.cli.main",
        "gan_cli.disk.writing.replace_file",
        "gan_cli.session.assemble.Hinge",
        "gan_cli_evil.Net",
        "gan_cli..losses.Hinge",
    ],
)
def test_everything_else_is_not_trusted(path: str) -> None:
    assert hasattr(gan_cli.cli, "os")
    for _ in range(2):  # nor after it was looked at once
        with pytest.raises(SettingError):
            resolve_trusted(path)


def test_an_alias_inside_the_package_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gan_cli.cli, "innocent", os.system, raising=False)
    with pytest.raises(SettingError, match="not trusted"):
        resolve_trusted("gan_cli.cli.innocent")
