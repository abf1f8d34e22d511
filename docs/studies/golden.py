"""Checks that a change keeps all results to the last bit: every recipe, technique, loss, metric and kind of data.

    python docs/studies/golden.py take <file>       train all for a few steps on the CPU and write the results
    python docs/studies/golden.py compare <file>    do the same again and print the differences

It uses only commands that a user can type and the files of run folders. So names inside the program may change between
the two. The bits are those of one machine and one version of torch, so do not commit the file. It takes two minutes on
two cores. It caches the classifiers of metrics in its own folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import multiprocessing
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

GROUPS = Path(__file__).parents[2] / "configs"
SMALL = (
    *("trainer.steps=6", "trainer.checkpoint_every=3", "trainer.batch_size=8", "telemetry.every=1", "metric.every=3"),
    *("telemetry.num_samples=4", "runtime.device=cpu", "runtime.threads=1", "generator.base_channels=4"),
    "discriminator.base_channels=4",
)
IMAGES = (*SMALL, "data=digits", "data.limit=200")
POINTS = (*SMALL, "model=mlp")
NARROW = ("generator.widths=[8,8]", "discriminator.widths=[8,8]")
LIVELY = {
    "accuracy_band": ("max_skips=3",),
    "adaptive_augment": ("every=2", "speed=100.0"),
    "adaptive_noise": ("rate=0.01",),
    "freeze": ("start=1", "steps=3", "every=5"),
    "instance_noise": ("sigma={start: 0.1, end: 0.0, steps: 20}",),
    "pretrain": ("steps=2",),
    "r1": ("every=2",),
    "r2": ("every=2",),
    "replay": ("size=16",),
    "unrolled": ("steps=1",),
}
"""Settings for techniques that would otherwise do nothing, or too much, in a few steps."""

ONE_BY_ONE = (
    "class_histogram",
    "frechet_classifier",
    "kid_classifier",
    "precision_recall",
    "density_coverage",
    "probe",
)
"""Metrics that use features of a classifier or of D; they are taken of a run on digits."""


def choices(group: str) -> list[str]:
    """Return the choices of a group, found by their files."""
    return sorted(path.stem for path in (GROUPS / group).glob("*.yaml"))


def cases() -> dict[str, tuple[str, ...]]:
    """Return all cases: name -> arguments of `gan train`."""
    found: dict[str, tuple[str, ...]] = {}
    for name in choices("model"):
        data = ("data=ring", *NARROW) if name == "mlp" else ("data=digits", "data.limit=200")
        found[f"model {name}"] = (*SMALL, f"model={name}", *data)
    for name in choices("balance"):
        lively = (f"balance.{name}.{setting}" for setting in LIVELY.get(name, ()))
        model = ("model=began",) if name == "began" else ()
        found[f"balance {name}"] = (*IMAGES, *model, f"balance=[{name}]", "discriminator.norm=layer", *lively)
    several = "balance=[ema,instance_noise,replay,label_flip,packing,diff_augment,r1,lecam,minibatch_stddev]"
    found["balance of many"] = (*IMAGES, several, "discriminator.norm=layer", "trainer.d_steps=2", "trainer.g_steps=2")
    found["clipped, smoothed, dropped"] = (
        *(*IMAGES, "trainer.clip_grad_norm=0.5", "loss.smoothing=0.1", "discriminator.dropout=0.3"),
        *("generator.dropout=0.1", "optim.generator.lr={start: 1e-3, end: 1e-4, steps: 6, shape: cosine}"),
    )
    for name in choices("loss"):
        found[f"loss {name}"] = (*IMAGES, f"loss={name}")
    for name in choices("optim"):
        found[f"optim {name}"] = (*IMAGES, f"optim={name}")
    for name in ("ring", "grid", "swiss_roll", "two_moons"):
        found[f"data {name}"] = (*POINTS, f"data={name}", *NARROW, "metric=[energy_distance,mmd,wasserstein,modes]")
    for name, shape in {"audio": "[1,64]", "colour": "[3,16,16]", "voxels": "[1,8,8,8]"}.items():
        fake = ("data=fake", f"data.shape={shape}", "data.num_samples=48")
        found[f"data {name}"] = (*SMALL, *fake)
        found[f"resnet {name}"] = (*SMALL, *fake, "generator=resnet", "discriminator=resnet")
    found["data of two classes"] = (*IMAGES, "data.classes=[3,8]", "data.size=16", "seed=5")
    measured = "metric=[energy_distance,mmd,sliced_wasserstein,memorisation,duality_gap]"
    found["metrics"] = (*IMAGES, measured)
    found["metrics through networks"] = (*IMAGES[:-1], f"metric=[{','.join(ONE_BY_ONE)}]")
    return found


def played(case: tuple[str, Sequence[str]]) -> tuple[str, dict[str, Any]]:
    """Train a case, resume it and draw samples from it; return its name and its results."""
    name, typed = case
    from gan_cli.cli import main

    def gan(*words: str) -> None:
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                main(words)
        except SystemExit as end:
            if end.code:
                raise RuntimeError(f"gan {' '.join(words)}\n{said.getvalue()[-2000:]}") from None

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            gan("train", *typed, "run=here")
            gan("train", "run=here", "trainer.steps=9")
            gan("sample", "run=here", "num=5", "seed=3", "device=cpu", "formats=[npz]", "out=drawn")
            return name, outcome(Path("here"), Path("drawn/samples.npz"))
        except Exception:
            return name, {"error": traceback.format_exc()}
        finally:
            os.chdir("/")


def outcome(run: Path, drawn: Path) -> dict[str, Any]:
    """Return all readings, the verdict, and hashes of the weights, the pictures and the drawn samples."""
    import numpy as np
    import torch

    found: dict[str, Any] = {}
    for line in map(json.loads, (run / "metrics.jsonl").read_text().splitlines()):
        found |= {f"{line['step']} {tag}": value for tag, value in line.items() if not tag.startswith("time/")}
    found["verdict"] = json.loads((run / "summary.json").read_text())["verdict"]["state"]
    saved = torch.load(max((run / "checkpoints").glob("step_*.pt")), weights_only=True)
    found["checkpoint"] = hashed(*(tensor.numpy().tobytes() for tensor in tensors(saved)))
    for path in sorted((run / "samples").glob("step_*.png")):
        found[path.name] = hashed(path.read_bytes())
    with np.load(drawn) as arrays:
        found["drawn"] = hashed(*(arrays[key].tobytes() for key in sorted(arrays.files)))
    return found


def tensors(node: Any) -> list[Any]:
    """Return every tensor below a node, sorted by content instead of by name."""
    import torch

    if isinstance(node, torch.Tensor):
        return [node.detach().contiguous().cpu().view(torch.uint8) if node.dtype is torch.bfloat16 else node.cpu()]
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list | tuple) else ()
    found = [tensor for value in inner for tensor in tensors(value)]
    return sorted(found, key=lambda tensor: hashed(tensor.numpy().tobytes()))


def hashed(*parts: bytes) -> str:
    """Return a short hash of some bytes."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def take() -> dict[str, dict[str, Any]]:
    """Run every case, two at a time, and return the results by case."""
    os.environ |= {"OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(Path(tempfile.gettempdir()) / "golden-cache")}
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=20) as pool:
        found = {}
        for name, values in pool.imap(played, cases().items()):
            print(
                f"{name}: {len(values)} values" if "error" not in values else f"{name}: {values['error']}", flush=True
            )
            found[name] = values
    return found


def compare(before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> int:
    """Print the differences; return the number of cases that differ."""
    wrong = 0
    for name in sorted({*before, *now}):
        old, new = before.get(name, {}), now.get(name, {})
        different = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
        if different:
            wrong += 1
            key = different[0]
            print(f"{name}: {len(different)} of {len(old)} differ, the first {key}: {old.get(key)} -> {new.get(key)}")
    print(f"{len(now) - wrong} of {len(now)} cases are equal to the last bit, {sum(map(len, now.values()))} values")
    return wrong


if __name__ == "__main__":
    verb, place = sys.argv[1], Path(sys.argv[2])
    if verb == "take":
        place.write_text(json.dumps(take(), indent=1))
    else:
        raise SystemExit(bool(compare(json.loads(place.read_text()), take())))
