"""Refuses data of a kind that a network, or one of its settings, is not for."""

from __future__ import annotations

from typing import Literal

from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

_WORDS = {"audio": "sound", "text": "text"}


def require_spatial(spec: SampleSpec, *, side: str, choice: str) -> None:
    """Refuse convolutions on points.

    Raises:
        SettingError: the data have no spatial dimensions.
    """
    if not spec.traits.positions:
        remedy = f"needs samples with spatial dimensions, but the data are {spec}; use {side}=mlp"
        raise SettingError(f"/{side}", choice, remedy)


def require_kind(spec: SampleSpec, kind: Literal["audio", "text"], *, side: str, choice: str) -> None:
    """Refuse data of another kind than a network is for.

    Raises:
        SettingError: the data are of another kind.
    """
    if spec.kind != kind:
        other = "conv" if spec.traits.positions else "mlp"
        remedy = f"needs {_WORDS[kind]}, but the data are {spec}; use {side}={other}"
        raise SettingError(f"/{side}", choice, remedy)


def require_sound(spec: SampleSpec, *, setting: str, value: int, does: str) -> None:
    """Refuse a setting that does something to sound in time, and is off at 0.

    Raises:
        SettingError: the data are no sound.
    """
    if value and spec.kind != "audio":
        raise SettingError(setting, value, f"{does} sound in time, but the data are {spec}; set it to 0")
