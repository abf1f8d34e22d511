"""Fashion-MNIST: articles of clothing."""

from __future__ import annotations

from torchvision import datasets

from gan_cli.data.download.downloaded import DownloadedImages
from gan_cli.data.mnist import IDX_FILES
from gan_cli.spec import SampleSpec


class FashionMNIST(DownloadedImages):
    """60,000 articles of clothing, 28x28 gray, ten classes.

    0 T-shirt, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot.
    `data.classes=[5,7,9]` selects the shoes. Xiao et al. (2017), arXiv:1708.07747. Settings as in `DownloadedImages`.
    """

    title = "Fashion-MNIST"
    dataset = datasets.FashionMNIST
    native = SampleSpec((1, 28, 28), num_classes=10)
    folder = "FashionMNIST/raw"
    archives = tuple(f"{name}.gz" for name in IDX_FILES)
    files = tuple(f"FashionMNIST/raw/{name}" for name in IDX_FILES)
