"""What is planted in games with labels or encoders, and which verdicts are right; see `causes.py`."""

from __future__ import annotations

from causes import COLLAPSE, NARROW, Cause, Causes, D, G

LABELS, CODES = "labels_ignored", "codes_ignored"
_MNIST = "generator.base_channels=16 discriminator.base_channels=16 trainer.batch_size=64 trainer.steps=2500"
_LABELS = {
    "cgan": f"data=digits model=cgan {NARROW} trainer.steps=1500",
    "projection": f"data=digits model=projection_gan {NARROW} trainer.steps=1500",
    "acgan": f"data=digits model=acgan {NARROW} trainer.steps=1500",
    "mnist": f"data=mnist model=cgan {_MNIST}",
}
_CODES = {
    "bigan": "data=digits model=bigan trainer.steps=1500",
    "ali": f"data=digits model=ali {NARROW} encoder.base_channels=32 trainer.steps=1500",
}
BASES = {**_LABELS, **_CODES}
_FAST_D = "optim.discriminator.lr=2e-3 optim.generator.lr=2e-5"
_GAMES = "incomplete_games"
CAUSES: dict[str, Cause] = {
    # labels
    **{
        f"labels_shuffled.{data}": Cause(f"data._target_={_GAMES}.{target}", (LABELS,), bases)
        for data, target, bases in (
            ("digits", "ShuffledDigits", ("cgan", "projection", "acgan")),
            ("mnist", "ShuffledMNIST", ("mnist",)),
        )
    },
    **{
        f"{cause}.{kind}": Cause(f"condition._target_={_GAMES}.{prefix}{kind.title()}", (verdict,), bases)
        for cause, prefix, verdict in (
            ("labels_not_heard", "Deaf", LABELS),
            ("class_missing", "WithoutAClass", COLLAPSE),
            ("class_repeated", "OneOfAClass", COLLAPSE),
        )
        for kind, bases in (("concat", ("cgan", "mnist")), ("projection", ("projection",)), ("auxiliary", ("acgan",)))
        if (cause, kind) not in {("labels_not_heard", "auxiliary"), ("class_repeated", "projection")}
    },
    # codes
    "encoder_frozen": Cause("encoder.lr=1e-9", (CODES, D), ("bigan", "ali")),
    "encoder_blind.mlp": Cause(f"encoder._target_={_GAMES}.BlindMLPEncoder", (CODES, D), ("bigan",)),
    "encoder_blind.conv": Cause(f"encoder._target_={_GAMES}.BlindConvEncoder", (CODES, D), ("ali",)),
    # one network wins
    "uneven_rates": Cause(_FAST_D, (D,), tuple(BASES)),
    "idle_discriminator": Cause("optim.discriminator.lr=1e-7", (G,), tuple(BASES)),
    "frozen_generator": Cause("optim.generator.lr=1e-8 encoder.lr=2e-4", (D,), ("bigan", "ali")),
}
HEALTHY: dict[str, str] = {
    **BASES,
    "acgan_on_mnist": f"data=mnist model=acgan {_MNIST}",
    "projection_on_mnist": f"data=mnist model=projection_gan {_MNIST}",
    "five_digits": f"{_LABELS['cgan']} data.classes=[0,1,3,6,8]",
    "dropout": f"{_LABELS['cgan']} discriminator.dropout=0.3",
    "bigan_cycle": f"{_CODES['bigan']} 'balance=[ema,cycle]'",
    "bigan_dropout": f"{_CODES['bigan']} discriminator.dropout=0.3",
    "bigan_on_mnist": "data=mnist model=bigan trainer.steps=1500 trainer.batch_size=64",
}
"""Games in which neither network should win, and in which labels and codes mean something.

A generator that is told the class by a vector is not among them: with seed 1 it made one sample for each class.
"""
ALL = Causes(BASES, CAUSES, HEALTHY)
