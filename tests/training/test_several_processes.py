"""Two processes that train together do what one process does, for every technique that there is."""

from __future__ import annotations

import pytest
from real_run import TECHNIQUES
from two_processes import Case, Comparison, compare

GROUP_NORM = ("generator.norm=group", "discriminator.norm=group")

Results = dict[str, Comparison]

OF_ITS_OWN_BATCH = {
    "diff_augment": "random numbers",
    "dragan": "random numbers, and the deviation of a batch",
    "feature_matching": "the mean features of a batch, squared",
    "gradient_penalty": "random numbers",
    "instance_noise": "random numbers",
    "label_flip": "random numbers",
    "minibatch_stddev": "the deviations of a batch",
    "pulling_away": "the pairs within a batch",
    "replay": "random numbers, and a buffer in each process",
    "unrolled": "updates of a copy of D by the process's own samples",
}
"""Techniques with which two processes do not compute what one does, and why."""


@pytest.fixture(scope="module")
def results() -> Results:
    return compare(
        {
            "together": Case(["ema", "r1", "accuracy_band"], GROUP_NORM, steps=20),
            "together, float32": Case(["ema", "r1", "accuracy_band"], GROUP_NORM, steps=20, double=False),
            "several updates": Case(["gap_lr"], ("trainer.d_steps=2", "trainer.g_steps=2", *GROUP_NORM)),
            "pairs": Case([], ("loss=relativistic", "trainer.clip_grad_norm=0.5", *GROUP_NORM)),
            "batch norm": Case([], ("discriminator.norm=batch",)),
            **{name: Case([name], ("generator.norm=group",)) for name in TECHNIQUES},
        }
    )


def test_two_processes_train_like_one_with_a_penalty_a_controller_and_an_average(results: Results) -> None:
    exact, single = results["together"], results["together, float32"]
    assert exact.distance < 1e-12
    assert exact.readings < 1e-12
    assert single.distance < 1e-6
    assert single.readings < 1e-6


@pytest.mark.parametrize("name", ["several updates", "pairs"])
def test_two_processes_train_like_one(name: str, results: Results) -> None:
    assert results[name].distance < 1e-12
    assert results[name].readings < 1e-12


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_technique_does_in_two_processes_what_it_does_in_one(name: str, results: Results) -> None:
    assert (results[name].distance < 1e-12) is (name not in OF_ITS_OWN_BATCH)
    assert results[name].distance < 0.05


def test_both_processes_have_the_same_weights_to_the_last_bit(results: Results) -> None:
    assert [name for name, found in results.items() if not found.alike] == []


def test_both_processes_have_the_same_state_of_their_techniques_but_for_what_is_made_of_their_own_samples(
    results: Results,
) -> None:
    # with batch norm, the average of the generator has the statistics of the process's own samples
    assert {name for name, found in results.items() if not found.states_alike} == {"batch norm", "replay"}


def test_batch_norm_takes_the_statistics_of_a_process(results: Results) -> None:
    assert results["batch norm"].distance > 1e-6
