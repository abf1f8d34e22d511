"""One command that proves the program on a GPU: `make gpu-check`, or `python tests/gpu/check.py` with any Python.

Writes gpu.json, gpu.log and the grid that the real run ended with into $OUT (unset: outputs/gpu-check). Needs no
network and no installation of gan, only what it imports; MNIST comes from GAN_DATA_ROOT. Names of parts, such as
`steps profile`, run only these. Each part is a process of its own with a time limit, because a fault of CUDA spoils its
process, and goes on after a failure of another.

Exit code: 0 all parts passed, 1 one did not, 2 there is no GPU, or a package is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

TOTAL = 405.0
"""Seconds for all parts together: seven minutes with what lies around them."""

LIMITS = {
    "device": 40.0,
    "deterministic": 60.0,
    "steps": 60.0,
    "profile": 110.0,
    "together": 45.0,
    "train": 120.0,
    "benchmark": 120.0,
    "tests": TOTAL,
}
"""Parts in their order, and the most seconds of each; the last one has what the others leave."""

NEEDED = (
    *("torch", "torchvision", "hydra", "omegaconf", "tensorboard", "rich", "numpy", "PIL", "yaml", "sklearn", "scipy"),
    *("matplotlib", "annotated_types", "pytest"),
)


def main() -> int:
    """Run every part, write down what came out, say it in a line each."""
    options = _options()
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(f"gpu-check: {sys.executable} lacks {', '.join(missing)}; name another Python, or put them on PYTHONPATH")
        return 2
    if options.device == "cuda" and not _has_gpu():
        print("gpu-check: no GPU here that torch can use; nothing was checked")
        return 2
    out = Path(os.environ.get("OUT") or "outputs/gpu-check").absolute()
    out.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    parts: dict[str, dict[str, Any]] = {}
    with (out / "gpu.log").open("w", encoding="utf-8") as log, tempfile.TemporaryDirectory() as scratch:
        for name in options.parts:
            left = TOTAL - (time.monotonic() - begun)
            parts[name] = _run(name, options, Path(scratch) / name, out, log, min(LIMITS[name], left))
            figures = {key: value for key, value in parts[name].items() if key not in ("ok", "seconds")}
            told = "passed" if parts[name]["ok"] else "FAILED"
            print(f"{name:<14}{told}  {parts[name]['seconds']:6.1f} s  {_short(figures)}", flush=True)
            _write(out, parts, begun, options.parts)
    passed = all(part["ok"] for part in parts.values())
    print(f"{'all passed' if passed else 'not all passed'}: {out / 'gpu.json'}, {out / 'gpu.log'}")
    return 0 if passed else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="cuda, or cpu to see that the check itself works")
    parser.add_argument("--smallest", action="store_true", help="as little of each part as shows that it works")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"all by default: {', '.join(LIMITS)}")
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in LIMITS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(LIMITS)}")
    options.parts = options.parts or list(LIMITS)
    return options


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def _run(name: str, options: argparse.Namespace, scratch: Path, out: Path, log: Any, seconds: float) -> dict[str, Any]:
    """One part in a process group of its own; what it found, or why there is nothing."""
    begun = time.monotonic()
    scratch.mkdir()
    found = scratch / "found.json"
    plugins = scratch / "site" / "hydra_plugins"
    plugins.mkdir(parents=True)  # what an installation puts beside hydra's own
    shutil.copy(ROOT / "gan_cli" / "hydra_plugin.py", plugins / "gan_cli_sweepers.py")
    log.write(f"\n===== {name} =====\n")
    log.flush()
    path = [str(ROOT), str(scratch / "site"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    command = [sys.executable, str(HERE / "parts.py"), name, options.device, str(int(options.smallest)), str(out)]
    process = subprocess.Popen(
        command, cwd=scratch, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        code = process.wait(timeout=max(seconds, 1.0))
        error = "" if code == 0 else f"ended with {code}; see gpu.log"
    except subprocess.TimeoutExpired:
        error = f"not done after {seconds:.0f} s"
    finally:
        _end(process)
    result = json.loads(found.read_text()) if found.is_file() else {}
    ok = bool(result.pop("ok", False)) and not error
    reason = {} if ok else {"error": error or result.pop("error", "it found a fault; see gpu.log")}
    return {"ok": ok, "seconds": round(time.monotonic() - begun, 1), **reason, **result}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of a part goes on beside the next one."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _write(out: Path, parts: dict[str, dict[str, Any]], begun: float, asked: list[str]) -> None:
    """After each part, so that whoever stops us has the figures so far."""
    complete = list(parts) == asked
    found = {
        "ok": complete and all(part["ok"] for part in parts.values()),
        "complete": complete,
        "seconds": round(time.monotonic() - begun, 1),
        "parts": parts,
    }
    (out / "gpu.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _short(figures: dict[str, Any]) -> str:
    plain = {key: value for key, value in figures.items() if isinstance(value, (str, int, float))}
    return ", ".join(f"{key} {value}" for key, value in plain.items())[:200]


if __name__ == "__main__":
    sys.exit(main())
