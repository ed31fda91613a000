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

_MOST = 500  # completed trials, beyond which an answer takes long


class Gp(Search):
    """Gaussian process with a Matérn-5/2 kernel, asked for the largest log expected improvement
    (Ament et al. 2023).

    Models the parameters that every completed configuration has, categories among them; those that
    exist under a condition are drawn by a Parzen estimator instead. Running trials count as points
    whose value is not known yet. An answer costs a fit in the cube of the number of completed
    trials: for tens or hundreds of them, not for thousands. Imports torch into this process.

    Attributes:
        n_startup_trials: random configurations before anything is modelled; None: Optuna's default,
            10.
    """

    method: Literal["gp"] = "gp"
    n_startup_trials: Count | None = None
    learns: ClassVar[bool] = True
    with_few_complete: ClassVar[str] = (
        "gp learns from complete trials alone, and asha stops most before; gp_multifidelity learns "
        "from stopped trials too"
    )

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The configuration that promises the largest improvement."""
        import optuna
        import torch  # noqa: F401 - Optuna would load it while it is asked, with its own threads

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
        """What `tpe` suggests beside it, and that a long search is slow."""
        always = unconditional(parameters)
        conditional = ", ".join(
            name for name in searched(parameters) if name not in always
        )
        if conditional:
            yield (
                f"gp models what every configuration has; tpe suggests {conditional}, "
                "each on its own"
            )
        if self.trials > _MOST:
            cost = "gp's answers cost the cube of the completed trials"
            yield f"{cost}: {self.trials} will be slow; see tpe"
