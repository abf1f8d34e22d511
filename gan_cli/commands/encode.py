"""`gan encode`: write the codes of a data set, by the encoder of a run, as an array for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig

SCHEMA = "gan_cli.encoding.request.EncodingRequest"
"""The signature against which `configs/encode.yaml` is checked."""


def run(config: DictConfig) -> None:
    """Check the settings and write the codes.

    Raises:
        UserError: the folder is no run, cannot be trusted or read, or has no encoder; the data do not fit.
    """
    from gan_cli.config.compose import plain_job
    from gan_cli.encoding.codes import codes_of, source_of, write_codes
    from gan_cli.encoding.request import EncodingRequest
    from gan_cli.errors import SettingError
    from gan_cli.session.trained import open_run
    from gan_cli.session.writable import wrong_file

    request = EncodingRequest(**plain_job(config))
    trained = open_run(
        Path(request.run), step=request.checkpoint, average=True, device=request.device, trust=request.trust
    )
    source = source_of(trained, dict(request.data), request.run)
    file = request.file(trained.step)
    if problem := wrong_file("out", str(file)):
        raise SettingError.of([problem])
    found = codes_of(trained, source, request.split)
    print(f"{len(found.codes):,} codes of step {trained.step}:")
    print(f"  {write_codes(found, file)}")
