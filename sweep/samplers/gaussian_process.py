"""Gaussian processes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from sweep.samplers.protocol import Memory, Observation, startup
from sweep.samplers.replay import ask
from sweep.spec import StudySpec


def gp(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Gaussian process with a Matérn-5/2 kernel, asked for the largest log expected improvement
    (Ament et al. 2023).

    Models the parameters that every completed configuration has, categories among them; those that
    exist under a condition are drawn by a Parzen estimator instead. Running trials count as points
    whose value is not known yet. The first `search.n_startup_trials` (Optuna's default: 10) are
    random. An answer costs a fit in the cube of the number of completed trials: for tens or
    hundreds of them, not for thousands. Imports torch into this process.
    """
    import optuna
    import torch  # noqa: F401 - Optuna would load it while it is asked, with threads of its own

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.GPSampler(
            seed=seed,
            n_startup_trials=startup(spec),
            independent_sampler=optuna.samplers.TPESampler(
                seed=seed, n_startup_trials=startup(spec), constant_liar=True
            ),
            warn_independent_sampling=False,  # `sweep check` names the parameters beforehand
        )
    return ask(spec, past, sampler)
