"""An attempt is given up for the old sickness, late and without doubt, and for nothing else."""

from __future__ import annotations

import pytest

from gan_cli.cure.hopeless import MARK, GiveUp
from gan_cli.diagnosis.verdict import State, Verdict

RULE = GiveUp("mode_collapse", 100, 0.5)
READ = {"balance/distance": 0.48}


@pytest.mark.parametrize(
    ("step", "state", "doubt", "given_up"),
    [
        (60, "mode_collapse", "", True),
        (99, "mode_collapse", "", True),
        (60, "diverged", "", True),
        (59, "mode_collapse", "", False),
        (59, "diverged", "", False),
        (80, "mode_collapse", "the distance still falls", False),
        (80, "oscillating", "", False),
        (80, "balanced", "", False),
        (80, "warming_up", "", False),
    ],
)
def test_given_up(step: int, state: State, doubt: str, given_up: bool) -> None:
    reason = RULE(step, Verdict(state, 30, doubt=doubt), READ)
    assert not RULE(step, Verdict(state, step - 9, doubt=doubt), READ), "it may pass"
    assert bool(reason) == given_up
    assert not given_up or (reason.startswith(MARK) and "without doubt, since step 30" in reason)


def test_who_is_nearer_goes_on() -> None:
    sick, exploded = Verdict("mode_collapse", 30), Verdict("diverged", 30)
    near = {"balance/distance": 0.45}
    assert RULE(80, sick, near) == "" and RULE(80, exploded, near)
    assert RULE(80, sick, {}) and GiveUp("mode_collapse", 100)(80, sick, near), "nothing to compare with"
