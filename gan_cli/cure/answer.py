"""Cure a run for a command: print the result and write the requested file."""

from __future__ import annotations

from pathlib import Path

from gan_cli.cure.cure import cure, open_request
from gan_cli.cure.document import document
from gan_cli.cure.request import CureRequest
from gan_cli.cure.screen import show
from gan_cli.cure.sick_run import SickRun
from gan_cli.cure.standing import HEALTHY
from gan_cli.disk.writing import make_folder
from gan_cli.run_status import FINISHED
from gan_cli.session.folder import write_json
from gan_cli.telemetry.terminal import result_console


def answer(request: CureRequest) -> int:
    """Cure a run; a balanced one needs none.

    Returns:
        The exit code: 0, or 1 if every attempt failed, diverged or was refused.

    Raises:
        UserError: the run cannot be cured, or the file cannot be written.
        SystemExit: a signal arrived (129, 130, 143); the same command goes on.
    """
    sick = open_request(request)
    if sick.verdict.state == HEALTHY:
        print(_nothing_to_do(request, sick))
        return 0
    found = cure(sick, workers=request.workers, trust=request.trust)
    show(found, result_console())
    if request.json is not None:
        file = Path(request.json)
        make_folder(file.absolute().parent)
        write_json(file, document(found))
        print(f"  {file}")
    return 0 if any(each.status in FINISHED for each in found.standing.tried) else 1


def _nothing_to_do(request: CureRequest, sick: SickRun) -> str:
    doubt = f", in doubt: {sick.verdict.doubt}" if sick.verdict.doubt else ""
    return f"{request.run}: balanced{doubt}; there is nothing to cure"
