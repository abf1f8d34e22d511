"""Find the overrides that fix a broken design rule, and check whether the other settings allow them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gan_cli.config.check import Node
from gan_cli.errors import SettingError
from gan_cli.game import SIDES, Side
from gan_cli.inspection.dcgan_rules import CheckedRule, Failing, Fault
from gan_cli.session.rehearsal import rehearse
from gan_cli.spec import SampleSpec

_CONVOLUTIONAL: Mapping[str, str] = {side: f"gan_cli.networks.conv.Conv{side.capitalize()}" for side in SIDES}
_VALUES: Mapping[str, int | None] = {"2": 2, "null": None}
_REBUILT: Mapping[Side, str] = {"generator": "generator=conv", "discriminator": "discriminator=conv"}
_BY_FAILING: Mapping[Failing, Mapping[Side, str]] = {
    "pools": _REBUILT,
    "is dense": _REBUILT,
    "has a normed end": _REBUILT,
    "has no tanh": _REBUILT,
    "has no stride": {"generator": "generator.stride=2", "discriminator": "discriminator.stride=2"},
    "norm": {"generator": "generator.norm=batch", "discriminator": "discriminator.norm=batch"},
    "activation": {"generator": "generator.activation=relu", "discriminator": "discriminator.activation=leaky_relu"},
}


@dataclass(frozen=True)
class Fix:
    """The overrides that fix a broken rule.

    Attributes:
        override: the overrides, as they are typed.
        refused: why the other settings do not allow them; None if they do.
    """

    override: str
    refused: str | None = None


def fix_for(checked: CheckedRule, settings: Node, known: dict[str, SampleSpec]) -> Fix:
    """Return the overrides that fix all faults of a broken rule together.

    Args:
        checked: the result of the broken rule.
        settings: the settings of the run.
        known: the cache of sample specs, as in `rehearse`.
    """
    words = list(dict.fromkeys(word for fault in checked.faults for word in _words(fault, settings)))
    return Fix(" ".join(words), _refusal(words, settings, known))


def _words(fault: Fault, settings: Node) -> list[str]:
    """Return the overrides that fix one fault. Settings for layers of another kind are reset to null."""
    node = settings[fault.side]
    word = _BY_FAILING[fault.failing][fault.side]
    if fault.failing == "is dense" and settings.get("encoder") and node["_target_"] == _CONVOLUTIONAL[fault.side]:
        return ["encoder=null"]  # D's dense layers are those that read codes
    if fault.failing == "activation" and node.get("maxout") is not None:
        return [f"{fault.side}.maxout=null", word]  # maxout replaces the activation
    if fault.failing == "pools" and node.get("upsampling", "transposed") != "transposed":
        return [f"{fault.side}.upsampling=transposed"]
    stale = [key for key in ("widths", "depth") if word in _REBUILT.values() and node.get(key) is not None]
    return [word, *(f"{fault.side}.{key}=null" for key in stale)]


def _refusal(words: list[str], settings: Node, known: dict[str, SampleSpec]) -> str | None:
    """Return why these overrides would be refused; None if they are accepted."""
    changed: Node = dict(settings) | {side: dict(settings[side]) for side in SIDES}
    for word in words:
        key, _, value = word.partition("=")
        side, is_setting, name = key.partition(".")
        if key == "encoder":
            changed[key] = None
        elif is_setting:
            changed[side][name] = _VALUES.get(value, value)
        elif settings[side].get("maxout") is not None:
            return f"take out {side}.maxout, which only dense layers have"
        else:
            kept = {name: given for name, given in settings[side].items() if name.startswith("latent")}
            changed[side] = {"_target_": _CONVOLUTIONAL[side], **kept}
    try:
        rehearse(changed, known)
    except SettingError as error:
        return "; ".join(problem.remedy for problem in error.problems)
    return None
