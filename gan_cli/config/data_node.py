"""The annotation of a setting that may choose a data set."""

from __future__ import annotations

from typing import Annotated, TypedDict

from gan_cli.config.check import Node
from gan_cli.config.kinds import Builds
from gan_cli.data.base import Source

DataNode = Annotated[Node, Builds(Source)]
"""A config node that builds a data set."""


class EmptyNode(TypedDict):
    """An empty node: nothing was chosen."""
