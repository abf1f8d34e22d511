"""The overrides that mend a broken rule about network design, and whether the other settings allow them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gan_cli.config.check import Node
from gan_cli.errors import SettingError
from gan_cli.game import Side
from gan_cli.inspection.dcgan_rules import CheckedRule, Failing, Fault
from gan_cli.session.rehearsal import rehearse
from gan_cli.spec import SampleSpec

_BOTH: tuple[Side, ...] = ("generator", "discriminator")
_CONVOLUTIONAL: Mapping[str, str] = {side: f"gan_cli.networks.conv.Conv{side.capitalize()}" for side in _BOTH}
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
    """What to type against a broken rule.

    Attributes:
        override: the words.
        refused: why the other settings do not allow it; None where they do.
    """

    override: str
    refused: str | None = None


def fix_for(checked: CheckedRule, settings: Node, known: dict[str, SampleSpec]) -> Fix:
    """What mends all faults of a broken rule together.

    Args:
        checked: of a broken rule.
        settings: of the run.
        known: what rehearsals keep of the data, as in `rehearse`.
    """
    words = list(dict.fromkeys(word for fault in checked.faults for word in _words(fault, settings[fault.side])))
    return Fix(" ".join(words), _refusal(words, settings, known))


def _words(fault: Fault, node: Node) -> list[str]:
    """The overrides against one fault; what was chosen for layers of another kind does not carry over."""
    word = _BY_FAILING[fault.failing][fault.side]
    if fault.failing == "activation" and node.get("maxout") is not None:
        return [f"{fault.side}.maxout=null", word]  # maxout stands in the place of the activation
    stale = [key for key in ("widths", "depth") if word in _REBUILT.values() and node.get(key) is not None]
    return [word, *(f"{fault.side}.{key}=null" for key in stale)]


def _refusal(words: list[str], settings: Node, known: dict[str, SampleSpec]) -> str | None:
    """What is said to settings that are changed like this."""
    changed: Node = dict(settings) | {side: dict(settings[side]) for side in _BOTH}
    for word in words:
        key, _, value = word.partition("=")
        side, is_setting, name = key.partition(".")
        if is_setting:
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
