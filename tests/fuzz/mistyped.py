"""A seeded hand that mistypes commands: verbs, keys, values, choices, quotes, flags, paths, axes, Hydra's settings."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

SMALL = (
    *("trainer.steps=2", "trainer.batch_size=4", "generator.base_channels=4", "discriminator.base_channels=4"),
    *("metric=[]", "telemetry.num_samples=2", "runtime.threads=1"),
)
SOUND = {
    "train": SMALL,
    "inspect": SMALL[2:4],
    "benchmark": (*SMALL, "benchmark.rounds=2", "benchmark.steps=1", "benchmark.workers=0"),
    "sample": ("run=here", "num=2", "formats=[grid]"),
    "evaluate": ("run=here", "num=24", "metric=[energy_distance]", "figures=false"),
    "compare": ("here",),
}
"""A command of each verb that works, and costs little."""

KEYS = {
    "train": (
        *("seed", "name", "sweep_name", "workers", "trust", "trainer.g_steps", "trainer.checkpoint_every", "data.size"),
        *(
            "trainer.keep_checkpoints",
            "trainer.stop_on",
            "trainer.clip",
            "data.classes",
            "data.holdout",
            "loss.smoothing",
        ),
        *("generator.depth", "generator.norm", "generator.latent_dim", "generator.latent", "generator.dropout"),
        *("discriminator.depth", "discriminator.norm", "discriminator.dropout", "discriminator.kernel_size"),
        *("optim.generator.lr", "optim.discriminator.lr", "optim.generator.betas", "balance.ema.half_life"),
        *("balance.ema.ramp", "runtime.device", "runtime.precision", "runtime.threads", "telemetry.every"),
        *("telemetry.samples_every", "telemetry.num_samples", "telemetry.sinks", "diagnosis.window", "metric.best"),
    ),
    "inspect": ("generator.depth", "generator.widths", "discriminator.kernel_size", "data.size", "seed", "name"),
    "benchmark": ("vs", "benchmark.workers", "runtime.device", "generator.norm", "seed", "data.size"),
    "sample": ("seed", "checkpoint", "ema", "truncation", "classes", "formats", "film", "out", "device"),
    "evaluate": ("seed", "checkpoint", "ema", "split", "json", "out", "device", "metric.measures"),
    "compare": ("by", "sort", "apart", "csv", "markdown", "json", "figure", "thumbnails", "tensorboard"),
}
GROUPS = ("model", "data", "generator", "discriminator", "loss", "balance", "optim", "metric", "runtime", "telemetry")

VALUES = (
    *("null", "true", "false", "", "0", "-1", "1.5", "1e3", "1e400", "nan", "inf", "-inf", "4294967295", "4294967296"),
    *(
        "99999999999999999999999",
        "9" * 5_000,
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "{a:1}",
        "{start:1,end:0,steps:3}",
        "[1,two]",
    ),
    *(
        "[1",
        "'",
        '"',
        "'a",
        "a'b",
        "(",
        ")",
        "a b",
        " ",
        "1,2",
        "1,",
        ",",
        "a=b",
        "=",
        "${seed}",
        "${nowhere}",
        "${oc.env:X}",
    ),
    *("${", "$", "\\", "\\'", "/", "..", ".", "~", "*", "?", "!", "@", "#", "%s", "[/x]", "[red]x", "é", "\u202egnp"),
    *("\x1b[31mred", "\n", "\t", "\r", "\udcff", "😀" * 50, "x" * 3_000, "interval(0,1)", "range(3)", "choice(1,2)"),
    *(
        "glob(*)",
        "sort(2,1)",
        "tag(a,1)",
        "int(3)",
        "str(1)",
        "json_str(1)",
        "range(5,0)",
        "range(0,9,0)",
        "???",
        "None",
    ),
)
PATHS = (
    *(
        "",
        "/",
        ".",
        "..",
        "~",
        "~nosuchuser/x",
        "~/r",
        "loop",
        "loop/x",
        "/proc/x",
        "/dev/null",
        "/dev/null/x",
        "here/config.yaml",
    ),
    *(
        "photos",
        "outside/kept.txt",
        "outside/kept.txt/x",
        "r/../../r",
        "r",
        "a=1,b=2",
        "r r",
        "it's",
        "[/x]",
        "\x1b[31m",
        "é",
    ),
    *(
        "x" * 300,
        "x/" * 200,
        "\udcff",
        "nowhere",
        "here",
        "./here",
        "'here'",
        "here/",
        "here//",
        "here/..",
        "file:here",
    ),
)
FLAGS = (
    *("--lr", "--epochs=3", "-x", "--json", "--config-dir", "--config-dir=nowhere", "--config-dir=photos", "--cfg"),
    *(
        "--cfg=nope",
        "--cfg=job",
        "--info=nope",
        "--info",
        "-cn=nope",
        "-cp=nowhere",
        "--package=x",
        "--resolve",
        "--",
        "-",
    ),
    *(
        "---",
        "-m",
        "-mm",
        "--multirun=yes",
        "--help",
        "-h",
        "--version",
        "--experimental-rerun=x",
        "--hydra-help",
        "-r",
    ),
)
AXES = (
    *(
        "seed=1,1",
        "seed=range(5,0)",
        "seed=range(1000000)",
        "seed=range(0,1e400)",
        "seed=interval(0,1)",
        "seed=choice()",
    ),
    *(
        "seed=1,x",
        "loss=hinge,null",
        "loss=hinge,hnge",
        "balance=[ema],[r1]",
        "run=r",
        "sweep_name=../x",
        "sweep_name=s",
    ),
    *(
        "sweep=nosuch",
        "sweep=[]",
        "experiment=nosuch",
        "hydra/sweeper=tpe",
        "hydra/sweeper=nosuch",
        "hydra/launcher=slurm",
    ),
    *(
        "hydra/launcher=nosuch",
        "hydra.sweeper.trials=0",
        "hydra.sweeper.foo=1",
        "hydra.sweep.dir=/proc/x",
        "generator.depth=9,2",
    ),
)
HYDRA = (
    *(
        "hydra.run.dir=x",
        "hydra.job.name=x",
        "hydra.job.chdir=true",
        "hydra.mode=MULTIRUN",
        "hydra.callbacks=null",
        "hydra=1",
    ),
    *(
        "~hydra.callbacks.preflight",
        "~hydra",
        "hydra.output_subdir=x",
        "+hydra.x=1",
        "hydra/help=x",
        "hydra.sweep.dir=x",
    ),
    *("hydra.searchpath=[x]", "hydra.searchpath=3", "hydra.searchpath=[file://nowhere]", "hydra/job_logging=null"),
    *("hydra.verbose=true", "hydra/job_logging=nosuch", "hydra.job.env_set.X=1", "hydra.sweeper.params.seed=1"),
)

Made = tuple[list[str], bool]
"""Words of a command, and whether it has to be refused."""


@dataclass(frozen=True)
class Mistyped:
    """A command, what was done to it, and whether it has to be refused."""

    words: tuple[str, ...]
    how: str
    wrong: bool


def mistyped(count: int, seed: int = 0) -> Iterator[Mistyped]:
    """So many commands, the same for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        how = rng.choice(_HOW)
        words, wrong = how(rng)
        yield Mistyped(tuple(words), how.__name__.strip("_"), wrong)


