"""The machine's switches: what `runtime.precision` and `runtime.deterministic` mean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from gan_cli.errors import SettingError
from gan_cli.runtime import Runtime


@pytest.fixture(autouse=True)
def as_found() -> Iterator[None]:
    matmul, convolutions = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    yield
    torch.set_float32_matmul_precision(matmul)
    torch.backends.cudnn.allow_tf32 = convolutions
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize(
    ("settings", "in_full"),
    [
        ({}, False),
        ({"precision": "bfloat16"}, False),
        ({"precision": "float32"}, True),
        ({"deterministic": True}, True),
    ],
)
def test_float32_is_multiplied_in_full_where_it_is_asked_for(settings: dict[str, object], in_full: bool) -> None:
    Runtime(device="cpu", **settings).setup(0)  # type: ignore[arg-type]
    assert (torch.get_float32_matmul_precision() == "highest") == in_full
    assert torch.backends.cudnn.allow_tf32 != in_full


def test_torchrun_chooses_the_gpu_of_each_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "0"), ("LOCAL_WORLD_SIZE", "2")):
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match="with torchrun each process has a GPU of its own; use cuda"):
        Runtime(device="cuda:0")


@pytest.mark.parametrize(("named", "index"), [("cuda", 0), ("auto", 0), ("cuda:1", 1)])
def test_a_gpu_always_has_an_index_because_torch_asks_for_one(monkeypatch, named: str, index: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert Runtime(device=named).device == torch.device("cuda", index)
