"""Whatever is mistyped: one short message that says what to type instead, exit code 2, nothing left behind."""

from __future__ import annotations

import pytest

from gan_cli.arguments import split_arguments
from gan_cli.config import hooks

STEPS = ("trainer.steps=1", "trainer.batch_size=8", "generator.base_channels=4", "discriminator.base_channels=4")


def test_an_unknown_verb(refused):
    message = refused("trian", "data=mnist")
    assert message.startswith("gan: trian: no such verb; did you mean train?")
    assert "sample" in message


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("data=mnits", "data=mnits: no such choice; did you mean mnist? (there are chirps, cifar10, "),
        ("balance=[emma]", "balance=emma: no such choice; did you mean ema? (there are "),
        (
            "generator=3",
            "generator=3: no such choice (there are conv, harmonics, mlp, oscillators, r3gan, ",
        ),
        ("generator.dpeth=3", "generator.dpeth=3: no such setting; did you mean generator.depth?"),
        ("+generator.dpeth=3", "generator.dpeth=3: no such setting; did you mean generator.depth?"),
        ("++generator.dpeth=3", "generator.dpeth=3: no such setting; did you mean generator.depth?"),
        ("latent_dim=3", "latent_dim=3: no such setting; did you mean generator.latent_dim?"),
        ("balance.r1.gamma=3", "balance.r1.gamma=3: balance does not list r1; add 'balance=[ema,r1]'"),
        ("sampler=mine", "sampler=mine: no such setting; --cfg job shows all settings"),
        ("~trainer.steps", "trainer.steps=(nothing): must be given: trainer.steps=...; a setting cannot be removed"),
        ("~trainer.batch_size", "trainer.batch_size=(nothing): must be given: trainer.batch_size=..."),
        ("seed=99999999999999999999999", "seed=99999999999999999999999: must be at most 4294967295"),
        ("seed=18446744073709551615", "seed=18446744073709551615: must be at most 4294967295"),
        ("runtime.threads=1099511627776", "runtime.threads=1099511627776: must be at most 4294967295"),
        ("runtime.threads=5000", "runtime.threads=5000: must be >= 1 and <= 1024"),
        ("optim.generator.lr=inf", "optim.generator.lr=inf: must be a finite number"),
        ("optim.generator.lr=nan", "optim.generator.lr=nan: must be a finite number"),
        ("optim.generator.betas=[0.5,nan]", "optim.generator.betas=[0.5,nan]: each value must be a finite number"),
        ("diagnosis.exploded=inf", "diagnosis.exploded=inf: must be a finite number"),
        ("name=a/../../b", "name=a/../../b: must be a name for a folder below outputs/"),
        ("name=/abs", "name=/abs: must be a name for a folder below outputs/"),
        ("name=", "name=: must be a name for a folder below outputs/"),
        ("seed=many", "seed=many: must be a whole number"),
        ("trainer.steps=1.5", "trainer.steps=1.5: must be a whole number"),
        ("runtime.channels_last=1", "runtime.channels_last=1: must be true or false"),
        ("generator.latent=unifrom", "generator.latent=unifrom: must be one of normal, uniform; did you mean uniform?"),
        ("discriminator.dropout=1.7", "discriminator.dropout=1.7: must be >= 0 and < 1"),
        ("trainer.steps=0", "trainer.steps=0: must be >= 1"),
        ("trainer.steps=1,2", "trainer.steps=1,2: several values; add -m to try each of them, or write one list: "),
        ("data=mnist,digits", "data=mnist,digits: several values; add -m to try each of them"),
        ("seed=range(1,3)", "seed=range(1,3): several values; add -m to try each of them"),
        ("trainer.steps=[1", "trainer.steps=[1: cannot be read; close each bracket, or put the value in quotes"),
        ("seed=${nowhere}", "seed=${nowhere}: Interpolation key 'nowhere' not found"),
        ("trainer.steps", "trainer.steps: not a setting; type group=choice or setting=value, such as data=mnist"),
        ("=3", "=3: not a setting; type group=choice or setting=value"),
        ("generator.depth=9", "generator.depth=9: 8x8 can be halved 3 times at most"),
        ("discriminator.depth=9", "discriminator.depth=9: 8x8 can be halved 3 times at most"),
        ("runtime.device=tpu", "runtime.device=tpu: must be auto, cpu, cuda or cuda:<index>"),
        ("--experimental-rerun=x", "--experimental-rerun: refused; it would unpickle a file; type the command again"),
        ("--mulirun", "--mulirun: no such flag; did you mean --multirun?"),
        ("--config-dir", "--config-dir: needs a value"),
    ],
)
def test_one_mistake(refused, typed, message):
    assert refused("train", *STEPS[1:], typed).startswith(f"gan train: {message}")