def _command(rng: random.Random, verbs: Sequence[str] = ()) -> tuple[str, list[str]]:
    verb = rng.choice(verbs or ("train", *SOUND))
    return verb, [verb, *SOUND[verb]]


def _slip(rng: random.Random, word: str) -> str:
    """A word with one letter left out, doubled, changed, or in the wrong place or case."""
    at = rng.randrange(len(word))
    kind = rng.randrange(5)
    left, letter, right = word[:at], word[at], word[at + 1 :]
    return (
        left + right,
        left + letter * 2 + right,
        left + rng.choice("abcxyz_-é") + right,
        left + right[:1] + letter + right[1:],
        left + letter.swapcase() + right,
    )[kind]


def verb_slips(rng: random.Random) -> Made:
    verb, words = _command(rng)
    words[0] = _slip(rng, verb)
    return words, words[0] not in SOUND and bool(words[0])


def key_slips(rng: random.Random) -> Made:
    verb, words = _command(rng)
    key = _slip(rng, rng.choice(KEYS[verb]))
    return [*words, f"{rng.choice(('', '+', '++'))}{key}=1"], key not in KEYS[verb]


def value_is_odd(rng: random.Random) -> Made:
    verb, words = _command(rng)
    return [*words, f"{rng.choice(('', '', '', '+', '++'))}{rng.choice(KEYS[verb])}={rng.choice(VALUES)}"], False


