"""MNIST: handwritten digits."""

from __future__ import annotations

from torchvision import datasets

from gan_cli.data.download.downloaded import DownloadedImages
from gan_cli.spec import SampleSpec

IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


class MNIST(DownloadedImages):
    """60,000 handwritten digits, 28x28 gray, ten classes: class k is the digit k.

    LeCun et al. (1998), "Gradient-based learning applied to document recognition". Settings as in `DownloadedImages`.
    """

    title = "MNIST"
    dataset = datasets.MNIST
    native = SampleSpec((1, 28, 28), num_classes=10)
    folder = "MNIST/raw"
    archives = tuple(f"{name}.gz" for name in IDX_FILES)
    files = tuple(f"MNIST/raw/{name}" for name in IDX_FILES)
