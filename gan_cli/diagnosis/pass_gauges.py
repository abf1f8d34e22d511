"""Gauges that need a forward pass of their own. They run only at readings and change nothing in the game.

They use one fixed set of latents, training samples and held-out samples, so that readings can be compared. They draw
no random number, so that a run is the same with and without them. `rules.py` interprets the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_cli.diagnosis.by_class import ByClass
from gan_cli.diagnosis.codes import code_gauges
from gan_cli.diagnosis.neighbours import astray, missed, repeated
from gan_cli.diagnosis.optimal_discriminator import OptimalDiscriminator
from gan_cli.diagnosis.shared_runs import SharedRuns
from gan_cli.distances import PairDistances, among, pairwise
from gan_cli.full_precision import full_precision
from gan_cli.game import Batch, GeneratorInput, Players
from gan_cli.perception import SetDistance, View, own_distance, perceive
from gan_cli.spec import SampleSpec

Values = dict[str, Tensor]

_FEWEST = 8
"""Fewer held-out samples are ignored: a single one has no distance to others, and batch norm fails on it."""


class PassGauges:
    """Gauges of both networks on a few hundred samples that are always the same.

    Args:
        drawn: the generator's inputs for N fakes, on the device.
        real: M training samples, on the device.
        holdout: H samples that no network trains on, or None; fewer than 8 are ignored.
    """

    def __init__(self, drawn: GeneratorInput, real: Batch, holdout: Batch | None) -> None:
        self._drawn = drawn
        self._real = real
        self._holdout = holdout if holdout is not None and len(holdout) >= _FEWEST else None
        self._seen: _Seen | None = None
        self._by_class: ByClass | None = None
        self._floors: Values = {}

    @full_precision()
    @torch.no_grad()
    def take(self, players: Players) -> Values:
        """Return all gauges by tag, 0-d float32 on the device.

        - `balance/distance` (`PairDistances.energy`, of text `ngrams.unshared`), `balance/missed`, `balance/astray`
          (`neighbours.py`, of text `SharedRuns`), `balance/repeated` (`neighbours.py`) and `balance/spread`
          (`spread_ratio`): fakes beside held-out samples, else beside training ones, in the view;
        - `floor/` with the same five names: the same numbers for training samples in place of the fakes, the same at
          every reading; none without held-out samples; `floor/sharpness`, which is 1, also without them;
        - `balance/sharpness`: see `sharpness`; only for text;
        - `balance/labels` and `balance/disobeyed` (`ByClass.agreement`), `class_distance/<name>` and
          `balance/narrowest_class` (`ByClass.distances`), `class_accuracy/<name>`: only in a game with labels;
        - `encoder/reconstruction`, `encoder/latent`, `encoder/distance`: see `code_gauges`; only with an encoder;
        - `balance/feature_spread`: see `spread_ratio`, beside training samples, in D's features;
        - `balance/field_gap`: see `OptimalDiscriminator.gap`; only for points, and if logits mean probabilities;
        - `balance/r_v`: see `r_v`, and `accuracy/holdout`: the share of held-out samples that D classifies as real.

        Cost: one forward pass of G, up to five of D (two for features), and distances between all pairs.
        """
        with _evaluating(players.generator, players.discriminator, players.encoder):
            fake, real = players.fake(self._drawn), players.real(self._real)
            unseen = real if self._holdout is None else players.real(self._holdout)
            seen = self._seen = self._seen or self._remembered(players, fake, real, unseen)
            values = seen.compared(fake.x, "balance", self._by_class) | self._floors
            values |= code_gauges(players, fake, unseen)
            if players.spec.kind == "text":
                values["balance/sharpness"] = sharpness(fake.x)
            on_fake, on_train = (players.critic(shown) for shown in (fake, real))
            meaning = players.loss.probability
            if players.spec.kind == "points" and meaning is not None:
                best = OptimalDiscriminator(real.x, fake.x)
                values["balance/field_gap"] = best.gap(meaning(on_train), meaning(on_fake))
            if self._holdout is not None:
                on_holdout = players.critic(unseen)
                values["balance/r_v"] = r_v(on_train, on_holdout, on_fake)
                values["accuracy/holdout"] = (on_holdout > players.loss.real_cut).float().mean()
                if self._by_class is not None:
                    values |= self._by_class.accuracies(on_fake, on_holdout, players.loss.real_cut)
            describe = players.features
            if describe is not None:
                values["balance/feature_spread"] = spread_ratio(describe(fake).float(), describe(real).float())
        return values

    def _remembered(self, players: Players, fake: Batch, real: Batch, unseen: Batch) -> _Seen:
        """Return the real samples in their view; keep the floors, and the rows of each class."""
        seen = _Seen.of(unseen.x, players.spec)
        if self._holdout is not None:
            self._floors = seen.compared(real.x, "floor")
        if players.spec.kind == "text":
            self._floors["floor/sharpness"] = sharpness(unseen.x)
        if fake.y is not None and unseen.y is not None and players.shares is not None:
            self._by_class = ByClass(fake.y, unseen.y, players.spec.class_names, len(players.shares))
        return seen


@dataclass(frozen=True)
class _Seen:
    """Real samples in their view, (M, F), and the distances among them, (M, M), which no reading changes.

    Texts have a distance of sets of their own, and are missed or astray by their runs of tokens.
    """

    view: View
    samples: Tensor
    apart: Tensor
    own: SetDistance | None
    runs: SharedRuns | None

    @classmethod
    def of(cls, real: Tensor, spec: SampleSpec) -> _Seen:
        view = perceive(spec)
        samples = view(real)
        return cls(view, samples, among(samples), own_distance(spec), SharedRuns(real) if spec.kind == "text" else None)

    def compared(self, samples: Tensor, group: str, by_class: ByClass | None = None) -> Values:
        """Return the gauges that compare samples (N, *shape) with the real ones, by tag; also class by class."""
        made = self.view(samples)
        apart = PairDistances(among(made), self.apart, pairwise(made, self.samples))
        if self.runs is None:
            left_out, invented = missed(apart), astray(apart)
        else:
            left_out, invented = self.runs.missed_and_astray(samples)
        labelled = {} if by_class is None else by_class.agreement(apart) | by_class.distances(apart)
        return labelled | {
            f"{group}/distance": apart.energy() if self.own is None else self.own(made, self.samples),
            f"{group}/missed": left_out,
            f"{group}/astray": invented,
            f"{group}/repeated": repeated(apart),
            f"{group}/spread": spread_ratio(made, self.samples),
        }


def spread_ratio(fake: Tensor, real: Tensor) -> Tensor:
    """sqrt(tr Cov(fake) / tr Cov(real)), in [0, inf): about 1 when healthy, near 0 when all fakes are alike."""
    total = [x.flatten(1).var(dim=0, correction=min(1, len(x) - 1)).sum() for x in (fake, real)]
    return (total[0] / total[1].clamp_min(1e-12)).sqrt()


def sharpness(shares: Tensor) -> Tensor:
    """Shares of tokens (N, tokens, length) -> the mean share of the likeliest one, 0-d: 1 if each token is certain.

    Real text is one token at each position, so D can tell fakes by their shares alone as long as this is below 1.
    """
    return shares.amax(dim=1).mean()


def r_v(on_train: Tensor, on_holdout: Tensor, on_fake: Tensor) -> Tensor:
    """(E D_train - E D_holdout) / (E D_train - E D_fake): 0 if D treats both real sets alike, 1 if it has memorised.

    If D cannot separate training samples from fakes, the ratio has no meaning and is 0. It is clamped to [-1, 1].
    Karras et al. (2020), arXiv:2006.06676, eq. 1.
    """
    gap = on_train.mean() - on_fake.mean()
    spread = torch.cat([on_train, on_fake]).std()
    ratio = (on_train.mean() - on_holdout.mean()) / gap
    return torch.where(gap > 0.1 * spread, ratio.clamp(-1.0, 1.0), torch.zeros_like(ratio))


def update_ratio(before: list[Tensor], network: nn.Module) -> Tensor:
    """||theta_after - theta_before|| / ||theta_before||: how far one step moved a network, 0-d.

    About 1e-3 is a common rule of thumb. Below 1e-5 the network hardly moves; above 1e-2 the steps are very large.
    """
    now = [p.detach() for p in network.parameters()]
    moves = list(torch._foreach_sub(now, before))
    way, length = (torch.stack(torch._foreach_norm(each)) for each in (moves, before))
    ratio: Tensor = torch.linalg.vector_norm(way) / torch.linalg.vector_norm(length).clamp_min(1e-12)
    return ratio


def weights(network: nn.Module) -> list[Tensor]:
    """Return a copy of all parameters, for `update_ratio` after the step."""
    return [p.detach().clone() for p in network.parameters()]


@contextmanager
def _evaluating(*networks: nn.Module | None) -> Iterator[None]:
    """Set evaluation mode, except for modules that work on whole batches; restore all modes at the end.

    The running averages of batch norm are late and mix real with fake, so the statistics of the batch are used.
    """
    there = [network for network in networks if network is not None]
    modules = [module for network in there for module in network.modules()]
    before = [(module, module.training) for module in modules]
    tracking = [module for module in modules if isinstance(module, _BatchNorm) and module.track_running_stats]
    for network in there:
        network.eval()
    for module in modules:
        if isinstance(module, _BatchNorm) or getattr(module, "batchwise", False):
            module.training = True
    for module in tracking:
        module.track_running_stats = False
    try:
        yield
    finally:
        for module in tracking:
            module.track_running_stats = True
        for module, was_training in before:
            module.training = was_training
