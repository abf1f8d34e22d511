"""Trains the DCGAN that PyTorch-GAN publishes, in its plain loop, and saves its generator at marks in time.

    python docs/studies/published_dcgan.py --seed 1 --marks 60,300 --root <folder of MNIST> --out <folder>

Networks, loss, optimizers, data and the order of the updates are those of implementations/dcgan/dcgan.py in
https://github.com/eriklindernoren/PyTorch-GAN with its default settings; the code here is our own. Nothing of gan_cli
is imported, so that the loop runs as it does in a user's script. Two things of the original are left out, in its
favour: the pictures that it writes every 400 batches, and the conversion of its latent vectors from NumPy.

The clock runs while the loop trains, loads its images and prints its losses. It stands still while a generator is
saved: <out>/<mark>.pt has the weights, the seconds and the number of batches at the end of the first batch after a
mark.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

LATENT = 100
SIZE = 32
BATCH = 64
EPS = 0.8
"""The published script gives 0.8 to batch norm as its second argument, which is the number added to the variance."""


def generator() -> nn.Sequential:
    """Latents (N, 100) -> images (N, 1, 32, 32): a linear map to 8x8, then two times nearest upsampling and 3x3."""
    network = nn.Sequential(
        nn.Linear(LATENT, 128 * (SIZE // 4) ** 2),
        nn.Unflatten(1, (128, SIZE // 4, SIZE // 4)),
        nn.BatchNorm2d(128),
        *_up(128, 128),
        *_up(128, 64),
        nn.Conv2d(64, 1, 3, padding=1),
        nn.Tanh(),
    )
    return network.apply(_initialise)


def discriminator() -> nn.Sequential:
    """Images (N, 1, 32, 32) -> probabilities (N, 1): four strided convolutions with dropout, then a linear map."""
    widths = (16, 32, 64, 128)
    blocks: list[nn.Module] = [*_down(1, widths[0])]
    for inputs, outputs in zip(widths, widths[1:], strict=False):
        blocks += [*_down(inputs, outputs), nn.BatchNorm2d(outputs, EPS)]
    last = widths[-1] * (SIZE // 2 ** len(widths)) ** 2
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(last, 1), nn.Sigmoid()).apply(_initialise)


def _up(inputs: int, outputs: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
    return [nn.Upsample(scale_factor=2), convolution, nn.BatchNorm2d(outputs, EPS), nn.LeakyReLU(0.2, inplace=True)]


def _down(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, 2, 1), nn.LeakyReLU(0.2, inplace=True), nn.Dropout2d(0.25)]


def _initialise(module: nn.Module) -> None:
    """Convolutions start from N(0, 0.02), scales of batch norm from N(1, 0.02); linear layers keep torch's defaults."""
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


class Clock:
    """A stopwatch that can stand still."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds that have counted so far."""
        return time.perf_counter() - self._started

    def leave_out(self, since: float) -> None:
        """Do not count the time since a value of `seconds`."""
        self._started += self.seconds - since


class PublishedLoop:
    """The published training loop: G first, then D on the same fakes; two losses are read and printed per batch.

    Args:
        root: folder of MNIST.
        seed: seed of torch's global generator.
    """

    def __init__(self, root: Path, seed: int) -> None:
        torch.manual_seed(seed)
        self.generator, self.discriminator = generator().train(), discriminator().train()
        self._g, self._d = (
            torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
            for network in (self.generator, self.discriminator)
        )
        self._loss = nn.BCELoss()
        steps = [transforms.Resize(SIZE), transforms.ToTensor(), transforms.Normalize([0.5], [0.5])]
        images = datasets.MNIST(root, train=True, transform=transforms.Compose(steps))
        self._loader: DataLoader[tuple[Tensor, Tensor]] = DataLoader(images, batch_size=BATCH, shuffle=True)

    def batches(self) -> Iterator[int]:
        """Train without end; yield the number of batches so far after each one."""
        count = 0
        while True:
            for images, _ in self._loader:
                count += 1
                d_loss, g_loss = self._train_on(images)
                print(f"batch {count}: D {d_loss:f}, G {g_loss:f}")
                yield count

    def _train_on(self, images: Tensor) -> tuple[float, float]:
        valid, wrong = torch.ones(len(images), 1), torch.zeros(len(images), 1)
        self._g.zero_grad()
        made = self.generator(torch.randn(len(images), LATENT))
        g_loss = self._loss(self.discriminator(made), valid)
        g_loss.backward()
        self._g.step()
        self._d.zero_grad()
        on_real = self._loss(self.discriminator(images), valid)
        on_made = self._loss(self.discriminator(made.detach()), wrong)
        d_loss = (on_real + on_made) / 2
        d_loss.backward()
        self._d.step()
        return d_loss.item(), g_loss.item()


@torch.no_grad()
def sample(weights: dict[str, Tensor], count: int, seed: int, *, training_mode: bool) -> Tensor:
    """Return samples (count, 1, 32, 32) in [-1, 1] of saved weights.

    Args:
        weights: weights of a generator.
        count: number of samples.
        seed: seed of the latent vectors.
        training_mode: normalise by the statistics of each batch of 64, as for the pictures that the published script
            writes; else by those that batch norm has averaged in training.
    """
    network = generator()
    network.load_state_dict(weights)
    network.to(memory_format=torch.channels_last).train(training_mode)  # faster, and only here: nothing is timed
    latents = torch.randn(math.ceil(count / BATCH) * BATCH, LATENT, generator=torch.Generator().manual_seed(seed))
    return torch.cat([network(part) for part in torch.split(latents, BATCH)])[:count]


def main() -> None:
    """Train until the last mark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--marks", required=True, help="seconds at which the generator is saved, ascending")
    parser.add_argument("--root", type=Path, required=True, help="folder of MNIST")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    marks = [float(mark) for mark in given.marks.split(",")]
    loop = PublishedLoop(given.root, given.seed)
    clock = Clock()
    for count in loop.batches():
        while marks and (seconds := clock.seconds) >= marks[0]:
            state = {"weights": loop.generator.state_dict(), "seconds": seconds, "batches": count}
            torch.save(state, given.out / f"{marks.pop(0):g}.pt")
            clock.leave_out(seconds)
        if not marks:
            return


if __name__ == "__main__":
    main()
