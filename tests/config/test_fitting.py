"""The recipe that fits a data set, or the data that fit a recipe, are added to a command that chooses one of them."""

from __future__ import annotations

import pytest

from gan_cli.arguments import Arguments, split_arguments
from gan_cli.config.fitting import fitted
from gan_cli.config.folders import config_dir, fitting, groups
from gan_cli.config.overrides import Vocabulary


def typed(*words: str, verb: str = "train") -> tuple[str, ...]:
    """The overrides of a command after the recipe was added."""
    given: Arguments = split_arguments(words)
    return fitted(given, Vocabulary.of(verb, [])).overrides[len(given.overrides) :]


@pytest.mark.parametrize("data", ["ring", "grid", "swiss_roll", "two_moons"])
def test_points_get_dense_layers(data: str) -> None:
    assert typed(f"data={data}") == ("model=mlp",)
    assert typed("trainer.steps=3", f"data={data}", "generator.widths=[4]") == ("model=mlp",)


@pytest.mark.parametrize("verb", ["train", "inspect", "benchmark"])
def test_every_verb_that_builds_networks_has_them(verb: str) -> None:
    assert typed("data=ring", verb=verb) == ("model=mlp",)
    assert typed("data=ring", verb="evaluate") == ()


@pytest.mark.parametrize(
    "choice", ["model=dcgan", "model=none", "generator=mlp", "discriminator=mlp", "experiment=latent"]
)
def test_a_command_that_chooses_networks_is_left_alone(choice: str) -> None:
    assert typed("data=ring", choice) == ()


def test_data_that_the_default_recipe_fits_need_no_other() -> None:
    assert typed("data=mnist") == typed("trainer.steps=3") == typed() == ()


def test_several_data_sets_of_a_sweep_must_agree() -> None:
    assert typed("-m", "data=ring,grid") == ("model=mlp",)
    assert typed("-m", "data=ring,digits") == ()


def test_what_cannot_be_read_is_left_to_the_checks() -> None:
    assert typed("data=rign") == typed("data=[") == typed("data=null") == ()


def test_a_recipe_for_one_kind_gets_data_of_it() -> None:
    assert typed("model=text_ttur") == ("data=colours",)
    assert typed("-m", "model=text_ttur,text_wgan_gp") == ("data=colours",)
    assert typed("model=text_ttur", "data=manual") == typed("model=dcgan") == typed("-m", "model=dcgan,text_ttur") == ()


@pytest.mark.parametrize(("asked", "named"), [("data", "model"), ("model", "data")])
def test_every_choice_that_a_file_names_exists(asked: str, named: str) -> None:
    known = groups([config_dir()])
    marks = {path: choice for path in known[asked].values() if (choice := fitting(path, named)) is not None}
    assert len(marks) >= 2 and set(marks.values()) <= set(known[named])


def test_points_train_without_a_word_about_networks(gan) -> None:
    result = gan(
        "train", "data=ring", "data.num_samples=64", "trainer.steps=1", "run=here", "runtime.device=cpu", "metric=[]"
    )
    assert result.code == 0, result.err
