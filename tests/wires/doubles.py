"""Doubles whose every answer has a value of its own, and real parts that are made of them.

Real samples are 1, 2, 3 ... by the batch. The n-th draw of latents in training is n, a draw from a seed is that seed,
and the generator adds its weight, 30: fakes are 31, 32, 33 ... The discriminator multiplies by its weight, 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from gan_cli.balance.base import Technique
from gan_cli.balance.diagnosis import Diagnosis
from gan_cli.balance.survey import Survey
from gan_cli.balance.verdict import Verdict
from gan_cli.data.base import Split, Table
from gan_cli.metrics.base import Metric, Trial
from gan_cli.networks.base import Latent
from gan_cli.runtime import Runtime
from gan_cli.session.assemble import Parts, attach
from gan_cli.spec import SampleSpec
from gan_cli.telemetry.base import Outcome, RunInfo, Sink
from gan_cli.training.gan import Gan, Player
from gan_cli.training.match import Match
from gan_cli.training.optimizers import SGD
from gan_cli.training.step import Game
from gan_cli.training.trainer import Trainer

BATCH = 4
SEED = 5
NUMBER = SampleSpec((1,), value_range=None)
IMAGE = SampleSpec((1, 4, 4))


class Numbered(Latent):
    """Draws that are told apart: the n-th in training is n, one from a seed is the seed."""

    def __init__(self) -> None:
        super().__init__(1)
        object.__setattr__(self, "drawn", [0])

    def draw(self, count: int, *, device: Any, generator: torch.Generator | None = None) -> Tensor:
        self.drawn[0] += 1  # type: ignore[attr-defined]
        return torch.full((count, 1), float(self.drawn[0]))  # type: ignore[attr-defined]

    def draw_seeded(self, count: int, seed: int) -> Tensor:
        return torch.full((count, 1), float(seed))


class Shift(nn.Module):
    """G(z) = z + w, as a number or as the level of all pixels of an image."""

    def __init__(self, spec: SampleSpec, *, weight: float = 30.0, numbered: bool = True) -> None:
        super().__init__()
        self.spec = spec
        self.latent = Numbered() if numbered else Latent(1)
        self.weight = nn.Parameter(torch.tensor(weight))

    def forward(self, z: Tensor) -> Tensor:
        value = z[:, :1] + self.weight
        return value if self.spec.ndim == 0 else as_image(value, self.spec)


def as_image(level: Tensor, spec: SampleSpec = IMAGE) -> Tensor:
    """Levels (N, 1) of 0 to 255 -> images in [-1, 1] of that one level."""
    return (level / 127.5 - 1.0)[:, :, None, None].expand(-1, *spec.shape)


def level_of(images: Tensor) -> set[int]:
    """The levels that images show."""
    return {round((value + 1.0) * 127.5) for value in images.flatten().tolist()}


class Scale(nn.Module):
    """D(x) = w sum(x), doubled in evaluation mode; its features are the samples themselves, times ten."""

    def __init__(self, spec: SampleSpec, *, weight: float = 2.0) -> None:
        super().__init__()
        self.spec = spec
        self.weight = nn.Parameter(torch.tensor(weight))

    def forward(self, samples: Tensor) -> Tensor:
        logits = self.weight * samples.flatten(1).sum(dim=1)
        return logits if self.training else 2.0 * logits


class Told:
    """L_D = 10 E real + E fake, L_G = 100 E fake + 1000 E real; keeps what it was told, as means."""

    ideal = None

    def __init__(self, *, pairs: bool = False, cut: float = 0.0, probable: bool = False) -> None:
        self.compares_pairs = pairs
        self.real_cut = cut
        self.probability: Callable[[Tensor], Tensor] | None = (lambda logits: logits + 0.5) if probable else None
        self.d: list[tuple[float, float]] = []
        self.g: list[tuple[float, float | None]] = []

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        self.d.append((real.mean().item(), fake.mean().item()))
        return 10.0 * real.mean() + fake.mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        self.g.append((fake.mean().item(), None if real is None else real.mean().item()))
        return 100.0 * fake.mean() + (0.0 if real is None else 1000.0 * real.mean())


class Counting:
    """The n-th batch holds n alone; its place is its whole state."""

    lost = ""

    def __init__(self, batch_size: int = BATCH) -> None:
        self.batch_size, self.drawn = batch_size, 0

    def next(self) -> Tensor:
        self.drawn += 1
        return torch.full((self.batch_size, 1), float(self.drawn))

    def state_dict(self) -> dict[str, Any]:
        return {"drawn": self.drawn}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.drawn = state["drawn"]

    def close(self) -> None: ...


def technique(**hooks: Any) -> Technique:
    """A technique with these answers: functions in the place of its hooks."""
    made = Technique()
    for name, hook in hooks.items():
        assert callable(getattr(Technique, name)), name
        setattr(made, name, hook)
    return made


def play(game: Game, steps: int = 1) -> dict[str, float]:
    """Some steps; what the last one reports."""
    feed, values = Counting(), {}
    for _ in range(steps):
        values = game.play(feed)
    return {tag: value.item() for tag, value in values.items()}


def make_gan(loss: Any = None, lr: float = 0.0, optimizer: Callable[..., Any] = SGD, numbered: bool = True) -> Gan:
    g, d = (
        Player(network, optimizer(list(network.parameters()), lr=lr))
        for network in (Shift(NUMBER, numbered=numbered), Scale(NUMBER))
    )
    rng = torch.Generator().manual_seed(SEED)
    return Gan(g, d, g.network.latent, rng, spec=NUMBER, loss=loss or Told())


def make_game(*techniques: Technique, gan: Gan | None = None, **rules: Any) -> Game:
    """The real game of both doubles; techniques are called a, b, c ... in their order."""
    gan, named = gan or make_gan(), dict(zip("abcd", techniques, strict=False))
    attach(named, gan)
    rules = {"d_steps": 1, "g_steps": 1, "clip_grad_norm": None, **rules}
    return Game(gan, named, torch.autocast("cpu", enabled=False), **rules)


class Examined:
    """An examiner by script: due at given steps, with these values; keeps what it was asked and what it saw."""

    def __init__(self, at: tuple[int, ...] = (), best: tuple[int, ...] = (), hopeless_from: int = 10**9) -> None:
        self.at, self.best, self.hopeless_from = at, best, hopeless_from
        self.asked: list[int] = []
        self.seen: dict[int, float] = {}
        self.improved, self.hopeless = False, ""

    def due(self, step: int) -> bool:
        self.asked.append(step)
        self.hopeless = "no use" if step >= self.hopeless_from else ""
        return step in self.at

    def examine(self, step: int, sample: Callable[[Tensor], Tensor]) -> dict[str, float]:
        self.seen[step] = sample(torch.zeros(1, 1)).item()
        self.improved = step in self.best
        return {"metric/scripted": 1000.0 + step}

    def state_dict(self) -> dict[str, Any]:
        return {"asked": [float(len(self.asked))]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.asked = [-1] * int(state["asked"][0])


class Notes:
    """An observer that keeps what it was told, in order: (what, step, value)."""

    def __init__(self, every: int = 1, pictures_every: int = 10**9) -> None:
        self.every, self.pictures_every = every, pictures_every
        self.told: list[tuple[str, int, Any]] = []

    def progress(self, step: int) -> None:
        self.told.append(("progress", step, None))

    def wants_scalars(self, step: int) -> bool:
        return step % self.every == 0

    def wants_pictures(self, step: int) -> bool:
        return step % self.pictures_every == 0

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.told.append(("scalars", step, dict(values)))

    def verdict(self, step: int, verdict: Verdict) -> None:
        self.told.append(("verdict", step, verdict))

    def pictures(self, step: int, sample: Callable[[Tensor], Tensor], criticise: Callable[[Tensor], Tensor]) -> None:
        one = torch.ones(1, 1)
        self.told.append(("pictures", step, (sample(one).item(), criticise(one).item())))

    def of(self, what: str) -> dict[int, Any]:
        """What was told of one kind, by step."""
        return {step: value for kind, step, value in self.told if kind == what}


def make_trainer(*techniques: Technique, gan: Gan | None = None, **given: Any) -> Trainer:
    """The real trainer of both doubles; training samples of the survey are 1 to 8, held-out ones 101 to 108."""
    gan, named = gan or make_gan(), dict(zip("abcd", techniques, strict=False))
    attach(named, gan)
    few = torch.arange(1.0, 9.0)[:, None]
    survey = Survey(gan.draw(8, SEED), few, few + 100.0)
    diagnosis, examiner = given.pop("diagnosis", None) or Diagnosis(), given.pop("examiner", None) or Examined()
    runtime = Runtime(device="cpu", precision="float32")
    match = Match(NUMBER, gan, named, survey, diagnosis, Counting, runtime, examiner)
    return Trainer(match, **{"steps": 100, "batch_size": BATCH, **given})


def advance(trainer: Trainer, steps: int, folder: Path | None = None, **cadence: int) -> Notes:
    """Some steps; what was told of them."""
    notes = Notes(**cadence)
    for _ in range(steps):
        assert trainer.advance(folder or Path("/nowhere"), notes) is None
    return notes


class Levels:
    """A source of numbers, or of images of one level each."""

    def __init__(
        self, *, train: list[float], holdout: list[float] | None = None, images: bool = False, labels: int | None = None
    ) -> None:
        self._parts, self._labels = (train, holdout), labels
        self.spec = SampleSpec(IMAGE.shape, num_classes=labels) if images else NUMBER

    def prepare(self) -> None: ...

    def load(self) -> Split:
        train, holdout = (None if part is None else self._table(torch.tensor(part)) for part in self._parts)
        assert train is not None
        return Split(train, holdout)

    def _table(self, values: Tensor) -> Table:
        labels = None if self._labels is None else values.long() % self._labels
        if self.spec.ndim == 0:
            return Table(values[:, None], labels)
        return Table(values.byte()[:, None, None, None].expand(-1, *self.spec.shape).contiguous(), labels)


class Averaged(Technique):
    """Samples come from a generator of its own, whose weight is 70; perturbs by 100."""

    def attach(self, players: Any) -> None:
        self._network = Shift(players.spec, weight=70.0)

    def sampling_network(self) -> nn.Module:
        return self._network

    def perturb(self, samples: Tensor) -> Tensor:
        return samples + 100.0


def parts(**changes: Any) -> Parts:
    """The real parts of a run whose classes are doubles."""
    still = {"_target_": "gan_cli.training.optimizers.SGD", "lr": 0.0}
    config = {
        "name": "wires",
        "seed": SEED,
        "data": {"_target_": "doubles.Levels", "train": [float(n) for n in range(40)]},
        "generator": {"_target_": "doubles.Shift"},
        "discriminator": {"_target_": "doubles.Scale"},
        "loss": {"_target_": "doubles.Told"},
        "optim": {"generator": dict(still), "discriminator": dict(still)},
        "balance": {},
        "trainer": {"_target_": "gan_cli.training.trainer.Trainer", "steps": 100, "batch_size": BATCH},
        "diagnosis": {"_target_": "gan_cli.balance.diagnosis.Diagnosis"},
        "runtime": {"_target_": "gan_cli.runtime.Runtime", "device": "cpu", "precision": "float32"},
        "metric": {"_target_": "gan_cli.session.examiner.Examiner", "measures": {}},
        "telemetry": {"_target_": "gan_cli.telemetry.recorder.Recorder", "sinks": {}},
    }
    return Parts({**config, **changes})


def open_parts(made: Parts) -> tuple[Trainer, Gan]:
    """Trainer and players of some parts."""
    runtime, source = made.runtime(), made.source()
    return made.trainer(source, source.load(), runtime)


class Ledger(Sink):
    """A sink that keeps all that it was told, in order: (what, step, value); the newest ones are in `made`."""

    made: ClassVar[list[Ledger]] = []

    def __init__(self) -> None:
        self.told: list[tuple[str, int, Any]] = []
        Ledger.made.append(self)

    def begin(self, run: RunInfo) -> None:
        self.info = run

    def progress(self, step: int) -> None:
        self.told.append(("progress", step, None))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.told.append(("scalars", step, dict(values)))

    def verdict(self, step: int, verdict: Verdict, advice: tuple[str, ...]) -> None:
        self.told.append(("verdict", step, (verdict, advice)))

    def picture(self, step: int, tag: str, picture: Any) -> None:
        height, width, _ = picture.shape
        self.told.append((tag, step, int(picture[height // 2, width // 2, 0])))

    def text(self, step: int, tag: str, text: str) -> None:
        self.told.append((tag, step, text))

    def end(self, outcome: Outcome) -> None:
        self.told.append(("end", outcome.step, outcome))

    def of(self, what: str) -> dict[int, Any]:
        """What was told of one kind, by step; of a picture of one tile its level."""
        return {step: value for kind, step, value in self.told if kind == what}


class Witness(Metric):
    """A metric that keeps what it is shown; its figure is the mean of the fakes, its standard error 0.5."""

    results = {"witness": "low"}
    fewest = 2
    seen: ClassVar[list[Trial]] = []

    def measure(self, trial: Trial) -> dict[str, float]:
        Witness.seen.append(trial)
        return {"witness": trial.fake.mean().item(), "witness_error": 0.5}


WITNESS = {"witness": {"_target_": "doubles.Witness"}}
AVERAGED = {"average": {"_target_": "doubles.Averaged"}}


def levels(train: range, holdout: range | None = None, **more: Any) -> dict[str, Any]:
    """The node of a source with these samples."""
    held = None if holdout is None else [float(n) for n in holdout]
    return {"_target_": "doubles.Levels", "train": [float(n) for n in train], "holdout": held, **more}
