from __future__ import annotations

import os
import pty
import re
import resource
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from gan_cli import __version__
from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import PACKAGE, config_dir, groups, meaning
from gan_cli.config.runs import flatten
from gan_cli.help import verbs

SMALL = (
    "generator.base_channels=4",
    "discriminator.base_channels=4",
    "trainer.batch_size=4",
    "telemetry.num_samples=4",
    "runtime.device=cpu",
)
NOTE = re.compile(r"^#   (\S+)  (\S.*)$")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A person's own groups: a data set of theirs and a recipe."""
    folder = tmp_path / "mine"
    for path, text in {
        "data/threes.yaml": "# only the threes\ndefaults:\n  - digits\nclasses: [3]\n",
        "model/tiny.yaml": (
            "# @package _global_\n# two small layers\ndefaults:\n  - override /generator: mlp\n"
            "  - override /discriminator: mlp\n  - override /data: threes\n"
            "generator:\n  widths: [6]\ndiscriminator:\n  widths: [6]\ntrainer:\n  steps: 2\n"
        ),
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def start(*command: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command of this checkout in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, **settings)  # type: ignore[call-overload,no-any-return]


def notes(verb: str, heading: str) -> dict[str, str]:
    """The lines under `# help:<heading>` of a primary config."""
    text = (config_dir() / f"{verb}.yaml").read_text(encoding="utf-8")
    _, _, rest = text.partition(f"# help:{heading}\n")
    lines = rest.split("# help:")[0].splitlines()
    return dict(found.groups() for line in lines if (found := NOTE.match(line)))


@pytest.mark.parametrize("typed", [(), ("--help",), ("-h",), ("help",)])
def test_overview_names_every_verb(gan, typed: tuple[str, ...]) -> None:
    result = gan(*typed)
    assert result.code == 0 and result.err == ""
    lines = result.out.splitlines()
    for verb in verbs():
        at = next(index for index, line in enumerate(lines) if line.startswith(f"  {verb} "))
        assert len(lines[at].split()) > 3 and lines[at + 1].strip().startswith(f"$ gan {verb}")


def test_the_promised_verbs_are_there() -> None:
    assert {"train", "sample", "inspect"} <= set(verbs())
    assert all((config_dir() / f"{verb}.yaml").is_file() for verb in verbs())


@pytest.mark.parametrize("typed", [("--version",), ("-V",), ("train", "--version")])
def test_version(gan, typed: tuple[str, ...]) -> None:
    assert gan(*typed).out == f"gan {__version__}\n"


def test_python_m_is_gan(tmp_path: Path) -> None:
    here, there = start(sys.executable, "-m", "gan_cli", cwd=tmp_path), start(sys.executable, "-m", "gan_cli", "--help")
    assert here.returncode == 0 and here.stdout == there.stdout and "verbs" in here.stdout


def test_unknown_verb(gan) -> None:
    result = gan("trian")
    assert result.code == 2 and "did you mean train?" in result.err and result.out == ""


def test_help_lists_every_choice_with_its_meaning(gan) -> None:
    known = groups([config_dir()])
    out = gan("train", "--help", "all").out
    words = " ".join(out.split())
    for group in ("model", "data", "generator", "discriminator", "loss", "balance", "optim"):
        assert f"\n  {group}=" in out
        for choice, path in known[group].items():
            assert re.search(rf"^    {choice} ", out, re.MULTILINE)
            assert meaning(path) and " ".join(meaning(path).split()) in words


def test_help_shows_settings_defaults_and_four_examples(gan) -> None:
    out = gan("train", "--help", "all").out
    for line in ("generator.depth=null", "trainer.batch_size=128", "optim.generator.lr=0.0002", "seed=0", "data.root="):
        assert re.search(rf"^  {re.escape(line)}(\s|$)", out, re.MULTILINE), line
    assert "(default: dcgan)" in out and "balance=  (default: [ema])" in out
    examples = out.partition("\nexamples\n")[2].partition("\n\n")[0].splitlines()
    assert len(examples) == 4 and all(line.startswith("  gan train") for line in examples)
    assert "--config-dir" in out and "--cfg job" in out


def test_help_follows_what_was_typed(gan) -> None:
    out = gan("train", "model=mlp", "data=ring", "trainer.steps=7", "--help", "all").out
    assert "(default: ring)" in out and "\n  trainer.steps=7 " in out
    assert "\n  generator.kernel_size=" not in out and "\n  data.root=" not in out


@pytest.mark.parametrize("typed", [("model=dcgn",), ("-m", "loss=hinge,minimax"), ("generator.dpeth=3",)])
def test_help_helps_whatever_was_typed(gan, typed: tuple[str, ...]) -> None:
    result = gan("train", *typed, "--help", "all")
    assert result.code == 0 and "(default: dcgan)" in result.out and "\n  trainer.steps=3000 " in result.out


@pytest.mark.parametrize("columns", [60, 80, 110])
def test_help_fits_the_terminal(gan, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = gan("train", "--help").out.partition("\nexamples")[0]
    assert "what they mean, and more: gan train --help all" in out
    assert len(out.splitlines()) < (75 if columns > 60 else 85)
    assert max(len(line) for line in out.splitlines() if "run=outputs" not in line) <= columns


def test_the_first_help_names_every_choice_and_the_settings_that_people_begin_with(gan) -> None:
    out = gan("train", "data=mnist", "--help").out
    assert re.search(r"^  data=mnist +chirps, cifar10, ", out, re.MULTILINE)
    named = {word.strip(",") for line in out.splitlines() if not line.startswith("  gan") for word in line.split()}
    for group in ("model", "data", "loss", "balance", "optim", "metric", "experiment"):
        assert set(groups([config_dir()])[group]) <= named
    assert set(notes("train", "settings")) <= {word.partition("=")[0] for word in named}


def test_verbs_are_listed_as_people_need_them(gan) -> None:
    lines = [line.split()[0] for line in gan("--help").out.splitlines() if re.match(r"  \w", line)]
    assert lines == ["train", "cure", "sample", "encode", "evaluate", "compare", "inspect", "benchmark"]


def test_help_of_a_persons_own_groups(gan, mine: Path) -> None:
    out = gan("train", "--config-dir", str(mine), "--help", "all").out
    assert re.search(r"^    threes +only the threes$", out, re.MULTILINE)
    assert re.search(r"^    tiny +two small layers$", out, re.MULTILINE)


@pytest.mark.parametrize("verb", verbs())
def test_settings_in_help_exist(verb: str) -> None:
    """With the default choices, or with another choice of the group that the setting belongs to."""
    values = dict(flatten(plain(compose_full(verb, []))))
    named = notes(verb, "settings") | notes(verb, "more")
    assert named
    for key in named:
        group = key.partition(".")[0]
        others = groups([config_dir()]).get(group, {})
        found = key in values or any(
            key.removeprefix(f"{group}.") in yaml.safe_load(p.read_text()) for p in others.values()
        )
        assert found, f"# help:settings of {verb}.yaml names {key}, which nothing has"
    missing = [key for key in named if key not in values]
    assert set(missing) <= {"data.root", "data.shape"}


@pytest.mark.parametrize("verb", verbs())
def test_groups_in_help_exist(verb: str) -> None:
    text = (config_dir() / f"{verb}.yaml").read_text(encoding="utf-8")
    _, _, rest = text.partition("# help:groups\n")
    named = {line.removeprefix("#   ") for line in rest.split("# help:")[0].splitlines()}
    assert named - {"experiment", "sweep"} <= set(groups([config_dir()]))


def test_cfg_job_shows_the_settings(gan, tmp_path: Path) -> None:
    result = gan("train", "trainer.steps=5", "--cfg", "job", "loss=hinge")
    assert result.code == 0
    shown = yaml.safe_load(result.out)
    assert shown["trainer"]["steps"] == 5 and shown["loss"] == {"_target_": "gan_cli.losses.Hinge"}
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_has_a_folder_for_each_point(gan) -> None:
    """With the flag between the overrides, where argparse alone would refuse it."""
    result = gan("train", "seed=1", "-m", "trainer.steps=1,2", *SMALL, "hydra.sweep.dir=swept")
    assert result.code == 0, result.err
    found = {path.parent for path in Path("swept").rglob("config.yaml")}
    assert len(found) == 2
    steps = {yaml.safe_load((run / "config.yaml").read_text())["trainer"]["steps"]: run for run in found}
    assert set(steps) == {1, 2} and "trainer.steps=2" in steps[2].name
    assert (steps[2] / "checkpoints" / "step_00000002.pt").is_file()


def test_one_wrong_point_stops_a_sweep_before_its_first_job(gan) -> None:
    result = gan("train", "-m", "generator.depth=1,9", *SMALL, "hydra.sweep.dir=swept")
    assert result.code == 2 and "generator.depth=9" in result.err
    assert not list(Path(".").rglob("config.yaml"))


def test_a_persons_own_data_and_recipe(gan, mine: Path) -> None:
    typed = ("model=tiny", "trainer.batch_size=4", "runtime.device=cpu", "run=here")
    result = gan("train", *typed[:2], "--config-dir", str(mine), *typed[2:])
    assert result.code == 0, result.err
    config = yaml.safe_load(Path("here/config.yaml").read_text())
    assert (config["name"], config["data"]["classes"], config["generator"]["widths"]) == ("tiny-threes", [3], [6])
    again = gan("train", "run=here", "trainer.steps=3")  # the folder knows everything
    assert again.code == 0, again.err
    assert Path("here/checkpoints/step_00000003.pt").is_file()


def test_a_config_folder_that_is_not_there(gan) -> None:
    result = gan("train", "--config-dir", "nowhere")
    assert result.code == 2 and "no such folder" in result.err and "nowhere/data/mine.yaml" in result.err


def complete(gan, monkeypatch: pytest.MonkeyPatch, line: str) -> list[str]:
    monkeypatch.setenv("COMP_LINE", line)
    result = gan("-sc", "query=bash")
    assert result.code == 0 and result.err == ""
    return list(result.out.splitlines())


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("gan ", [*verbs(), "completion"]),
        ("gan tr", ["train"]),
        ("gan trian mod", []),
        ("gan train mod", ["model="]),
        ("gan train model=dc", ["model=dcgan"]),
        ("gan train generator.ba", ["generator.base_channels="]),
        ("gan train model=mlp generator.ker", []),
        ("gan train seed=1 -m loss=hin", ["loss=hinge"]),
        ("gan train -m loss=hinge,was", ["loss=hinge,wasserstein"]),
        ("gan train balance=[em", ["balance=[ema"]),
        ("gan train 'balance=[em", ["balance=[ema"]),
        ("gan train --c", ["--cfg", "--config-dir"]),
        ("gan train --cfg j", ["job"]),
        ("gan train --config-dir ", []),
        ("gan train run=", []),
        ("gan sample nu", ["num="]),
        ("gan train data.root=./", []),
        ("gan train 'broken", []),
    ],
)
def test_completion(gan, monkeypatch: pytest.MonkeyPatch, line: str, answers: list[str]) -> None:
    assert complete(gan, monkeypatch, line) == answers


