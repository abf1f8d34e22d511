"""The row of a run in TensorBoard's HPARAMS table and the table's columns, as records for the run's own event file.

`add_hparams` of torch makes a second run per run and shows nothing before the end; these records make one row per run
folder from its first step, and failed runs keep theirs. Built from protobufs: `hparams.summary` imports tensorflow.

Every run names the columns, because TensorBoard takes those of one run for the whole table and it is chance which. A
cell holds text: a number would be shown with five figures, 64 as 64.000. Rows stand in the order of their names, which
TensorBoard calls Trial ID; a finished run's name holds its figure in blanks, which its pages do not show: so the best
runs of a sweep stand on top.
"""

from __future__ import annotations

import math
import os
import struct
import time
import zlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from gan_cli.diagnosis.verdict import Verdict, name_of
from gan_cli.run_status import RunStatus
from gan_cli.telemetry.base import Scalar
from gan_cli.telemetry.tags import shown_as

TAG_PREFIX = "_hparams_/"

VERDICT = "verdict"

MOST_COLUMNS = 10
"""The verdict, settings and figures together."""

_TICKED = 5
"""Settings and figures, each, that TensorBoard shows without a click."""

_ORDER = 40
"""Bits of a figure that rows are sorted by: its sign, size and nine decimal places."""

_WHOLE_PLACES = 7
_MOST_FIGURES = 5

# an interrupted run is neither: it can go on
_STATUSES = {
    "done": "STATUS_SUCCESS",
    "stopped": "STATUS_SUCCESS",
    "diverged": "STATUS_FAILURE",
    "failed": "STATUS_FAILURE",
}


def experiment(settings: Mapping[str, Scalar], columns: Sequence[str], measures: Sequence[str]) -> Any:
    """The `Summary.Value` that names the table's columns: the verdict, settings, figures.

    Args:
        settings: the cells of one row, which say what kind each column is.
        columns: keys of settings.
        measures: tags of scalars, whose last value is shown; the first one decides and is never left out.
    """
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    shown = [VERDICT, *columns][: MOST_COLUMNS - 1]
    # what differs comes first, all else by name: so the verdict is said to be the only one that does
    infos = [
        api_pb2.HParamInfo(name=name, type=_kind(settings.get(name, "")), differs=name == VERDICT) for name in shown
    ]
    figures = [
        api_pb2.MetricInfo(name=api_pb2.MetricName(tag=shown_as(tag)), display_name=tag.removeprefix("metric/"))
        for tag in measures[: min(_TICKED, MOST_COLUMNS - len(shown))]
    ]
    content = api_pb2.Experiment(hparam_infos=infos, metric_infos=figures, time_created_secs=time.time())
    return _value(metadata.EXPERIMENT_TAG, plugin_data_pb2.HParamsPluginData(experiment=content))


def session_start(settings: Mapping[str, Scalar], verdict: str = "", name: str = "") -> Any:
    """The `Summary.Value` that opens the row.

    Args:
        settings: its cells.
        verdict: one cell more, in words, once it is known: the table's columns of figures hold numbers only.
        name: of the row; empty leaves it to TensorBoard, which takes the folder below its own.
    """
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    info = plugin_data_pb2.SessionStartInfo(start_time_secs=time.time(), group_name=name)
    for key, setting in {**settings, **({VERDICT: verdict} if verdict else {})}.items():
        if _is_drawn(setting):
            info.hparams[key].number_value = float(setting)
        else:
            info.hparams[key].string_value = as_text(setting)
    return _value(metadata.SESSION_START_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_start_info=info))


def session_end(status: RunStatus) -> Any:
    """The `Summary.Value` that closes the row with how the run ended: an `Outcome.status`."""
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    told = api_pb2.Status.Value(_STATUSES.get(status, "STATUS_UNKNOWN"))
    info = plugin_data_pb2.SessionEndInfo(status=told, end_time_secs=time.time())
    return _value(metadata.SESSION_END_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_end_info=info))


def row_name(folder: Path, figure: float = math.nan) -> str:
    """A row's name, by which runs of one folder are sorted by a figure, the smallest first, those without one last.

    Args:
        folder: of the run.
        figure: to be small; nan where there is none.
    """
    path = folder.absolute()
    # rows of equal names would be averaged
    own = _blanks(zlib.crc32(os.fsencode(path)), 32)
    name = f"{'/'.join(path.parent.parts[-2:])}/{_order(figure)}{path.name}{own}"
    return name.encode(errors="replace").decode()  # a folder's name may hold bytes that are no text


def _order(figure: float) -> str:
    """Text that sorts like figures do."""
    if math.isnan(figure):
        return ""
    bits = int.from_bytes(struct.pack(">d", figure), "big")
    return _blanks((bits ^ (2**64 - 1 if bits >> 63 else 2**63)) >> 64 - _ORDER, _ORDER)


def _blanks(number: int, bits: int) -> str:
    """A number that nobody sees; a tab sorts before a blank, both before letters."""
    return format(number, f"0{bits}b").replace("0", "\t").replace("1", " ")


def short_verdict(verdict: Verdict | None) -> str:
    """A few letters, since a cell has place for fourteen: `D dominates?`."""
    if verdict is None:
        return ""
    name = name_of(verdict.state).replace("discriminator", "D").replace("generator", "G")
    return name + ("?" if verdict.doubt else "")


def as_text(setting: Scalar) -> str:
    """A setting as a person writes it: true, 64, 0.0002; blanks before a number make names sort like numbers.

    TensorBoard sorts cells of text letter by letter; its pages show no blanks.
    """
    if isinstance(setting, bool):
        return str(setting).lower()
    if not isinstance(setting, (int, float)) or not math.isfinite(setting):
        return str(setting)
    whole, point, rest = format(Decimal(repr(setting)), "f").partition(".")
    return f"{whole:>{_WHOLE_PLACES}}{point if rest.strip('0') else ''}{rest if rest.strip('0') else ''}"


def _is_drawn(setting: Scalar) -> bool:
    """Whether nobody typed this number: a search drew it, and it has more figures than a person can use."""
    if isinstance(setting, bool) or not isinstance(setting, float) or not math.isfinite(setting):
        return False
    return len(Decimal(repr(setting)).normalize().as_tuple().digits) > _MOST_FIGURES


def _kind(setting: Scalar) -> Any:
    from tensorboard.plugins.hparams import api_pb2

    return api_pb2.DATA_TYPE_FLOAT64 if _is_drawn(setting) else api_pb2.DATA_TYPE_STRING


def _value(tag: str, content: Any) -> Any:
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.hparams import metadata

    summary_metadata = metadata.create_summary_metadata(content)
    return summary_pb2.Summary.Value(tag=tag, metadata=summary_metadata, tensor=metadata.NULL_TENSOR)
