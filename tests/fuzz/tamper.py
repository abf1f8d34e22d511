"""A seeded hand that tampers with a config.yaml: its keys, types, classes and numbers, and the text itself."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

Node = dict[str, Any]

NUMBERS = (
    0,
    -1,
    1,
    3,
    2**31,
    2**63,
    2**64 - 1,
    10**18,
    0.5,
    -0.5,
    1e-320,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
)
TEXTS = (
    *("", " ", "null", "???", "auto", "cuda:99", "best", "\x1b[31mred", "a" * 5_000, "\n\n", "é\u202e", "a\x00b"),
    *("../../outside/kept.txt", "/etc/passwd", "~", "${oc.env:HOME}", "${hydra:run.dir}", "[/x]", "1e-3", "%s%n{0}"),
)
OTHERS = (
    None,
    True,
    [],
    {},
    [None],
    [[]],
    [1, "two"],
    {"a": 1},
    {"start": 1, "end": 0, "steps": 3},
    {"": ""},
    [[1, 2]] * 30,
)
CLASSES = (
    *(
        "os.system",
        "posix.system",
        "subprocess.Popen",
        "builtins.eval",
        "builtins.open",
        "torch.load",
        "torch.nn.Linear",
    ),
    *("gan_cli.cli.main", "gan_cli.cli.os.system", "gan_cli.session.folder.Lock", "gan_cli.config.hooks.BeforeJobs"),
    *(
        "gan_cli.spec.SampleSpec",
        "gan_cli.nowhere.Net",
        "gan_cli",
        "gan_cli.losses",
        "",
        ".",
        "..x.Y",
        "a b.c",
        "mine.Net",
    ),
    *("x" * 3_000, "gan_cli." + "a." * 500 + "b", "gan_cli.balance.base.Technique", "gan_cli.metrics.base.Metric"),
    *("gan_cli.networks.blocks.Interpolate", "gan_cli.session.trained.Trained", "gan_cli.errors.UserError"),
    *(
        "torch.optim.SGD",
        "torch.optim.LBFGS",
        "torch.optim.Adam",
        "gan_cli.losses.CrossEntropy",
        "gan_cli.telemetry.base.Sink",
    ),
    *(
        "gan_cli.data.folder.Folder",
        "gan_cli.data.ring.Ring",
        "gan_cli.data.fake.Fake",
        "gan_cli.networks.mlp.MLPGenerator",
    ),
)
KEYS = (
    "",
    "a",
    "_target_",
    "_partial_",
    "_convert_",
    "trust",
    "run",
    "hydra",
    "defaults",
    "lr",
    "self",
    "spec",
    "é",
    "a.b",
    "__class__",
)

BOMB = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9 if i else ['lol'] * 9)}]\n" for i in range(12))
SNIPPETS = (
    BOMB,
    "self: &self\n  again: *self\n",
    "seed: &s 3\nname: *s\n",
    "<<: {seed: 4}\n",
    "seed: !!python/object/apply:os.system [touch owned]\n",
    "seed: !!timestamp x\n",
    "1: 2\n",
    "null: 2\n",
    "2001-12-14: 2\n",
    "? [1, 2]\n: 3\n",
    "seed: " + "9" * 5_000 + "\n",
    "seed: 0x" + "f" * 5_000 + "\n",
    "deep: " + "[" * 3_000 + "]" * 3_000 + "\n",
    "deep: " + "{a: " * 3_000 + "1" + "}" * 3_000 + "\n",
    "huge: " + "x" * 2_000_000 + "\n",
    "many: [" + "1, " * 200_000 + "]\n",
    "--- 1\n--- 2\n",
    "\ta: 1\n",
    "seed: '\n",
    "%YAML 9.9\n---\n",
)
"""Lines that make a config unreadable, or at least no run's."""


@dataclass(frozen=True)
class Tampered:
    """A config that somebody has changed.

    Attributes:
        how: in words.
        text: of the file.
        readable: whether it is still plain data, so that it may be right; else every verb has to refuse it.
    """

    how: str
    text: bytes
    readable: bool


