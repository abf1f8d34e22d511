"""The row of a run in TensorBoard's HPARAMS table and the table's columns, as records for the run's own event file.

torch's `add_hparams` creates a second run for each run and shows nothing before the end. These records create one row
per run folder from the first step on, and failed runs keep their row. They are built from protobufs, because
`hparams.summary` imports tensorflow.

Every run writes the columns, because TensorBoard uses those of one arbitrary run for the whole table. Cells hold text,
because a number would be shown with five digits, 64 as 64.000. TensorBoard sorts the rows by their names, which it
calls Trial ID. The name of a finished run encodes its result in tabs and blanks, which TensorBoard does not show.
Therefore the best runs of a sweep are at the top.
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
"""Maximum number of columns: the verdict, settings and metrics together."""

_TICKED = 5
"""Maximum number of metrics, because TensorBoard shows only five settings and five metrics without a click."""

_ORDER = 40
"""Number of leading bits of a float64 that rows are sorted by: sign, exponent and 28 bits of the fraction."""

_WHOLE_PLACES = 7
_MOST_FIGURES = 5

# an interrupted run is neither a success nor a failure: it can be resumed
_STATUSES = {
    "done": "STATUS_SUCCESS",
    "stopped": "STATUS_SUCCESS",
    "diverged": "STATUS_FAILURE",
    "failed": "STATUS_FAILURE",
}


def experiment(settings: Mapping[str, Scalar], columns: Sequence[str], measures: Sequence[str]) -> Any:
    """Return the `Summary.Value` that names the table's columns: the verdict, settings and metrics.

    Args:
        settings: the cells of one row; they determine the data type of each column.
        columns: keys of `settings` that become columns.
        measures: tags of the scalars whose last value is shown; the first one ranks the runs and is never left out.
    """
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    shown = [VERDICT, *columns][: MOST_COLUMNS - 1]
    # TensorBoard puts columns that differ first, the others by name; only the verdict is marked, so that it is first
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
    """Return the `Summary.Value` that opens the row.

    Args:
        settings: the cells of the row.
        verdict: text of one more cell, empty until it is known; not a metric, because metric columns hold only numbers.
        name: name of the row; if it is empty, TensorBoard uses the run's folder, relative to its own.
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
    """Return the `Summary.Value` that closes the row with the status of the run, an `Outcome.status`."""
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    told = api_pb2.Status.Value(_STATUSES.get(status, "STATUS_UNKNOWN"))
    info = plugin_data_pb2.SessionEndInfo(status=told, end_time_secs=time.time())
    return _value(metadata.SESSION_END_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_end_info=info))


def row_name(folder: Path, figure: float = math.nan) -> str:
    """Return a row name that sorts the runs of one folder by their result: smallest first, without a result last.

    Args:
        folder: the run folder.
        figure: the result of the run, where smaller is better; nan if there is none.
    """
    path = folder.absolute()
    # TensorBoard averages rows of equal names
    own = _blanks(zlib.crc32(os.fsencode(path)), 32)
    name = f"{'/'.join(path.parent.parts[-2:])}/{_order(figure)}{path.name}{own}"
    return name.encode(errors="replace").decode()  # a folder name may contain bytes that are not UTF-8


def _order(figure: float) -> str:
    """Encode a number as invisible text that sorts like the number; empty for nan."""
    if math.isnan(figure):
        return ""
    bits = int.from_bytes(struct.pack(">d", figure), "big")
    return _blanks((bits ^ (2**64 - 1 if bits >> 63 else 2**63)) >> 64 - _ORDER, _ORDER)


def _blanks(number: int, bits: int) -> str:
    """Encode a number as binary digits of tab (0) and blank (1); a tab sorts before a blank, both before letters."""
    return format(number, f"0{bits}b").replace("0", "\t").replace("1", " ")


def short_verdict(verdict: Verdict | None) -> str:
    """Return a short name of the verdict, such as `D dominates?`, because a cell has room for 14 letters."""
    if verdict is None:
        return ""
    name = name_of(verdict.state).replace("discriminator", "D").replace("generator", "G")
    return name + ("?" if verdict.doubt else "")


def as_text(setting: Scalar) -> str:
    """Return a setting as the user writes it (true, 64, 0.0002), with blanks before a number.

    TensorBoard sorts text cells letter by letter; the blanks, which it does not show, make numbers sort by value.
    """
    if isinstance(setting, bool):
        return str(setting).lower()
    if not isinstance(setting, (int, float)) or not math.isfinite(setting):
        return str(setting)
    whole, point, rest = format(Decimal(repr(setting)), "f").partition(".")
    return f"{whole:>{_WHOLE_PLACES}}{point if rest.strip('0') else ''}{rest if rest.strip('0') else ''}"


def _is_drawn(setting: Scalar) -> bool:
    """Whether a search drew this number, so that it has more digits than are useful."""
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
