from __future__ import annotations

import time

from gan_cli.config.runs import typed_values


def test_the_last_one_of_a_key_counts() -> None:
    lines = ["seed=1", "optim.generator.lr=1e-4", "balance=[ema,r1]", "seed=2", "loss.smoothing=null"]
    assert typed_values(lines) == {
        "seed": 2,
        "optim.generator.lr": 0.0001,
        "balance": "[ema,r1]",
        "loss.smoothing": None,
    }


def test_what_cannot_be_read_is_left_out_at_once() -> None:
    odd = [
        "a=" + "[" * 500 + "]" * 500,
        "a=" + "[" * 100_000,
        "a=" + "9" * 5_000,
        "a=" + "x" * 1_000_000,
        "a=[" + ",".join(["1"] * 100_000) + "]",
        "a=int(zz)",
        "a=range(0,1000000000000)",
        "a=\0",
        "a=\x1b[31m",
        "=",
        "",
    ]
    begun = time.perf_counter()
    assert typed_values([*odd, "seed=3"]) == {"seed": 3}
    assert len(typed_values(f"key_{number}=1" for number in range(10_000_000))) == 1_000
    assert time.perf_counter() - begun < 10