def tampered(config: Node, count: int, seed: int = 0) -> Iterator[Tampered]:
    """`count` changed copies, the same ones for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        if chance.random() < 0.7:
            changed, told = copy.deepcopy(config), []
            for _ in range(chance.choice((1, 1, 1, 2, 4))):
                told.append(chance.choice(_CHANGES)(changed, chance))
            yield Tampered("; ".join(told), yaml.safe_dump(changed, sort_keys=False).encode(), readable=True)
        else:
            yield chance.choice(_TEXTS)(yaml.safe_dump(config, sort_keys=False).encode(), chance)


def _places(node: Node, prefix: str = "") -> Iterator[tuple[str, Node, str]]:
    for key, value in node.items():
        yield f"{prefix}{key}", node, key
        if isinstance(value, dict):
            yield from _places(value, f"{prefix}{key}.")


def _place(config: Node, chance: random.Random, only: Callable[[Any, str], bool] = lambda value, key: True) -> Any:
    fitting = [(name, node, key) for name, node, key in _places(config) if only(node[key], key)]
    return chance.choice(fitting) if fitting else ("nothing", {"nothing": None}, "nothing")


def _remove(config: Node, chance: random.Random) -> str:
    name, node, key = _place(config, chance)
    del node[key]
    return f"without {name}"


def _add(config: Node, chance: random.Random) -> str:
    name, node, key = _place(config, chance, lambda value, key: isinstance(value, dict))
    inner = node[key] if isinstance(node[key], dict) else node
    new = chance.choice(KEYS)
    inner[new] = chance.choice((*NUMBERS, *TEXTS, *OTHERS))
    return f"with {name}.{new}"


def _retype(config: Node, chance: random.Random) -> str:
    name, node, key = _place(config, chance)
    node[key] = copy.deepcopy(chance.choice(OTHERS))
    return f"{name} = {node[key]!r}"[:200]


def _number(config: Node, chance: random.Random) -> str:
    name, node, key = _place(config, chance, lambda value, key: isinstance(value, (int, float)))
    node[key] = chance.choice(NUMBERS)
    return f"{name} = {node[key]!r}"


def _write(config: Node, chance: random.Random) -> str:
    name, node, key = _place(config, chance, lambda value, key: not isinstance(value, dict))
    node[key] = chance.choice(TEXTS)
    return f"{name} = {node[key]!r}"[:200]


def _class(config: Node, chance: random.Random) -> str:
    name, node, key = _place(config, chance, lambda value, key: key == "_target_")
    ours = [inner[last] for _, inner, last in _places(config) if last == "_target_"]
    node[key] = chance.choice((*CLASSES, *ours))
    return f"{name} = {node[key]!r}"[:200]


def _swap(config: Node, chance: random.Random) -> str:
    (one, first, a), (other, second, b) = _place(config, chance), _place(config, chance)
    if one.startswith(f"{other}.") or other.startswith(f"{one}."):
        return "nothing swapped"
    first[a], second[b] = second[b], first[a]
    return f"{one} and {other} swapped"


_CHANGES = (_remove, _add, _retype, _number, _write, _class, _class, _swap)


def _snippet(text: bytes, chance: random.Random) -> Tampered:
    snippet = chance.choice(SNIPPETS)
    where = chance.choice((0, len(text)))
    return Tampered(f"with {snippet[:40]!r} at {where}", text[:where] + snippet.encode() + text[where:], readable=False)


def _cut(text: bytes, chance: random.Random) -> Tampered:
    at = chance.randrange(len(text))
    return Tampered(f"cut at {at}", text[:at], readable=True)


def _bits(text: bytes, chance: random.Random) -> Tampered:
    changed = bytearray(text)
    for _ in range(chance.choice((1, 3, 30))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return Tampered("with other bytes", bytes(changed), readable=True)


def _whole(text: bytes, chance: random.Random) -> Tampered:
    wholes = (
        b"",
        b"\x00" * 99,
        b"# nothing",
        b"[]",
        b"3",
        b"null",
        chance.randbytes(3_000),
        b"\x1f\x8b\x08",
        text.decode().encode("utf-16"),
    )
    return Tampered("something else", chance.choice(wholes), readable=True)


_TEXTS = (_snippet, _snippet, _cut, _bits, _whole)
