"""The reference for the benchmark: the training loop of tutorials on the same networks. It is used for nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from gan_cli.data.base import Table
from gan_cli.training.gan import Gan


class _Pictures(Dataset[Tensor]):
    """A data set that loads images one by one through PIL and torchvision's transforms, as usual data sets do."""

    def __init__(self, table: Table) -> None:
        self._images = table.samples.permute(0, 2, 3, 1).numpy()
        channels = table.samples.shape[1]
        normalise = transforms.Normalize((0.5,) * channels, (0.5,) * channels)
        self._transform = transforms.Compose([transforms.ToTensor(), normalise])

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Tensor:
        pixels = self._images[index]
        image: Tensor = self._transform(Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels))
        return image


class PlainLoop:
    """A training loop with float32, contiguous images and a DataLoader, which reads every loss after every step.

    Args:
        gan: the networks and optimizers, in the memory format in which they were built.
        table: images, uint8 (N, C, H, W).
        batch_size: real samples per step.
        device: the device of the networks.
        workers: worker processes of the DataLoader.
    """

    def __init__(self, gan: Gan, table: Table, *, batch_size: int, device: torch.device, workers: int) -> None:
        self._gan = gan
        self._device = device
        loader = DataLoader(
            _Pictures(table),
            batch_size,
            shuffle=True,
            drop_last=True,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=device.type == "cuda",
        )
        self._batches = self._endless(loader)

    @staticmethod
    def _endless(loader: DataLoader[Tensor]) -> Iterator[Tensor]:
        while True:
            yield from loader

    def run(self, steps: int) -> float:
        """Train for a number of steps and return the seconds that they took."""
        started = time.perf_counter()
        for _ in range(steps):
            self._step(next(self._batches).to(self._device))
        return time.perf_counter() - started

    def _step(self, real: Tensor) -> tuple[float, ...]:
        """Run one step in the order of PyTorch's DCGAN example: D on real, D on fake, G through D."""
        generator, discriminator = self._gan.generator, self._gan.discriminator
        ones, zeros = torch.ones(len(real), device=self._device), torch.zeros(len(real), device=self._device)
        discriminator.zero_grad()
        real_logits = discriminator(real)
        real_loss = F.binary_cross_entropy_with_logits(real_logits, ones)
        real_loss.backward()  # type: ignore[no-untyped-call]
        fake = generator(self._gan.latent.draw(len(real), device=self._device))
        fake_logits = discriminator(fake.detach())
        fake_loss = F.binary_cross_entropy_with_logits(fake_logits, zeros)
        fake_loss.backward()  # type: ignore[no-untyped-call]
        self._gan.d.optimizer.step()
        generator.zero_grad()
        fooled_logits = discriminator(fake)
        generator_loss = F.binary_cross_entropy_with_logits(fooled_logits, ones)
        generator_loss.backward()  # type: ignore[no-untyped-call]
        self._gan.g.optimizer.step()
        judgements = (logits.sigmoid().mean().item() for logits in (real_logits, fake_logits, fooled_logits))
        return ((real_loss + fake_loss).item(), generator_loss.item(), *judgements)
