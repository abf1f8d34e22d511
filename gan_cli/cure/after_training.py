"""The cure of a run that was trained by the same command, with `cure=true`."""

from __future__ import annotations

import gc
from pathlib import Path

import torch

from gan_cli.config.check import Node
from gan_cli.cure.answer import answer
from gan_cli.cure.request import CureRequest
from gan_cli.run_status import ENDED
from gan_cli.session.folder import read_status
from gan_cli.telemetry.closing_block import shortest


def cured(folder: Path, code: int, settings: Node) -> int:
    """Cure a run that has ended, and return the exit code of the command.

    Args:
        folder: the run folder.
        code: the exit code of the training. A run that failed or was interrupted is not cured.
        settings: the settings of the command. The user typed or trusts the classes in them, or they had not trained.

    Raises:
        UserError: the run has no verdict, or there is no advice for it.
        SystemExit: a signal arrived (129, 130, 143); the same command goes on.
    """
    if read_status(folder).get("status") not in ENDED:
        return code
    gc.collect()
    torch.cuda.empty_cache()  # or the attempts would lack the memory that the trained run still holds
    return answer(CureRequest(run=shortest(folder), workers=settings["workers"], trust=True))
