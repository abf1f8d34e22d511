"""Tests views of images: whether a distance in the view ranks damaged images as a person does.

    python docs/studies/views.py <results.json> [--root <folder of MNIST>] [--seeds 3,4,5,6,7]

256 real images are compared with 256 others, by the energy distance, after each kind of damage at two strengths and
after six extremes. Each pair of which one is clearly worse is a question, and the share of right answers is printed for
each view, by kind of question:

- order: no damage < mild < strong, of one kind;
- kinds: mild damage of one kind < strong damage of another kind;
- extremes: mild damage of any kind < each extreme.

The data are digits (8x8), MNIST (28x28, left out without --root) and crops of photographs (32x32, in colour). Crops
have no labels, so their classes are ten clusters of mean colours.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from pathlib import Path

import torch
from sklearn.cluster import KMeans
from torch import Tensor
from torch.nn import functional as F
from view_candidates import laplacian_pyramid, patch_statistics, untrained_network

from gan_cli.data.base import Source, Table
from gan_cli.data.digits import Digits
from gan_cli.data.mnist import MNIST
from gan_cli.data.photo_crops import PhotoCrops
from gan_cli.distances import energy_distance
from gan_cli.perception import View, raw
from gan_cli.scattering import scattering
from gan_cli.spec import normalise

COUNT = 256
CLASSES = 10
VIEWS: Mapping[str, View] = {
    "raw values": raw,
    "Laplacian pyramid": laplacian_pyramid,
    "patch statistics": patch_statistics,
    "untrained network": untrained_network,
    "scattering": scattering,
}
Question = tuple[str, str, str]
"""Its kind, and the names of two sets of images: the second one is worse."""


class Images:
    """Real images of one data set, parted at random.

    Args:
        images: all of them, in [-1, 1].
        labels: their classes.
        seed: of all that is random.
    """

    def __init__(self, images: Tensor, labels: Tensor, seed: int) -> None:
        self.random = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(images), generator=self.random)
        self.real, self.other, self.third = (images[order[k * COUNT : (k + 1) * COUNT]] for k in range(3))
        self._images, self._labels = images[order[COUNT:]], labels[order[COUNT:]]
        self._classes = torch.randperm(CLASSES, generator=self.random)

    def of_classes(self, count: int) -> Tensor:
        """Return images of this many classes only."""
        rows = torch.isin(self._labels, self._classes[:count]).nonzero().flatten()
        return self._images[rows[torch.randint(len(rows), (COUNT,), generator=self.random)]]


Damage = Callable[[Images, float], Tensor]


def blurred(images: Images, sigma: float) -> Tensor:
    """Blur by a Gaussian of `sigma` pixels."""
    reach = math.ceil(3 * sigma)
    kernel = torch.exp(-torch.arange(-reach, reach + 1).float().square() / (2 * sigma**2))
    kernel = (kernel / kernel.sum())[None, None, None]
    single = F.pad(images.other.flatten(0, 1).unsqueeze(1), (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(single, kernel), kernel.mT).reshape(images.other.shape)


def noisy(images: Images, sigma: float) -> Tensor:
    """Add Gaussian noise."""
    return (images.other + sigma * torch.randn(images.other.shape, generator=images.random)).clamp(-1, 1)


def warped(images: Images, strength: float) -> Tensor:
    """Move the pixels by smooth random ways, in half sides of the image."""
    shape = images.other.shape
    rough = 2 * strength * torch.randn(len(images.other), 2, 4, 4, generator=images.random)
    moves = F.interpolate(rough, size=shape[-2:], mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    still = F.affine_grid(torch.eye(2, 3).expand(len(moves), -1, -1), list(shape), align_corners=False)
    return F.grid_sample(images.other, still + moves, padding_mode="border", align_corners=False)


def double_exposed(images: Images, share: float) -> Tensor:
    """Mix each image with another one."""
    return torch.lerp(images.other, images.third, share)


def pale(images: Images, share: float) -> Tensor:
    """Mix each image with its mean."""
    return torch.lerp(images.other, images.other.mean(dim=(1, 2, 3), keepdim=True), share)


def lacking(images: Images, share: float) -> Tensor:
    """Leave out a share of the classes."""
    return images.of_classes(round(CLASSES * (1 - share)))


DAMAGES: Mapping[str, tuple[Damage, float, float]] = {
    "blur": (blurred, 0.5, 1.5),
    "noise": (noisy, 0.1, 0.4),
    "warp": (warped, 0.05, 0.15),
    "double": (double_exposed, 0.15, 0.4),
    "pale": (pale, 0.15, 0.4),
    "lacking": (lacking, 0.2, 0.7),
}
"""Kinds of damage, with the strengths of mild and strong damage."""


def extremes(images: Images) -> dict[str, Tensor]:
    """Return what no person would take for the data."""
    shape, random = images.other.shape, images.random
    order = torch.rand(shape[0], 1, shape[2] * shape[3], generator=random).argsort(dim=2).expand(-1, shape[1], -1)
    return {
        "mean image": images.real.mean(dim=0, keepdim=True).expand(shape) + 0.01 * torch.randn(shape, generator=random),
        "flat gray": torch.zeros(shape),
        "uniform noise": torch.rand(shape, generator=random) * 2 - 1,
        "one image": images.other[:1].expand(shape) + 0.01 * torch.randn(shape, generator=random),
        "one class": images.of_classes(1),
        "shuffled pixels": images.other.flatten(2).gather(2, order).reshape(shape),
    }


def sets_of(images: Images) -> dict[str, Tensor]:
    """Return all sets of images by name."""
    sets = {"none": images.other}
    for name, (damage, mild, strong) in DAMAGES.items():
        sets |= {f"mild {name}": damage(images, mild), f"strong {name}": damage(images, strong)}
    return sets | extremes(images)


def questions(names: list[str]) -> Iterator[Question]:
    """Yield all questions."""
    for damage in DAMAGES:
        yield "order", "none", f"mild {damage}"
        yield "order", "none", f"strong {damage}"
        yield "order", f"mild {damage}", f"strong {damage}"
        for extreme in names[1 + 2 * len(DAMAGES) :]:
            yield "extremes", f"mild {damage}", extreme
    for one, other in permutations(DAMAGES, 2):
        yield "kinds", f"mild {one}", f"strong {other}"


def sources(root: Path | None) -> Iterator[tuple[str, Source]]:
    """Yield the data sets by name."""
    yield "digits", Digits(holdout=0.0)
    if root is not None:
        yield "MNIST", MNIST(root=str(root), holdout=0.0, limit=10000)
    yield "photographs", PhotoCrops(holdout=0.0)


def read(source: Source) -> tuple[Tensor, Tensor]:
    """Return all images in [-1, 1] and their classes."""
    table = source.load().train
    assert isinstance(table, Table)
    images = normalise(table.samples, source.spec)
    if table.labels is not None:
        return images, table.labels
    clusters = KMeans(CLASSES, n_init=2, random_state=0).fit_predict(images.mean(dim=(2, 3)).numpy())
    return images, torch.from_numpy(clusters)


def main() -> None:
    """Answer all questions in all views, write the distances and print the shares of right answers."""
    typed = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    typed.add_argument("results", type=Path)
    typed.add_argument("--root", type=Path)
    typed.add_argument("--seeds", default="3,4,5,6,7", help="0 to 2 served to choose the view")
    asked = typed.parse_args()
    found: dict[str, dict[str, list[dict[str, float]]]] = {view: {} for view in VIEWS}
    for name, source in sources(asked.root):
        images, labels = read(source)
        for seed in map(int, asked.seeds.split(",")):
            parted = Images(images, labels, seed)
            sets = sets_of(parted)
            for view, see in VIEWS.items():
                real = see(parted.real)
                distances = {each: energy_distance(see(shown), real).item() for each, shown in sets.items()}
                found[view].setdefault(name, []).append(distances)
    asked.results.write_text(json.dumps(found, indent=1))
    report(found)


def report(found: Mapping[str, Mapping[str, list[dict[str, float]]]]) -> None:
    """Print the shares of right answers, and the questions that each view answers wrongly most often."""
    for view, by_data in found.items():
        cells = []
        wrong: Counter[str] = Counter()
        for name, runs in by_data.items():
            right: dict[str, list[float]] = {}
            for distances in runs:
                for kind, better, worse in questions(list(distances)):
                    answer = distances[better] < distances[worse]
                    right.setdefault(kind, []).append(answer)
                    wrong[f"{name}: {better}, {worse}"] += not answer
            everything = statistics.fmean(answer for answers in right.values() for answer in answers)
            parts = ", ".join(f"{kind} {statistics.fmean(answers):.3f}" for kind, answers in right.items())
            cells.append(f"{name}: {everything:.3f} ({parts})")
        print(f"{view}\n  " + "\n  ".join(cells))
        print("  wrong: " + "; ".join(f"{question} ({times})" for question, times in wrong.most_common(8) if times))


if __name__ == "__main__":
    main()
