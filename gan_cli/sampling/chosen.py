"""The inputs for the samples that `gan sample` was asked for: of any class, or of some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_cli.game import GeneratorInput
from gan_cli.labels import evenly
from gan_cli.sampling.by_class import Class, classes_of, find
from gan_cli.sampling.latents import Stream
from gan_cli.session.trained import Trained

_WIDEST = 24


@dataclass(frozen=True)
class Chosen:
    """What the generator is given.

    Attributes:
        drawn: its inputs, on the CPU.
        told: a line about the classes; empty if nothing is to be said.
        columns: samples in a row of a picture that has a row for each class; None for any other picture.
        classes: the class of each sample; empty if the generator was not asked for classes.
    """

    drawn: GeneratorInput
    told: str = ""
    columns: int | None = None
    classes: Sequence[Class] = ()


def choose(trained: Trained, stream: Stream, classes: Sequence[Class] | None, num: int) -> Chosen:
    """Choose the inputs for `num` samples: a generator with labels is asked for classes, of others they are searched.

    Args:
        trained: the run.
        stream: the stream of its latents.
        classes: the wanted classes, as in `data.classes`; None for all.
        num: the number of samples, over all classes together.

    Raises:
        UserError: as in `find`; the run does not have a wanted class.
    """
    shares = trained.players.shares
    if shares is not None:
        return _asked(trained, stream, classes, num, shares.cpu())
    if classes is None:
        return Chosen(GeneratorInput(stream.next(num)))
    found = find(trained, stream, classes, num)
    return Chosen(GeneratorInput(found.latents), str(found))


def _asked(trained: Trained, stream: Stream, classes: Sequence[Class] | None, num: int, shares: Tensor) -> Chosen:
    """Ask for the wanted classes in equal parts, or for all as often as the data have them; sorted by class."""
    known, wanted = classes_of(trained, classes or ())
    if classes is None:
        labels = evenly(shares, num).sort().values
    else:
        rows = torch.tensor([known.index(item) for item in dict.fromkeys(wanted)])
        labels = rows[torch.arange(num) % len(rows)]
        labels = torch.cat([labels[labels == row] for row in rows])
    made = [known[row] for row in labels.tolist()]
    counts = Counter(made)
    told = ", ".join(f"{count} of class {name}" for name, count in counts.items())
    even = len(set(counts.values())) == 1 and num // len(counts) <= _WIDEST
    columns = num // len(counts) if even and trained.spec.traits.drawn == "tiles" else None
    return Chosen(GeneratorInput(stream.next(num), labels), f"{told}, as the generator was asked", columns, made)
