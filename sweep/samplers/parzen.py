"""`tpe`: Parzen estimators."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sweep.model.fields import Count
from sweep.model.search_space import SearchSpace
from sweep.samplers.protocol import Memory, Observation, startup
from sweep.samplers.replay import ask
from sweep.samplers.section import Search

if TYPE_CHECKING:
    import optuna


class Tpe(Search):
    """Tree-structured Parzen estimator (Bergstra et al. 2011; Watanabe 2023).

    The estimator is multivariate, and grouped so that conditional parameters are modelled among the
    configurations that have them. Running trials count as poor ("constant liar"), so that workers
    do not all try the same configuration.

    Attributes:
        n_startup_trials: random configurations before the model is used; None: Optuna's default,
            10.
    """

    method: Literal["tpe"] = "tpe"
    n_startup_trials: Count | None = None
    learns: ClassVar[bool] = True
    with_few_complete: ClassVar[str] = (
        "tpe with asha needed 1.50 [1.29, 1.75] times the epochs of random with asha on 36 "
        "external tasks (benchmarks/RESULTS.md, external): its suggestions improve, so that asha "
        "stops few of them early; gp_multifidelity also learns from stopped trials"
    )

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The configuration that is most likely under the good ones."""
        return ask(space, observations, estimator(seed, startup(self.n_startup_trials)))


def estimator(seed: int, n_startup_trials: int) -> optuna.samplers.TPESampler:
    """Optuna's sampler, as `tpe` uses it."""
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(
            seed=seed,
            n_startup_trials=n_startup_trials,
            multivariate=True,
            group=True,
            constant_liar=True,
        )
