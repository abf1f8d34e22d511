"""What people type out of habit is answered with what it is called here."""

from __future__ import annotations

import pytest

from gan_cli import synonyms
from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import config_dir, groups
from gan_cli.config.runs import flatten


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("modle=dcgan", "did you mean model?"),
        ("model=DCGAN", "did you mean dcgan?"),
        ("data=MNIST", "did you mean mnist?"),
        ("data=fashion-mnist", "did you mean fashion_mnist?"),
        ("data=photos", "did you mean data=folder data.root=photos?"),
        ("model=stylegan", "there is no recipe for it; r3gan is the newest design here (there are acgan, ali, "),
        ("metric=fid", "did you mean frechet_classifier (the data's own classifier) or inception"),
        ("loss=BCE", "did you mean non_saturating?"),
        ("epochs=10", "trainer.steps = epochs x samples / trainer.batch_size"),
        ("trainer.epochs=10", "10 x 54000 / 128 is trainer.steps=4219"),
        ("lr=1e-3", "did you mean optim.generator.lr or optim.discriminator.lr?"),
        ("batch_size=8", "did you mean trainer.batch_size?"),
        ("batch=8", "here it is trainer.batch_size"),
        ("gpu=0", "here it is runtime.device=cuda, or cuda:1"),
        ("Trainer.steps=3", "did you mean trainer?"),
        ("trainer.Steps=3", "did you mean trainer.steps?"),
        ("trainer.steps=1,000", "a number has no commas: trainer.steps=1000"),
        ("trainer.steps=1e3", "must be a whole number, such as 1000"),
        ("runtime.device=gpu", "did you mean cuda?"),
    ],
)
def test_a_setting_of_other_programs(refused, tmp_path, typed, hint):
    (tmp_path / "photos").mkdir()
    message = refused("train", typed)
    assert hint in message and message.startswith("gan train: ")


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        (("--lr", "1e-3"), "--lr: no such flag; here it is optim.generator.lr and optim.discriminator.lr"),
        (("--epochs", "10"), "10 x 54000 / 128 is trainer.steps=4219"),
        (("--batch-size=64",), "--batch-size: no such flag; here it is trainer.batch_size"),
        (("--data", "mnist"), "--data: no such flag; settings are typed without dashes: data=mnist"),
        (("dcgan",), "dcgan: not a setting; did you mean model=dcgan?"),
        (("mnist",), "mnist: not a setting; did you mean data=mnist?"),
    ],
)
def test_a_flag_or_a_word_of_other_programs(refused, typed, hint):
    assert hint in refused("train", *typed)


def test_what_a_hint_names_is_there():
    keys = dict(flatten(plain(compose_full("train", ["data=folder", "data.root=x"]))))
    named = {word.strip(",") for text in synonyms._SETTINGS.values() for word in text.split()}
    assert {word for word in named if "." in word and "=" not in word} <= set(keys)
    known = groups([config_dir()])
    for group, words in synonyms._CHOICES.items():
        for text in words.values():
            named = [word.strip("?,") for word in text.partition("did you mean ")[2].split()]
            choices = [word for word in named if word.isidentifier() and word not in ("or", "with", "fid", "own")]
            assert not choices or choices[0] in known[group], text