def test_completion_knows_a_persons_own_groups(gan, monkeypatch: pytest.MonkeyPatch, mine: Path) -> None:
    assert complete(gan, monkeypatch, f"gan train --config-dir {mine} data=thr") == ["data=threes"]
    assert complete(gan, monkeypatch, "gan train data=thr") == []


def test_completion_offers_groups_and_settings(gan, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = complete(gan, monkeypatch, "gan train ")
    assert {"model=", "data=", "generator.", "trainer.", "seed="} <= set(answers)
    assert not [answer for answer in answers if answer.startswith("hydra")]
    assert complete(gan, monkeypatch, "gan train hydra.sw")


BASH = shutil.which("bash")


class Shell:
    """An interactive bash with our completion, typed into like a person does."""

    def __init__(self, folder: Path) -> None:
        self._terminal, inside = pty.openpty()
        self._process = subprocess.Popen(
            [str(BASH), "--norc", "--noprofile", "-i"],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            cwd=folder,
            env={**os.environ, "PS1": "$ ", "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(inside)
        self.type("bind 'set enable-bracketed-paste off'; unset HISTFILE\n", until="$ ")
        self.type(f"gan() {{ '{sys.executable}' -m gan_cli \"$@\"; }}; echo re''ady\n", until="ready")
        self.type('eval "$(gan completion)"; complete -p gan\n', until="-F _gan gan")

    def type(self, keys: str, *, until: str, seconds: float = 30.0) -> str:
        os.write(self._terminal, keys.encode())
        seen, end = "", time.monotonic() + seconds
        while until not in seen and time.monotonic() < end:
            if select.select([self._terminal], [], [], 0.1)[0]:
                seen += os.read(self._terminal, 4096).decode()
        return seen

    def complete(self, line: str, expected: str) -> str:
        """What stands on the line after TAB; the line is thrown away."""
        seen = self.type(f"{line}\t", until=expected)
        self.type("\x15", until="\x00", seconds=0.2)
        return seen

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_completion_in_a_real_bash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE.parent))
    (tmp_path / "photographs").mkdir()
    shell = Shell(tmp_path)
    try:
        for line, expected in {
            "gan tr": "gan train ",
            "gan train mod": "gan train model=",
            "gan train model=dc": "gan train model=dcgan ",
            "gan train generator.ba": "gan train generator.base_channels=",
            "gan train 'balance=[e": "gan train 'balance=[ema'",
            "gan train data.root=pho": "gan train data.root=photographs/",
        }.items():
            assert expected in shell.complete(line, expected)
    finally:
        shell.close()


def modules_after(*typed: str) -> tuple[str, set[str]]:
    """What a command prints, and the modules that are loaded when it has ended."""
    code = (
        "import sys\nfrom gan_cli.cli import main\n"
        f"try:\n    main({list(typed)!r})\nexcept SystemExit:\n    pass\n"
        "print('loaded', *sys.modules, file=sys.stderr)\n"
    )
    result = start(sys.executable, "-c", code)
    return result.stdout, set(result.stderr.partition("loaded ")[2].split())


@pytest.mark.parametrize("typed", [(), ("--help",), ("--version",), ("completion",)])
def test_quick_answers_load_neither_torch_nor_hydra(typed: tuple[str, ...]) -> None:
    out, loaded = modules_after(*typed)
    assert out and "gan_cli.cli" in loaded
    assert not loaded & {"torch", "numpy", "hydra", "omegaconf", "rich", "yaml"}


@pytest.mark.parametrize("typed", [("train", "--cfg", "job"), ("train", "--help"), ("sample", "--cfg", "job")])
def test_showing_settings_does_not_load_torch(typed: tuple[str, ...]) -> None:
    out, loaded = modules_after(*typed)
    assert "seed" in out and "hydra" in loaded
    assert not loaded & {"torch", "numpy", "sklearn", "matplotlib"}


@pytest.mark.parametrize(("typed", "seconds"), [(("--help",), 0.15), (("train", "--cfg", "job"), 0.6)])
def test_starts_quickly(typed: Sequence[str], seconds: float) -> None:
    """Seconds of CPU, the best of five: what others do on this machine is not ours."""
    taken = []
    for _ in range(5):
        begun = cpu_of_children()
        assert start(sys.executable, "-m", "gan_cli", *typed).returncode == 0
        taken.append(cpu_of_children() - begun)
        if taken[-1] <= seconds:
            return
    assert min(taken) <= seconds, f"the best of {len(taken)} took {min(taken):.2f} s"


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
