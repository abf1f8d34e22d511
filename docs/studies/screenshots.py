"""Takes the screenshots of TensorBoard in README and docs: `python screenshots.py <chromium> <out>`.

Run it in an empty folder. It needs a separate environment with websocket-client and Pillow, and `gan` and `tensorboard`
on the PATH. It trains a run and a sweep of twelve runs (a quarter of an hour on two cores), opens TensorBoard in a
headless Chromium, 1600 pixels wide, and writes the pictures with 256 colours each.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import websocket  # type: ignore[import-not-found]
from PIL import Image

RUN = "train run=first trainer.steps=1500"
SWEEP = (
    "train -m sweep_name=dropout trainer.steps=1500 discriminator.depth=1,2 discriminator.dropout=0,0.3,0.6 seed=0,1"
)
SWEPT = "outputs/sweep/dcgan-digits/dropout"

SHOTS = {
    # name: folder, tab, height
    "tensorboard.png": ("first", "#timeseries", 1000),
    "custom_scalars.png": ("first", "#custom_scalars", 860),
    "tensorboard-sweep.png": (SWEPT, "#timeseries", 1000),
    "hparams-sweep.png": (SWEPT, "#hparams", 640),
}
WIDTH = 1600
SECONDS = 12


class Page:
    """A page of the browser, controlled by its DevTools protocol."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, suppress_origin=True, timeout=60)
        self._number = 0

    def call(self, method: str, **arguments: Any) -> Any:
        """Call a method of the protocol and return its result."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": arguments}))
        while (said := json.loads(self._socket.recv())).get("id") != self._number:
            pass
        return said["result"]


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(address: str) -> Any:
    """Return the JSON answer of a server, after waiting until it has started."""
    for _ in range(120):
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as said:
            return json.load(said)
        time.sleep(0.5)
    raise SystemExit(f"{address} does not answer")


@contextlib.contextmanager
def started(*command: str) -> Iterator[None]:
    """Run a server for the block, then kill it and all its child processes."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def shoot(browser: str, folder: str, tab: str, height: int) -> Image.Image:
    """Return a screenshot of one tab of TensorBoard for a folder."""
    board, tools = free_port(), free_port()
    with (
        tempfile.TemporaryDirectory() as profile,
        started("tensorboard", "--logdir", folder, "--port", str(board)),
        started(
            *(browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--remote-debugging-port={tools}", f"--user-data-dir={profile}", "about:blank"),
        ),
    ):
        answer(f"http://127.0.0.1:{board}/data/environment")
        (address,) = (
            t["webSocketDebuggerUrl"] for t in answer(f"http://127.0.0.1:{tools}/json") if t["type"] == "page"
        )
        page = Page(address)
        page.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=height, deviceScaleFactor=1, mobile=False)
        time.sleep(SECONDS / 3)  # until TensorBoard has read the data
        page.call("Page.navigate", url=f"http://127.0.0.1:{board}/{tab}")
        time.sleep(SECONDS)
        data = base64.b64decode(page.call("Page.captureScreenshot", format="png")["data"])
    return Image.open(io.BytesIO(data)).convert("RGB")


def main(browser: str, out: Path) -> None:
    """Train the missing runs, then take every screenshot."""
    for place, typed in (("first", RUN), (SWEPT, SWEEP)):
        if not Path(place).exists():
            subprocess.run(["gan", *typed.split()], check=True)
    for name, (folder, tab, height) in SHOTS.items():
        picture = shoot(browser, folder, tab, height)
        picture.quantize(256, dither=Image.Dither.NONE).save(out / name, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
