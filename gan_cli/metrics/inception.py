"""FID, KID and the Inception score, computed by torch-fidelity."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_cli.errors import UserError
from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.spec import levels

_NAMES = {
    "inception_fid": "frechet_inception_distance",
    "inception_kid": "kernel_inception_distance_mean",
    "inception_score": "inception_score_mean",
}


class Inception(Metric):
    """`inception_fid`, `inception_kid`, `inception_score` of colour images, in features of Inception v3.

    Computed by torch-fidelity (extra `fid`), whose results equal those of the reference implementations. It gets the
    images as uint8 at their own size. FID has 2,048 features and means nothing for fewer than about 2,048 samples of
    each kind, so the metric refuses fewer.
    Heusel et al. (2017), arXiv:1706.08500; Binkowski et al. (2018), arXiv:1801.01401; Salimans et al. (2016),
    arXiv:1606.03498. Not suitable for digits: use frechet_classifier.
    """

    results = {"inception_fid": "low", "inception_kid": "low", "inception_score": "high"}
    fewest = 2048
    by_default = False  # it needs an optional dependency and downloads weights

    def lacks(self, inputs: MetricInputs) -> str | None:
        """Inception was trained on colour photographs."""
        spec = inputs.reference.spec
        return None if spec.is_picture and spec.channels == 3 else "is for colour images"

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        """Compute all three results by torch-fidelity.

        Raises:
            UserError: torch-fidelity is not installed, or its weights cannot be read or downloaded.
        """
        try:
            from torch_fidelity import calculate_metrics
        except ImportError as error:
            raise UserError("metric=inception needs torch-fidelity: pip install torch-fidelity") from error
        fake, real = (
            _Pixels(samples, inputs.reference.spec.value_range) for samples in (inputs.fake.x, inputs.reference.real.x)
        )
        try:
            found = calculate_metrics(
                input1=fake,
                input2=real,
                cuda=inputs.fake.x.device.type == "cuda",
                isc=True,
                fid=True,
                kid=True,
                kid_subset_size=min(1000, len(fake), len(real)),
                verbose=False,
                cache=False,
            )
        except OSError as error:
            raise UserError(
                f"metric=inception: the weights of Inception could not be downloaded ({error}).\n"
                "Put torch-fidelity's weights-inception-2015-12-05-6726825d.pth into torch's hub/checkpoints folder,\n"
                "or use frechet_classifier, which needs no download."
            ) from error
        return {name: float(found[theirs]) for name, theirs in _NAMES.items()}


class _Pixels(torch.utils.data.Dataset[Tensor]):
    """Images in the format of torch-fidelity: uint8 (3, H, W)."""

    def __init__(self, samples: Tensor, value_range: tuple[float, float] | None) -> None:
        self._images = levels(samples, value_range or (-1.0, 1.0)).byte().cpu()

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Tensor:
        return self._images[index]