def choice_is_odd(rng: random.Random) -> Made:
    _, words = _command(rng, ("train", "train", "inspect", "evaluate"))
    value = rng.choice((*VALUES, "MNIST", "fid", "photos", "../loss/hinge", "hinge.yaml", "[ema,gp]"))
    return [*words, f"{rng.choice(('', '', '+', '~'))}{rng.choice(GROUPS)}={value}"], False


def nothing_reads_it(rng: random.Random) -> Made:
    _, words = _command(rng, ("train", "inspect", "benchmark"))
    place = rng.choice(("", "optim.", "telemetry.", "telemetry.sinks.x.", "balance.", "metric.measures.x.", "a.b."))
    return [*words, f"{rng.choice(('+', '++'))}{place}nonsense={rng.choice(('1', '[]', 'x'))}"], True


def taken_away(rng: random.Random) -> Made:
    verb, words = _command(rng)
    return [*words, f"~{rng.choice((*KEYS[verb], *GROUPS))}{rng.choice(('', '=1', '='))}"], False


def flag_is_odd(rng: random.Random) -> Made:
    _, words = _command(rng)
    words.insert(rng.randrange(1, len(words) + 1), rng.choice(FLAGS))
    return words, False


def path_is_odd(rng: random.Random) -> Made:
    verb, words = _command(rng)
    keys = {"compare": ("csv", "markdown", "json", "figure", "tensorboard"), "evaluate": ("out", "json", "run")}
    key = rng.choice(keys.get(verb, ("run", "out", "data.root")))
    return [*words, f"{key}={rng.choice(PATHS)}"], False


def bare_word(rng: random.Random) -> Made:
    verb, words = _command(rng)
    return [*words, rng.choice((*PATHS, *VALUES, "mnist", "dcgan"))], False


def axis_is_odd(rng: random.Random) -> Made:
    _, words = _command(rng, ("train", "train", "train", "sample", "inspect"))
    return [*words, "-m", *rng.sample(AXES, rng.randrange(1, 3))], words[0] != "train"


def hydra_is_told(rng: random.Random) -> Made:
    _, words = _command(rng)
    return [*words, rng.choice(HYDRA)], False


def much_at_once(rng: random.Random) -> Made:
    verb, words = _command(rng)
    extra = [f"{_slip(rng, rng.choice(KEYS[verb]))}={rng.choice(VALUES)}" for _ in range(rng.choice((2, 3, 5, 30)))]
    return [*words, *extra], False


def anything(rng: random.Random) -> Made:
    verb, words = _command(rng)
    letters = "ab=.,:[]{}()'\"\\$~+-*/ \n\té😀\x1b@#!%^&|;<>?"
    return [*words, "".join(rng.choice(letters) for _ in range(rng.randrange(1, 30)))], False


_HOW: tuple[Callable[[random.Random], Made], ...] = (
    *(verb_slips, key_slips, value_is_odd, value_is_odd, choice_is_odd, nothing_reads_it, taken_away, flag_is_odd),
    *(path_is_odd, path_is_odd, bare_word, axis_is_odd, hydra_is_told, much_at_once, anything),
)
