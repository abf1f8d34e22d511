"""The row of a run in TensorBoard's HPARAMS table, as records for the run's own event file.

`add_hparams` of torch makes a second run per run and shows nothing before the end; these records make one row per run
folder from its first step, and failed runs keep theirs. Built from protobufs: `hparams.summary` imports tensorflow.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from gan_cli.telemetry.base import Scalar

TAG_PREFIX = "_hparams_/"

# an interrupted run is neither: it can go on
_STATUSES = {
    "done": "STATUS_SUCCESS",
    "stopped": "STATUS_SUCCESS",
    "diverged": "STATUS_FAILURE",
    "failed": "STATUS_FAILURE",
}


def session_start(settings: Mapping[str, Scalar], verdict: str = "") -> Any:
    """The `Summary.Value` that opens the row.

    Args:
        settings: its cells.
        verdict: one cell more, in words, once it is known: the table's other columns of results hold numbers only.
    """
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    info = plugin_data_pb2.SessionStartInfo(start_time_secs=time.time())
    for key, setting in {**settings, **({"verdict": verdict} if verdict else {})}.items():
        _fill(info.hparams[key], setting)
    return _value(metadata.SESSION_START_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_start_info=info))


def session_end(status: str) -> Any:
    """The `Summary.Value` that closes the row with how the run ended: an `Outcome.status`."""
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    told = api_pb2.Status.Value(_STATUSES.get(status, "STATUS_UNKNOWN"))
    info = plugin_data_pb2.SessionEndInfo(status=told, end_time_secs=time.time())
    return _value(metadata.SESSION_END_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_end_info=info))


def final_scalars(final: Mapping[str, float]) -> dict[str, float]:
    """The metric cells of the row: the last value of each scalar under `final/<tag>`."""
    return {f"final/{tag}": value for tag, value in final.items()}


def _fill(cell: Any, setting: Scalar) -> None:
    if isinstance(setting, bool):  # before int, of which bool is one
        cell.bool_value = setting
    elif isinstance(setting, (int, float)):
        cell.number_value = setting
    else:
        cell.string_value = str(setting)


def _value(tag: str, content: Any) -> Any:
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.hparams import metadata

    summary_metadata = metadata.create_summary_metadata(content)
    return summary_pb2.Summary.Value(tag=tag, metadata=summary_metadata, tensor=metadata.NULL_TENSOR)
