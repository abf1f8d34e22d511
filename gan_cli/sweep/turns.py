"""Several runs that take turns in one process, each with random generators, a CUDA stream and a log of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import torch

from gan_cli.stepwise import Stepwise

Job = Stepwise[float | None]
Begin = Callable[[], tuple[Job, logging.Handler]]
"""Returns a job that has not begun, and the handler of its log."""


class Turns:
    """Plays jobs in turns, one step of each.

    Args:
        at_a_time: number of jobs that take turns; when one ends, the next one begins.
    """

    def __init__(self, at_a_time: int) -> None:
        self._at_a_time = at_a_time

    def play(self, jobs: Sequence[Begin]) -> list[float | None]:
        """Play all jobs to their ends; return their results, in order.

        Raises:
            SystemExit: at least one job ended with it. All others have ended too, each at its own request.
        """
        results: list[float | None] = [None] * len(jobs)
        waiting = list(enumerate(jobs))[::-1]
        playing: dict[int, _Turn] = {}
        exit_: SystemExit | None = None
        while playing or (waiting and exit_ is None):
            while waiting and exit_ is None and len(playing) < self._at_a_time:
                number, begin = waiting.pop()
                playing[number] = _Turn(*begin())
            for number, turn in list(playing.items()):
                try:
                    turn.step()
                except StopIteration as end:
                    results[number] = end.value
                    del playing[number]
                except SystemExit as request:
                    exit_ = request
                    del playing[number]
        if exit_ is not None:
            raise exit_
        return results


class _Turn:
    """One job, and what it has for itself in the process that it shares.

    A CUDA graph replays the random numbers of the generator state that was current when it was recorded. So each job
    has a state object of its own, which is put in the place of the default generator's during its turn.

    Args:
        job: the job.
        log: the handler of its log.
    """

    def __init__(self, job: Job, log: logging.Handler) -> None:
        self._job = job
        self._log = log
        self._cpu = torch.get_rng_state()
        self._cuda: torch.Generator | None = None
        if torch.cuda.is_available():
            torch.cuda.init()  # type: ignore[no-untyped-call]
            self._cuda = self._default().clone_state()
            self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]

    def step(self) -> None:
        """Do the next step.

        Raises:
            StopIteration: the job has ended; its value is the result.
        """
        root = logging.getLogger()
        root.addHandler(self._log)
        torch.set_rng_state(self._cpu)
        if self._cuda is not None:
            torch.cuda.set_stream(self._stream)
            self._default().graphsafe_set_state(self._cuda)
        try:
            next(self._job)
        except BaseException:
            self._log.close()
            raise
        finally:
            self._cpu = torch.get_rng_state()
            root.removeHandler(self._log)

    @staticmethod
    def _default() -> torch.Generator:
        return torch.cuda.default_generators[torch.cuda.current_device()]
