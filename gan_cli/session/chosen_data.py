"""The data set that a verb works on beside a trained run: that of the run, or another one of the same shape."""

from __future__ import annotations

from typing import cast

from gan_cli.config.build import build
from gan_cli.config.check import Node
from gan_cli.data.base import Source
from gan_cli.errors import UserError
from gan_cli.session.trained import Trained


def source_at(data: Node) -> Source:
    """Build the data set of a config node."""
    return cast(Source, build("data", data, of=Source))


def source_beside(trained: Trained, data: Node, run: object) -> Source:
    """Return the data set of a config node, or of the run if the node is empty.

    Args:
        trained: the run.
        data: the node.
        run: what the user typed for the run, for the error.

    Raises:
        UserError: the samples have another shape than those of the run.
    """
    source = source_at(data) if data else trained.source
    if source.spec.shape != trained.spec.shape:
        ours, theirs = trained.spec, source.spec
        raise UserError(f"run={run}: its samples are {ours}, but data= is {theirs}; they must have one shape")
    return source
