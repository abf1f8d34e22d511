"""Every condition, found by its file: the label reaches both networks, and what cannot be told classes says so."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from real_run import TECHNIQUES, advance, open_run, settings, settings_with
from torch import Tensor, nn

from gan_cli.config.folders import config_dir, groups
from gan_cli.errors import SettingError
from gan_cli.game import Batch, GeneratorInput
from gan_cli.networks.conditional_discriminators import AuxiliaryDiscriminator
from gan_cli.networks.conditional_generator import BatchNormGenerator, ConditionalBatchNorm, EmbeddingGenerator
from gan_cli.networks.conv import ConvGenerator
from gan_cli.session.assemble import CONDITION
from gan_cli.spec import SampleSpec
from gan_cli.training.gan import Gan

CONDITIONS = sorted(set(groups([config_dir()])["condition"]) - {"none"})
LABELLED = ("data=fake", "data.num_samples=48", "data.num_classes=3")
KINDS = {
    "points": ("data.shape=[2]", "generator=mlp", "discriminator=mlp", "discriminator.depth=1"),
    "audio": ("data.shape=[1,32]",),
    "images": ("data.shape=[1,8,8]",),
    "voxels": ("data.shape=[1,8,8,8]",),
}
TOLD = [(name, kind) for name in CONDITIONS for kind in KINDS]


def config_of(condition: str, *overrides: str, kind: str = "images") -> dict[str, Any]:
    return settings(*LABELLED, *KINDS[kind], f"condition={condition}", "discriminator.norm=none", *overrides)


def players(condition: str, *overrides: str, kind: str = "images") -> Gan:
    return open_run(config_of(condition, *overrides, kind=kind))[1]


def with_label(batch: Batch, label: int) -> Batch:
    return Batch(batch.x, torch.full((len(batch),), label))


@pytest.mark.parametrize(("condition", "kind"), TOLD)
def test_a_generator_makes_something_else_for_another_class(condition: str, kind: str) -> None:
    gan = players(condition, kind=kind)
    with torch.no_grad():
        for table in (one for name, one in gan.generator.named_parameters() if name.endswith(("shift", "scale"))):
            table.add_(torch.randn_like(table))  # all classes start alike in batch norms
    z, labels = gan.draw(4, 0).z, torch.tensor([0, 1, 2, 0])  # mixed, for a batch norm cancels what all share
    one, other = (gan.fake(GeneratorInput(z, (labels + step) % 3)).x for step in (0, 1))
    assert (one - other).flatten(1).abs().amax(dim=1).min() > 1e-4
    between = gan.fake(GeneratorInput(z, torch.tensor([[0.5, 0.5, 0.0]]).repeat(4, 1))).x
    assert between.shape == one.shape and not torch.equal(between, one)


@pytest.mark.parametrize(("condition", "kind"), TOLD)
def test_a_discriminator_learns_from_labels_and_both_sides_get_a_gradient(condition: str, kind: str) -> None:
    trainer, gan = open_run(config_of(condition, kind=kind))
    before = {name: p.detach().clone() for name, p in gan.generator.named_parameters()}
    advance(trainer, 4)
    moved = {name for name, p in gan.generator.named_parameters() if not torch.equal(p, before[name])}
    assert any(name.endswith(("embedding.weight", "scale", "shift")) for name in moved)
    shown = gan.real(Batch(torch.randn(6, *gan.spec.shape), torch.arange(6) % 3))
    assert shown.y is not None
    judge = copy.deepcopy(gan.discriminator)
    if isinstance(judge, AuxiliaryDiscriminator):
        assert judge.named_class(shown.x).shape == (6, 3)
        assert judge.classes.weight.std() > 0 and torch.equal(gan.critic(shown), gan.critic(with_label(shown, 1)))
    else:
        with torch.no_grad():
            for p in judge.parameters():
                p.add_(torch.randn_like(p) * 0.1)
        on = [gan.critic(with_label(shown, label), by=judge) for label in range(3)]
        assert (on[0] - on[1]).abs().min() > 0 and (on[1] - on[2]).abs().min() > 0


def test_a_projection_adds_the_product_with_the_vector_of_the_class() -> None:
    gan = players("projection", "discriminator=mlp", "discriminator.depth=1", "discriminator.base_channels=5")
    shown = Batch(torch.randn(4, 1, 8, 8), torch.tensor([0, 1, 2, 1]))
    head = gan.discriminator.get_submodule("network.head")
    features = gan.features(shown)  # type: ignore[misc]
    plain: Tensor = head.get_submodule("layer")(features).flatten()
    vectors = head.get_submodule("classes").weight[shown.y]
    assert torch.allclose(gan.critic(shown), plain + (vectors * features).sum(dim=1), atol=1e-6)


def test_a_projection_of_maps_reads_all_positions_and_stays_beside_other_changes_of_the_head() -> None:
    gan = players("projection", "balance=[ema,minibatch_stddev]", "discriminator=conv")
    shown = Batch(torch.randn(4, 1, 8, 8), torch.tensor([0, 1, 2, 1]))
    head = gan.discriminator.get_submodule("network.head")
    assert head.get_submodule("classes").weight.shape == (3, gan.features(shown).shape[1])  # type: ignore[misc]
    assert gan.critic(shown).shape == (4,)


def test_a_spectral_norm_constrains_the_vectors_of_classes_too() -> None:
    gan = players("projection", "discriminator.norm=spectral")
    gan.discriminator.train()
    for _ in range(30):
        gan.critic(Batch(torch.randn(4, 1, 8, 8), torch.zeros(4, dtype=torch.int64)))
    vectors = gan.discriminator.get_submodule("network.head.classes").weight
    assert torch.linalg.matrix_norm(vectors, 2).item() == pytest.approx(1.0, abs=1e-2)


def test_concatenated_labels_are_channels_of_zeros_and_a_one() -> None:
    gan = players("concat")
    seen: list[Tensor] = []
    inner = gan.discriminator.get_submodule("network")
    inner.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    gan.critic(Batch(torch.full((2, 1, 8, 8), 0.25), torch.tensor([2, 0])))
    assert seen[0].shape == (2, 4, 8, 8) and (seen[0][:, 0] == 0.25).all()
    assert seen[0][:, 1:, 3, 5].tolist() == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    assert seen[0].flatten(2).std(dim=2).max() == 0.0


def test_an_auxiliary_classifier_learns_from_real_samples_alone_unless_told() -> None:
    for more, taught in (((), 1), (("condition.fakes=true",), 2)):
        trainer, gan = open_run(config_of("auxiliary", *more))
        technique = trainer._components.techniques[CONDITION]
        asked: list[Tensor] = []
        gan.discriminator.named_class = lambda x, asked=asked: asked.append(x) or torch.zeros(len(x), 3)  # type: ignore
        real, fake = (Batch(torch.full((2, 1, 8, 8), value), torch.tensor([0, 1])) for value in (0.5, -0.5))
        context: Any = type("Context", (), {"real": real, "fake": fake})
        wrong = technique.d_penalty(gan, context)
        assert wrong is not None and wrong.item() == pytest.approx(taught * torch.tensor(3.0).log().item())
        assert [one.mean().item() for one in asked] == [0.5, -0.5][:taught]


def test_every_class_starts_with_the_scale_of_the_batch_norm_that_was_there() -> None:
    torch.manual_seed(0)
    network = ConvGenerator(SampleSpec((1, 8, 8)), base_channels=4, latent_dim=5)
    plain, z = copy.deepcopy(network), torch.randn(6, 5)
    told = BatchNormGenerator(network, 3)
    layers = [layer for layer in told.modules() if isinstance(layer, ConditionalBatchNorm)]
    assert len(layers) == 2 and all(layer.scale.shape[0] == 3 for layer in layers)
    assert torch.allclose(told(z, torch.tensor([0, 1, 2, 0, 1, 2])), plain(z), atol=1e-6)
    with torch.no_grad():
        layers[0].shift[1].add_(1.0)
    same = torch.isclose(told(z, torch.tensor([0, 0, 2, 0, 2, 2])), plain(z), atol=1e-6)
    assert same.all() and not torch.allclose(told(z, torch.tensor([0, 1, 2, 0, 1, 2])), plain(z), atol=1e-3)


def test_by_itself_a_generator_is_told_by_its_batch_norms_if_it_has_any() -> None:
    assert isinstance(players("projection").generator, BatchNormGenerator)
    assert isinstance(players("projection", "generator.norm=layer").generator, EmbeddingGenerator)
    assert isinstance(players("concat", "condition.generator=embedding").generator, EmbeddingGenerator)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_fakes_have_the_labels_of_the_real_samples_beside_them(condition: str) -> None:
    trainer, gan = open_run(config_of(condition, "trainer.d_steps=2"))
    seen: list[tuple[list[int], list[int]]] = []
    play = trainer._game.update_discriminator

    def watched(real: Batch, fake: Batch, update: int) -> Any:
        assert real.y is not None and fake.y is not None
        seen.append((real.y.tolist(), fake.y.tolist()))
        return play(real, fake, update)

    trainer._game.update_discriminator = watched  # type: ignore[method-assign]
    advance(trainer, 2)
    assert len(seen) == 4 and all(real == fake for real, fake in seen) and len({str(one) for one in seen}) > 1


def test_shares_are_those_of_the_training_samples() -> None:
    gan = players("concat", "data.num_samples=7", "data.holdout=0", "trainer.batch_size=4")
    assert gan.shares is not None and gan.shares.tolist() == pytest.approx([3 / 7, 2 / 7, 2 / 7])
    far = gan.real(Batch(torch.empty(2, *gan.spec.shape, device="meta"), torch.tensor([0, 1])))
    assert far.y is not None and far.y.device.type == "meta", "labels follow their samples to the device"
    drawn = gan.draw(70, 0).y
    assert drawn is not None and torch.bincount(drawn).tolist() == pytest.approx([30, 20, 20], abs=1)
    assert torch.equal(gan.draw(70, 1).y, drawn), "another seed has other latents, not other classes"  # type: ignore


def test_without_a_condition_labels_do_not_occur() -> None:
    gan = players("none")
    assert gan.shares is None and gan.draw(4).y is None
    assert gan.real(Batch(torch.zeros(2, 1, 8, 8), torch.tensor([0, 1]))).y is None


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_weights_of_an_average_have_a_label_slot_of_their_own(condition: str) -> None:
    trainer, gan = open_run(config_of(condition, "balance=[ema]"))
    advance(trainer, 2)
    average = trainer._components.techniques["ema"].sampling_network()
    assert average is not None
    drawn = gan.draw(4, 0)
    assert gan.fake(drawn, by=average).x.shape == (4, 1, 8, 8)
    assert not torch.equal(gan.fake(drawn, by=average).x, gan.fake(drawn).x)


REFUSED = {
    "no labels": (("data.num_classes=null",), "needs labels, but the data have none"),
    "one class": (("data.num_classes=1",), "needs two classes at least; the data have one"),
}


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("case", REFUSED)
def test_data_that_cannot_be_told_apart_are_refused(condition: str, case: str) -> None:
    overrides, words = REFUSED[case]
    with pytest.raises(SettingError, match=words):
        open_run(config_of(condition, *overrides))


UNFIT = [
    ("concat", ("data.num_classes=1000",), "adds a channel for each of the 1,000 classes; use condition=projection"),
    ("projection", ("model=began",), "needs a discriminator with one last layer named head"),
    ("projection", ("balance=[packing]",), "judges single samples; leave packing out of balance"),
    ("auxiliary", ("balance=[packing]",), "judges single samples; leave packing out of balance"),
    ("concat", ("condition.generator=batch_norm", "generator.norm=layer"), "the generator has none"),
]


@pytest.mark.parametrize(("condition", "overrides", "words"), UNFIT)
def test_networks_that_cannot_be_told_say_why(condition: str, overrides: tuple[str, ...], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        open_run(settings(*LABELLED, *KINDS["images"], *overrides, f"condition={condition}"))


def test_a_layer_that_needs_labels_says_so() -> None:
    generator = players("projection").generator
    assert isinstance(generator, BatchNormGenerator)
    with pytest.raises(RuntimeError, match="called without"):
        generator.network(torch.zeros(2, generator.latent.dim))


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("technique", [name for name in TECHNIQUES if name not in ("began", "cycle")])
def test_every_technique_plays_with_labels_or_says_why_not(technique: str, condition: str) -> None:
    config = settings_with([technique], *LABELLED, *KINDS["images"], f"condition={condition}")
    if technique == "packing" and condition != "concat":
        with pytest.raises(SettingError, match="packing"):
            open_run(config)
        return
    trainer, gan = open_run(config)
    values = [one for one in advance(trainer, 12, every=4).readings]
    assert gan.step == 12 and all(torch.tensor(list(one.values())).isfinite().all() for one in values)


def test_a_label_for_each_of_many_classes_needs_no_channels() -> None:
    trainer, gan = open_run(config_of("projection", "data.num_classes=40"))
    advance(trainer, 2)
    assert gan.shares is not None and len(gan.shares) == 40


def count_of(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_the_labels_cost_what_they_must() -> None:
    plain, told = players("none"), players("projection")
    width = told.features(Batch(torch.zeros(1, 1, 8, 8), torch.zeros(1, dtype=torch.int64)))  # type: ignore[misc]
    assert count_of(told.discriminator) - count_of(plain.discriminator) == 3 * width.shape[1]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_points_of_a_ring_are_drawn_although_no_point_is_judged_alone(gan: Any, condition: str) -> None:
    small = ("data.num_samples=200", "generator.base_channels=8", "discriminator.base_channels=8", "trainer.steps=4")
    result = gan("train", "data=ring", f"condition={condition}", *small, "run=here", "telemetry.num_samples=4")
    assert result.code == 0, result.err
    assert "worst class" in result.err
