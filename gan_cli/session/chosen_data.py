"""The data set that a verb works on beside a trained run: that of the run, or another one of the same shape."""

from __future__ import annotations

from typing import cast

from gan_cli.config.build import build
from gan_cli.config.check import Node
from gan_cli.data.base import Source
from gan_cli.errors import UserError, brief
from gan_cli.session.trained import Trained
from gan_cli.spec import SampleSpec


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
        UserError: the samples have another shape or alphabet than those of the run, or, in a game with labels, other
            classes.
    """
    source = source_at(data) if data else trained.source
    ours, theirs = trained.spec, source.spec
    if theirs.shape != ours.shape:
        raise UserError(f"run={run}: its samples are {ours}, but data= is {theirs}; they must have one shape")
    its, remedy = ("data=", "leave data= out") if data else ("its data set today", "restore the files")
    if _differ(ours.alphabet, theirs.alphabet):
        raise UserError(
            f"run={run}: its tokens do not stand for the text that those of {its} do, of another alphabet; {remedy}"
        )
    others = ours.num_classes != theirs.num_classes or _differ(ours.class_names, theirs.class_names)
    if others and trained.players.shares is not None:
        known, given = _classes(ours), _classes(theirs)
        raise UserError(f"run={run}: its networks know {known}, but {its} has {given}; they must be the same")
    return source


def _differ(ours: tuple[str, ...] | None, theirs: tuple[str, ...] | None) -> bool:
    """Whether two lists of names differ; checkpoints that are older than the names have none."""
    return None not in (ours, theirs) and ours != theirs


def _classes(spec: SampleSpec) -> str:
    names = spec.class_names or ()
    if spec.num_classes is None:
        return "no classes"
    return f"{spec.num_classes} classes" + (f" ({brief(', '.join(names))})" if names else "")
