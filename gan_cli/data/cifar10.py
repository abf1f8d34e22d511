"""CIFAR-10: small colour photographs."""

from __future__ import annotations

from torchvision import datasets

from gan_cli.data.download.downloaded import DownloadedImages
from gan_cli.spec import SampleSpec

_BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta")


class CIFAR10(DownloadedImages):
    """50,000 photographs, 32x32 in colour, ten classes.

    0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship, 9 truck. Krizhevsky (2009),
    "Learning multiple layers of features from tiny images". Settings as in `DownloadedImages`.
    """

    title = "CIFAR-10"
    dataset = datasets.CIFAR10
    native = SampleSpec((3, 32, 32), num_classes=10)
    folder = ""
    archives = ("cifar-10-python.tar.gz",)
    files = tuple(f"cifar-10-batches-py/{name}" for name in _BATCHES)
