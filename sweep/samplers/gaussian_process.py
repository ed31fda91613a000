"""`gp`: Optuna's Gaussian process."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from sweep.model.fields import Count
from sweep.model.parameters import Parameters
from sweep.model.search_space import SearchSpace, searched, unconditional
from sweep.samplers.protocol import Memory, Observation, startup
from sweep.samplers.replay import ask
from sweep.samplers.section import Search

_MOST = 500  # completed trials; with more, a suggestion takes long


class Gp(Search):
    """Gaussian process with a Matérn-5/2 kernel and log expected improvement.

    The acquisition function is that of Ament et al. (2023). The process models the parameters that
    exist in every completed configuration, including categories; conditional parameters are drawn
    by a Parzen estimator instead. Running trials count as points with an unknown value. The cost of
    a suggestion grows with the cube of the number of completed trials, so `gp` suits tens or
    hundreds of trials, not thousands. It imports PyTorch into this process.

    Attributes:
        n_startup_trials: random configurations before the model is used; None: Optuna's default,
            10.
    """

    method: Literal["gp"] = "gp"
    n_startup_trials: Count | None = None
    learns: ClassVar[bool] = True
    with_few_complete: ClassVar[str] = (
        "gp learns only from complete trials, and asha stops most trials; gp_multifidelity also "
        "learns from stopped trials"
    )

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The configuration with the largest expected improvement."""
        import optuna
        import torch  # noqa: F401 - before Optuna imports it, with threads limited too late

        first = startup(self.n_startup_trials)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.GPSampler(
                seed=seed,
                n_startup_trials=first,
                independent_sampler=optuna.samplers.TPESampler(
                    seed=seed, n_startup_trials=first, constant_liar=True
                ),
                warn_independent_sampling=False,  # `sweep check` names the parameters beforehand
            )
        return ask(space, observations, sampler)

    def notes(self, parameters: Parameters) -> Iterator[str]:
        """Which parameters `tpe` suggests, and whether the search is long and so slow."""
        always = unconditional(parameters)
        conditional = ", ".join(
            name for name in searched(parameters) if name not in always
        )
        if conditional:
            yield (
                f"gp models parameters that exist in every configuration; tpe suggests "
                f"{conditional}, each independently"
            )
        if self.trials > _MOST:
            yield (
                "the cost of gp grows with the cube of the completed trials:"
                f" {self.trials} will be slow; tpe is faster"
            )
