"""People's own classes: found here and in their config folder, and what is wrong with them said in a line or two."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SMALL

from gan_cli import own_code

NETWORK = """
import torch
from torch import nn
from gan_cli.networks.base import Latent

class Dense(nn.Module):
    def __init__(self, spec, *, latent_dim: int = 8):
        super().__init__()
        self.latent = Latent(latent_dim)
        self.shape = spec.shape
        self.layer = nn.Linear(latent_dim, torch.Size(spec.shape).numel())

    def forward(self, z):
        return torch.tanh(self.layer(z)).unflatten(1, self.shape)
"""


@pytest.fixture(autouse=True)
def forgotten(tmp_path: Path) -> Iterator[None]:
    """Modules of one test are not there in the next."""
    path = sys.path[:]
    yield
    sys.path[:] = path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]
    own_code._homes.clear()


def choice(folder: Path, group: str, **node: Any) -> str:
    """A choice `mine` of a group, below a folder; gives the flag that names it."""
    file = folder / group / "mine.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(node, sort_keys=False))
    return f"--config-dir={folder}"


def command(group: str, target: str, **node: Any) -> list[str]:
    """A short training with a class of one's own."""
    small = [word for word in SMALL if not word.startswith(f"{group}.")]
    flag = choice(Path("conf"), group, _target_=target, **node)
    return ["train", flag, f"{group}=mine", *small, "metric=[]", "run=there"]


@pytest.mark.parametrize("place", [".", "conf", "elsewhere/conf"])
def test_a_class_is_found_in_the_current_folder_and_in_a_config_folder(gan: Any, place: str) -> None:
    flag = choice(Path(place) / "." if place != "." else Path("conf"), "generator", _target_="mine.Dense", latent_dim=4)
    (Path(place) / "mine.py").write_text(NETWORK)
    small = [word for word in SMALL if not word.startswith("generator.")]
    result = gan("train", flag, "generator=mine", *small, "metric=[]", "run=here")
    assert result.code == 0, result.err
    assert yaml.safe_load(Path("here/config.yaml").read_text())["generator"] == {
        "_target_": "mine.Dense",
        "latent_dim": 4,
    }


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("class Other: pass", "mine has no Dense"),
        ("class Densse: pass", "mine has no Dense; did you mean Densse?"),
        ("def broken(:", "cannot be imported: mine.py, line 1: SyntaxError: invalid syntax"),
        ("\nimport nosuchthing", "mine.py, line 2: ModuleNotFoundError: No module named 'nosuchthing'"),
        ("from torch import nosuch", "mine.py, line 1: ImportError: cannot import name 'nosuch' from 'torch'"),
        ("1 / 0", "mine.py, line 1: ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(3)", "mine.py, line 2: SystemExit: 3"),
        ("def Dense(spec): ...", "is no class; must be a generator: an nn.Module built as Name(spec, *, settings)"),
        ("class Dense:\n    latent = 3", "must be a generator: an nn.Module"),
        (NETWORK.replace("self.latent = Latent(latent_dim)", ""), "has no `latent`; must be a generator"),
        (
            NETWORK.replace("(spec.shape).numel()", "(spec.size).numel()"),
            "mine.py, line 11: AttributeError: 'SampleSpec'",
        ),
        (NETWORK.replace("super().__init__()", "pass"), "mine.py, line 11: AttributeError: cannot assign module"),
        (NETWORK.replace("self.layer(z)", "self.layr(z)"), "mine.py, line 14: AttributeError: 'Dense' object"),
        (NETWORK.replace(".unflatten(1, self.shape)", ""), "gives (8, 64) for a batch of 8; must give (8, 1, 8, 8)"),
        (NETWORK.replace("return", "return None and"), "gives a NoneType for a batch of 8; must give (8, 1, 8, 8)"),
        (
            NETWORK.replace("Latent(latent_dim)", "Latent(latent_dim + 1)"),
            "mine.py, line 14: RuntimeError: mat1 and mat2",
        ),
    ],
)
def test_what_is_wrong_with_a_network_is_said_in_a_line(
    refused: Callable[..., str], tmp_path: Path, code: str, words: str
) -> None:
    (tmp_path / "mine.py").write_text(code)
    message = refused(*command("generator", "mine.Dense"))
    assert message.startswith("gan train: generator._target_=mine.Dense: ")
    assert words in message and len(message.splitlines()) == 1


