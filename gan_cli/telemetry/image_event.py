"""One picture for TensorBoard, in an event file of its own, beside whatever else lies in a folder."""

from __future__ import annotations

import itertools
import os
import socket
import time
from pathlib import Path

from gan_cli.atomic import replace_file
from gan_cli.telemetry.base import Picture
from gan_cli.telemetry.events import framed, preamble
from gan_cli.telemetry.tensorboard import image_value


def write_image_event(folder: Path, tag: str, step: int, picture: Picture, *, suffix: str) -> Path:
    """Write an event file that holds one picture, in the place of the last one with this suffix.

    The name is new each time: a TensorBoard that is looking at the folder follows names, not contents.

    Raises:
        OSError: as the system gave it; what was there stays.
    """
    from tensorboard.compat.proto import event_pb2, summary_pb2

    summary = summary_pb2.Summary(value=[image_value(tag, picture)])
    event = event_pb2.Event(wall_time=time.time(), step=step, summary=summary)
    old = list(folder.glob(f"events.out.tfevents.*.{suffix}"))
    name = f"events.out.tfevents.{time.time():017.6f}.{socket.gethostname()}.{os.getpid()}.{suffix}"
    unnamed = folder / f"events.unfinished.{suffix}"  # TensorBoard reads whatever has `tfevents` in its name
    replace_file(unnamed, framed(itertools.chain(preamble(), [event.SerializeToString()])))
    os.replace(unnamed, folder / name)
    for path in old:
        path.unlink(missing_ok=True)
    return folder / name
