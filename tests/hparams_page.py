"""What TensorBoard's HPARAMS tab shows of a folder: the answers of its own server code."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def hparams_page(logdir: Path) -> tuple[list[str], list[str], list[dict[str, Any]]]:
    """Names of the columns of settings and of figures, and each row's cells, figures among them by their title."""
    from google.protobuf import json_format
    from tensorboard import context
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups

    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(logdir)).Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(logdir))
    shared = backend_context.Context(base_plugin.TBContext(data_provider=provider))
    asked = context.RequestContext()
    told = get_experiment.Handler(asked, shared, "", api_pb2.GetExperimentRequest(include_metrics=True)).run()
    statuses = [status for status in api_pb2.Status.values()]
    groups = list_session_groups.Handler(
        asked,
        shared,
        "",
        api_pb2.ListSessionGroupsRequest(
            allowed_statuses=statuses, start_index=0, slice_size=1000, include_metrics=True
        ),
    ).run()
    titles = {(each.name.group, each.name.tag): each.display_name or each.name.tag for each in told.metric_infos}
    rows = []
    for group in groups.session_groups:
        cells = {key: json_format.MessageToDict(value) for key, value in group.hparams.items()}
        figures = {titles[(each.name.group, each.name.tag)]: each.value for each in group.metric_values}
        rows.append({**cells, **figures})
    return [each.name for each in told.hparam_infos], list(titles.values()), rows