def test_the_settings_of_a_whole_sweep(refused):
    assert refused("train", "-m", "--cfg", "job", "seed=1,2").startswith("gan train: --cfg: shows the settings of one")


def test_a_config_folder_that_is_not_there(refused):
    message = refused("train", "--config-dir", "nowhere")
    assert message.startswith("gan train: --config-dir nowhere: no such folder; it holds your own groups, such as ")


def test_a_gpu_that_is_not_there(refused, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert refused("train", "runtime.device=cuda") == (
        "gan train: runtime.device=cuda: no such GPU here (none found); use runtime.device=auto or cpu"
    )


def test_all_that_is_wrong_is_said_together(refused):
    message = refused("train", "model=dcgna", "generator.dpeth=3", "discriminator.dropout=1.7", "seed=[1", settings=4)
    assert "\n  model=dcgna                no such choice; did you mean dcgan? (there are acgan, ali, " in message
    assert "\n  generator.dpeth=3          no such setting; did you mean generator.depth?\n" in message
    assert "\n  discriminator.dropout=1.7  must be >= 0 and < 1" in message
    assert "\n  seed=[1                    cannot be read; " in message


def test_all_that_does_not_fit_together_is_said_together(refused):
    message = refused("train", "generator.depth=9", "discriminator.depth=9", "runtime.device=tpu", settings=3)
    assert "\n  generator.depth=9      8x8" in message
    assert "\n  discriminator.depth=9  8x8" in message
    assert "\n  runtime.device=tpu     must be auto" in message


@pytest.mark.parametrize("verb", ["train", "inspect", "benchmark"])
def test_convolutions_on_points(refused, verb):
    message = refused(verb, "data=ring", "model=dcgan", settings=2)
    for side in ("generator", "discriminator"):
        assert f"{side}=conv" in message
        assert f"the data are 2-d points; use {side}=mlp" in message


def test_a_sweep_with_one_impossible_point_does_not_begin(refused):
    message = refused("train", "-m", *STEPS, "generator.depth=2,9", "seed=1,2")
    assert message.startswith("gan train: the point generator.depth=9 seed=1: generator.depth=9: 8x8 can be halved")


def test_every_value_of_a_sweep_is_checked(refused):
    message = refused("train", "-m", *STEPS, "seed=1,-2,x", "generator=conv,cnov", "loss.smothing=0.1", settings=4)
    for words in ("seed=-2", "seed=x", "generator=cnov", "loss.smothing=0.1"):
        assert f"\n  {words}  " in message


@pytest.mark.parametrize("folder", ["out/depth=3,seed=0", "out/with space (1)", "out/grün", "out/it's", "2026"])
def test_any_folder_name_works_as_it_is_typed(gan, tmp_path, folder):
    assert gan("train", *STEPS, f"run={folder}").code == 0
    assert (tmp_path / folder / "config.yaml").is_file()
    assert "this run is finished" in gan("train", f"run={folder}").out
    assert gan("sample", f"run={folder}", "num=2", "formats=[grid]", f"out={folder}/a,b=c").code == 0
    assert (tmp_path / folder / "a,b=c" / "grid.png").is_file()


@pytest.mark.parametrize(
    ("typed", "plain", "sweep"),
    [
        ("run=out/a-1.b", "run=out/a-1.b", "run=out/a-1.b"),
        ("run=a=1,b=2", "run='a=1,b=2'", "run='a=1','b=2'"),
        ("hydra.sweep.dir=a,b", "hydra.sweep.dir='a,b'", "hydra.sweep.dir='a,b'"),
        ("data.root='a,b'", "data.root='a,b'", "data.root='a,b'"),
        ("run=it's", r"run='it\'s'", r"run='it\'s'"),
        ("out=true", "out='true'", "out='true'"),
        ("run=~/x", "run=/home/me/x", "run=/home/me/x"),
        ("run=~/a=1", "run='/home/me/a=1'", "run='/home/me/a=1'"),
        ("data.root=~", "data.root=/home/me", "data.root=/home/me"),
        ("data.root=null", "data.root=null", "data.root=null"),
        ("data.root=${oc.env:HOME}/x", "data.root=${oc.env:HOME}/x", "data.root=${oc.env:HOME}/x"),
        ("data.root=choice(a,b)", "data.root='choice(a,b)'", "data.root=choice(a,b)"),
        ("reconstruct=my pictures", "reconstruct='my pictures'", "reconstruct='my pictures'"),
        ("reconstruct=~/a.png", "reconstruct=/home/me/a.png", "reconstruct=/home/me/a.png"),
        ("reconstruct=True", "reconstruct=True", "reconstruct=True"),
        ("seed=1,2", "seed=1,2", "seed=1,2"),
    ],
)
def test_paths_are_quoted_for_hydra(monkeypatch, typed, plain, sweep):
    monkeypatch.setenv("HOME", "/home/me")
    assert split_arguments([typed]).overrides == (plain,)
    assert split_arguments([typed, "-m"]).overrides == (sweep,)


@pytest.mark.parametrize("key", ["run", "out", "csv", "json", "reconstruct", "data.root", "hydra.sweep.dir"])
def test_places_that_are_none(refused, key):
    assert refused("train", f"{key}=") == f"gan train: {key}=: is empty; type a path, or leave it out for the default"
    message = refused("train", f"{key}=~nosuchuser/x")
    assert message == f"gan train: {key}=~nosuchuser/x: there is no such user; a folder of this name is ./~nosuchuser/x"


def test_a_sweep_cannot_put_all_its_runs_into_one_folder(refused):
    message = refused("train", "-m", *STEPS, "seed=1,2", "run=here")
    assert message == (
        "gan train: the point seed=1: run=here: in a sweep each run has a folder of its own; "
        "name the sweep's with hydra.sweep.dir=..."
    )


def test_a_person_who_wants_the_stack_trace_gets_it(gan, monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    for typed in ("seed=-1", "generator.depth=9", "seed=1,2"):
        result = gan("train", typed)
        assert result.code == 2
        assert "Traceback" in result.err
        assert result.err.splitlines()[-1].startswith(f"gan train: {typed}: ")


@pytest.mark.parametrize("place", ["preflight", "job"])
def test_a_bug_of_ours_shows_where_it_is(gan, monkeypatch, place):
    def bug(*arguments, **settings):
        raise ValueError("a bug")

    if place == "preflight":
        monkeypatch.setattr(hooks, "check_each", bug)
    else:
        monkeypatch.setattr("gan_cli.session.start.play_stepwise", bug)
    result = gan("train", *STEPS)
    assert result.code == 1
    assert "unexpected error: ValueError: a bug" in result.err


def test_an_interruption_at_the_start_is_quiet(gan, monkeypatch, tmp_path):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    for place in ("gan_cli.session.preflight.check_all", "gan_cli.config.hooks.check_each"):
        with monkeypatch.context() as patch:
            patch.setattr(place, interrupt)
            result = gan("train")
            assert (result.code, result.err, result.out) == (130, "", "")
            assert list(tmp_path.iterdir()) == []
