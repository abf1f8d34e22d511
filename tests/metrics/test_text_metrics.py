"""Metrics of text, by hand: runs of tokens in samples and data, and texts that are new or repeated."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from trials import trial

from gan_cli.data.colours import Colours
from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.metrics.ngram_js import NgramJS
from gan_cli.metrics.ngram_precision import NgramPrecision
from gan_cli.metrics.novelty import Novelty
from gan_cli.metrics.token_runs import runs
from gan_cli.quality.reference import open_reference
from gan_cli.quality.suite import MetricSuite
from gan_cli.spec import SampleSpec, one_hot

ALPHABET = ("", "a", "b", "c")


def texts(*lines: str, length: int = 4) -> Tensor:
    """Lines of the letters a, b and c, filled up with padding."""
    return one_hot(torch.tensor([["_abc".index(letter) for letter in line.ljust(length, "_")] for line in lines]), 4)


def inputs(fake: Tensor, real: Tensor, alphabet: tuple[str, ...] = ALPHABET, **more: Tensor) -> MetricInputs:
    made = trial(fake, real, **more)
    spec = SampleSpec(tuple(real.shape[1:]), (0.0, 1.0), alphabet=alphabet)
    return replace(made, reference=replace(made.reference, spec=spec))


def test_runs_have_no_padding_and_equal_ones_are_equal() -> None:
    assert len(runs(texts("abab", "ab", "c"), 1)) == 4 + 2 + 1
    two = runs(texts("abab", "ab", "c"), 2)
    assert two.tolist().count(two[0].item()) == 3 and len(two) == 4 and len(two.unique()) == 2
    assert len(runs(texts("ab_a"), 2)) == 1, "none across a padding"
    assert len(runs(texts("ab", length=2), 3)) == 0


def test_js_by_hand() -> None:
    found = NgramJS().measure(inputs(texts("a", "a"), texts("a", "b")))
    # p = (1, 0), q = (1/2, 1/2), m = (3/4, 1/4)
    kl = math.log(1 / 0.75), 0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25)
    assert found == {"js1": pytest.approx(sum(kl) / 2 / math.log(2))}


def test_js_is_0_for_equal_and_1_for_wholly_different_texts() -> None:
    same = NgramJS().measure(inputs(texts("abca", "bcbb"), texts("bcbb", "abca")))
    assert same == {"js4": 0.0, "js3": 0.0, "js2": 0.0, "js1": 0.0} and list(same)[0] == "js4", "that ranks runs"
    other = NgramJS().measure(inputs(texts("aaaa", "aa"), texts("bcbc", "cbcb")))
    assert list(other.values()) == pytest.approx([1.0] * 4)


def test_js_is_of_runs_that_real_texts_have_one_each() -> None:
    names = inputs(texts("abc", "abc", "abc"), texts("ab", "ba", "abcc"))
    assert list(NgramJS().results_for(names)) == ["js2", "js1"] == list(NgramJS().measure(names))
    no_run = NgramJS().measure(inputs(texts("a", "b"), texts("ab", "ba")))
    assert (no_run["js1"], no_run["js2"]) == (0.0, 1.0)
    assert list(NgramJS().results_for(inputs(texts("", ""), texts("", "a")))) == ["js1"]
    short = inputs(texts("ab", length=2), texts("ab", length=2))
    assert list(NgramJS().measure(short)) == ["js2", "js1"]


def test_precision_and_recall_of_runs_by_hand() -> None:
    one = inputs(texts("abc", "cc"), texts("abab", "ca"))
    # samples ab bc cc; data ab ba ab ca
    found = NgramPrecision(size=2).measure(one)
    assert found == {"ngram_precision": pytest.approx(1 / 3), "ngram_recall": pytest.approx(2 / 4)}
    assert NgramPrecision(size=1).measure(one) == {"ngram_precision": 1.0, "ngram_recall": 1.0}
    assert NgramPrecision().measure(one) == {"ngram_precision": 0.0, "ngram_recall": 0.0}, "four characters"
    words = ("", "dark", "red", "blue")
    assert NgramPrecision().measure(replace(inputs(one.fake.x, one.reference.real.x, words))) == found, "two words"
    assert NgramPrecision().lacks(inputs(texts("ab", length=2), texts("ab", length=2))) == (
        "needs texts of 4 tokens, these have 2"
    )


def test_novelty_and_different_texts_by_hand() -> None:
    one = inputs(
        texts("ab", "ab", "c", "bb"), texts("a", "b", "a", "c"), train=texts("ab", "cc"), holdout=texts("cc", "aa", "b")
    )
    found = Novelty().measure(one)
    assert found == {
        "novelty": 0.5, "novelty_holdout": pytest.approx(2 / 3), "distinct": 0.75, "distinct_real": 0.75,
    }  # fmt: skip
    assert list(Novelty().results_for(one)) == list(Novelty.results)
    none = inputs(texts("ab"), texts("a"), train=texts("b"))
    assert set(Novelty().measure(none)) == set(Novelty().results_for(none)) == {"novelty", "distinct", "distinct_real"}


@pytest.mark.parametrize("metric", [NgramJS(), NgramPrecision(), Novelty()], ids=lambda metric: type(metric).__name__)
def test_images_have_no_runs_of_tokens(metric: Metric) -> None:
    images = torch.zeros(4, 1, 2, 2)
    assert metric.lacks(trial(images, images)) == "needs text, such as data=colours"


def test_real_names_beside_one_name_repeated_and_their_floors() -> None:
    source = Colours(unit="char")
    reference = open_reference(source, source.load(), num=90, of="holdout", device=torch.device("cpu"))
    suite = MetricSuite(
        {"ngram_js": NgramJS(), "ngram_precision": NgramPrecision(), "novelty": Novelty()}, reference, "holdout"
    )
    one = suite.take(MetricInputs(reference, replace(reference.real, x=reference.real.x[:1].expand(90, -1, -1))))
    value = {name: result.value for name, result in one.results.items()}
    floor = {name: result.floor for name, result in one.results.items()}
    assert not one.skipped
    assert all(value[name] > (floor[name] or 0.0) + 0.1 for name in ("js1", "js2", "js3", "js4"))
    assert value["ngram_precision"] == 1.0 > (floor["ngram_precision"] or 0.0) > 0.2
    assert value["ngram_recall"] < 0.1 < (floor["ngram_recall"] or 0.0)
    assert value["distinct"] == pytest.approx(1 / 90) and value["distinct_real"] == 1.0
    assert value["novelty_holdout"] == 1.0 and floor["novelty"] is None