def test_settings_in_front_of_the_star_are_told_of(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(NETWORK.replace("(self, spec, *, latent_dim: int = 8)", "(self, latent_dim)"))
    message = refused(*command("generator", "mine.Dense", latent_dim=4))
    words = "is a positional argument, which the program itself passes; settings must be keyword-only"
    assert f"generator.latent_dim=4: {words}" in message
    assert "mine.py, line 10: NameError: name 'spec' is not" in refused(*command("generator", "mine.Dense"))


def test_a_module_that_is_nowhere_is_looked_for_by_name(refused: Callable[..., str]) -> None:
    message = refused(*command("generator", "nowhere.at.Dense"))
    assert "no such class: there is no nowhere.py in . or conf, and no such package; name its folder" in message


OTHERS = {
    "discriminator": (
        "from torch import nn\nclass D(nn.Module):\n    def __init__(self, spec):\n        super().__init__()\n"
        "        self.layer = nn.Linear(64, 1)\n    def forward(self, x):\n        return self.layer(x.flatten(1))\n",
        "gives (8, 1) for a batch of 8; must give (8,); must be a discriminator",
    ),
    "loss": (
        "from gan_cli.losses import Hinge\nclass D(Hinge):\n"
        "    def generator(self, fake, real=None):\n        return fake.men()\n",
        "mine.py, line 4: AttributeError: 'Tensor' object has no attribute 'men'",
    ),
    "data": (
        "class D:\n    spec = (1, 8, 8)\n    def prepare(self): ...\n    def load(self): ...\n",
        "its `spec` is a tuple; must be a gan_cli.spec.SampleSpec",
    ),
}


@pytest.mark.parametrize("group", OTHERS)
def test_what_is_wrong_with_other_classes_is_said_in_a_line(
    refused: Callable[..., str], tmp_path: Path, group: str
) -> None:
    code, words = OTHERS[group]
    (tmp_path / "mine.py").write_text(code)
    message = refused(*command(group, "mine.D"))
    assert message.startswith(f"gan train: {group}._target_=mine.D: ") and words in message


BROKEN_HOOKS = {
    "def perturb(self, samples): ...": "its `perturb` gives a NoneType for a batch of ",
    "def perturb(self, samples): return samples[:1]": "its `perturb` gives (1, 1, 8, 8) for a batch of ",
    "def perturb(self, samples): return samples.nothing": "mine.py, line 3: AttributeError: ",
    "def relabel(self, real, fake): ...": "does not fit the others in a training step: TypeError: ",
}


@pytest.mark.parametrize("hook", BROKEN_HOOKS)
def test_a_technique_that_breaks_the_game_is_told_of(refused: Callable[..., str], tmp_path: Path, hook: str) -> None:
    (tmp_path / "mine.py").write_text(
        f"from gan_cli.balance.base import Technique\nclass Null(Technique):\n    {hook}\n"
    )
    words = refused("train", "++balance.null={_target_:mine.Null}", *SMALL, "metric=[]", "run=there")
    assert f"balance.null._target_=mine.Null: {BROKEN_HOOKS[hook]}" in words


def test_a_mistake_in_their_code_shows_its_trace_on_demand(gan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.py").write_text("1 / 0")
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    result = gan(*command("generator", "mine.Dense"))
    assert result.code == 2 and "ZeroDivisionError: division by zero" in result.err
    assert 'mine.py", line 1' in result.err and "Traceback" in result.err


def test_a_file_in_the_current_folder_is_never_run_unasked(gan: Any) -> None:
    for name in ("yaml", "losses", "gan_cli", "optim", "nosuch"):
        Path(f"{name}.py").write_text("open('owned', 'w')")
    assert gan("train", "loss=hinge", *SMALL, "metric=[]", "run=here").code == 0
    config = yaml.safe_load(Path("here/config.yaml").read_text())
    for target in ("nosuch.Net", "gan_cli.nosuch.Net", "losses.Hinge"):
        Path("here/config.yaml").write_text(yaml.safe_dump({**config, "loss": {"_target_": target}}))
        for verb in (["sample"], ["evaluate"], ["train"]):
            assert gan(*verb, "run=here").code == 2
        gan("compare", "here")
    assert not Path("owned").exists()


def test_a_run_with_a_class_of_ones_own_is_used_with_trust(gan: Any) -> None:
    Path("mine.py").write_text(NETWORK)
    whole = [*command("generator", "mine.Dense")[:-1], "run=here"]
    done = gan(*whole)
    assert done.code == 0 and "gan sample run=here trust=true" in done.err
    config = Path("here/config.yaml").read_bytes()
    for verb in (["sample", "num=4"], ["evaluate", "metric=[energy_distance]", "num=24"], ["train", "trainer.steps=6"]):
        message = gan(*verb, "run=here")
        assert message.code == 2 and message.err.count("trust=true if you know its author") == 1
        found = gan(*verb, "run=here", "trust=true")
        assert found.code == 0, found.err
    assert b"trust" not in Path("here/config.yaml").read_bytes()
    assert Path("here/config.yaml").read_bytes() == config.replace(b"steps: 4", b"steps: 6")
    assert gan(*whole, "trainer.steps=8").code == 0


@pytest.mark.parametrize(
    ("gives", "words"),
    [
        ("{'darkness': 1 / 0}", "mine.py, line 5: ZeroDivisionError: division by zero"),
        ("{}", "measure() gives no number for darkness, which `results` names"),
        ("0.5", "measure() gives a float; must give a dict of numbers: darkness"),
        ("{'darkness': trial.fake}", "measure() gives no number for darkness, which `results` names"),
    ],
)
def test_a_metric_of_ones_own_is_tried_before_anything_is_trained(refused: Any, gives: str, words: str) -> None:
    Path("mine.py").write_text(
        "from gan_cli.metrics.base import Metric\nclass Darkness(Metric):\n    results = {'darkness': 'high'}\n"
        f"    def measure(self, trial):\n        return {gives}\n"
    )
    message = refused("train", *SMALL, "++metric.measures={darkness:{_target_:mine.Darkness}}", "metric=[]", "run=here")
    assert message.startswith("gan train: metric.measures.darkness._target_=mine.Darkness: ")
    assert words in message


def test_compare_asks_a_metric_of_ones_own_with_trust(gan: Any) -> None:
    Path("mine.py").write_text(
        "from gan_cli.metrics.base import Metric\nclass Darkness(Metric):\n    results = {'darkness': 'high'}\n"
        "    def measure(self, trial):\n        return {'darkness': -float(trial.fake.x.mean())}\n"
    )
    own = ("++metric.measures={darkness:{_target_:mine.Darkness}}", "metric=[]")
    for seed in ("0", "1"):
        result = gan("train", *SMALL, *own, f"seed={seed}", f"run=runs/{seed}")
        assert result.code == 0, result.err
    strange = gan("compare", "runs", "by=darkness")
    assert strange.code == 0 and "trust=true if you know its author" in strange.out
    trusted = gan("compare", "runs", "by=darkness", "trust=true")
    assert trusted.code == 0 and "higher is better" in trusted.out and "not known" not in trusted.out


def test_the_plain_loop_of_a_benchmark_finds_the_classes_too(tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    choice(conf, "generator", _target_="theirs.Dense", latent_dim=4)
    (conf / "theirs.py").write_text(NETWORK)
    (tmp_path / "yaml.py").write_text("open('owned', 'w')")
    small = [word for word in SMALL if not word.startswith("generator.")]
    typed = [f"--config-dir={conf}", "generator=mine", *small, "benchmark.rounds=2", "benchmark.steps=2"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "gan_cli", "benchmark", *typed, "benchmark.workers=0", "metric=[]"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0 and "samples/s" in done.stdout, done.stderr
    assert not (tmp_path / "owned").exists()


def test_workers_find_the_classes_too(tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    choice(conf, "generator", _target_="theirs.Dense", latent_dim=4)
    (conf / "theirs.py").write_text(NETWORK)
    small = [word for word in SMALL if not word.startswith("generator.")]
    typed = ["-m", f"--config-dir={conf}", "generator=mine", "seed=0,1", "hydra/launcher=local", "workers=2", *small]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "gan_cli", "train", *typed, "metric=[]", "sweep_name=s"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("outputs/sweep/*/s/*/summary.json"))) == 2


def test_a_mistake_in_mid_run_names_the_line_and_the_checkpoint(gan: Any) -> None:
    late = NETWORK.replace(
        "    def forward(self, z):", "    calls = 0\n\n    def forward(self, z):\n        Dense.calls += 1"
    )
    Path("mine.py").write_text(late.replace("return", "1 / (Dense.calls < 40)\n        return"))
    result = gan(*command("generator", "mine.Dense")[:-1], "run=here", "trainer.steps=400")
    assert result.code == 1, result.err
    first, *others = result.err[result.err.index("gan train: ") :].splitlines()
    assert first.endswith("here: mine.py, line 17: ZeroDivisionError: division by zero")
    assert "HYDRA_FULL_ERROR=1" in others[0] and "here trust=true`" in others[1]
    assert "the checkpoint of step" in others[1].lower() and len(others) == 2


LOADS = {
    "return torch.zeros(9, 1, 8, 8)": "load() gives a Tensor; must give a gan_cli.data.base.Split",
    "return Split(torch.zeros(9, 1, 8, 8), None)": "load() gives samples as a Tensor; must be a gan_cli.data.base",
    "return Split(Table(torch.zeros(9, 8, 8, dtype=torch.uint8)), None)": "samples of shape (8, 8); its spec says",
    "return Split(Table(torch.zeros(9, 1, 8, 8).double()), None)": "samples of type torch.float64; must be uint8",
    "return Split(Table([1]), None)": "a list as samples; must be a tensor",
    "return nosuch": "mine.py, line 11: NameError: name 'nosuch' is not defined",
}


@pytest.mark.usefixtures("wrong_shapes")
@pytest.mark.parametrize("code", LOADS)
def test_what_a_data_set_loads_is_held_against_what_it_states(gan: Any, code: str) -> None:
    Path("mine.py").write_text(
        "import torch\nfrom gan_cli.data.base import Split, Table\nfrom gan_cli.spec import SampleSpec\n\n"
        "class D:\n    spec = SampleSpec((1, 8, 8))\n\n    def prepare(self): ...\n\n"
        f"    def load(self):\n        {code}\n"
    )
    result = gan(*command("data", "mine.D"))
    assert result.code in (1, 2) and LOADS[code] in result.err
    assert len([line for line in result.err.splitlines() if not line.startswith("[")]) <= 3
    assert not Path("there").exists()


def test_a_network_of_ones_own_is_inspected(gan: Any) -> None:
    Path("mine.py").write_text(NETWORK)
    _, flag, chosen, *_ = command("generator", "mine.Dense")
    result = gan("inspect", flag, chosen, "data=digits")
    assert result.code == 0 and "Linear" in result.out, result.err
