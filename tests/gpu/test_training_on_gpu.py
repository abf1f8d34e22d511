"""What only a CUDA device can show; run with -m gpu."""

from __future__ import annotations

import json

import pytest
import torch

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.mark.parametrize("model", ["dcgan", "sn_dcgan", "hinge_resnet", "mlp"])
def test_a_run_trains_and_samples(gan, tmp_path, model):
    result = gan(
        "train", f"model={model}", "runtime.device=cuda", "trainer.steps=20", "telemetry.every=5",
        "trainer.batch_size=32", "run=here",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert json.loads((tmp_path / "here/status.json").read_text())["status"] == "done"
    assert gan("sample", "run=here", "num=4").code == 0
    assert gan("sample", "run=here", "num=4", "device=cpu", "out=on_cpu").code == 0


@pytest.mark.parametrize("model", ["dcgan", "sn_dcgan", "hinge_resnet", "mlp", "lsgan"])
def test_a_step_never_waits_for_the_host(model, tmp_path):
    from gan_cli.config.compose import compose_full, plain
    from gan_cli.session.assemble import Parts

    parts = Parts(plain(compose_full("train", [f"model={model}", "runtime.device=cuda", "trainer.batch_size=32"])))
    runtime, source = parts.runtime(), parts.source()
    runtime.setup(0)
    trainer, _ = parts.trainer(source, source.load(), runtime)
    for _ in range(3):
        trainer.window.add(trainer._game.play(trainer._feed))
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(60):  # more than an epoch of the 1,797 digits
            trainer.window.add(trainer._game.play(trainer._feed))
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert trainer.window.divergence(63) is None


def test_deterministic_runs_are_equal(gan, tmp_path):
    for name in ("one", "two"):
        settings = ("runtime.device=cuda", "runtime.deterministic=true", "trainer.steps=20", "trainer.batch_size=32")
        assert gan("train", *settings, "telemetry.every=5", f"run={name}").code == 0

    def figures(name: str) -> list[dict[str, float]]:
        lines = map(json.loads, (tmp_path / name / "metrics.jsonl").read_text().splitlines())
        return [{key: value for key, value in line.items() if not key.startswith("time/")} for line in lines]

    assert figures("one") == figures("two")
