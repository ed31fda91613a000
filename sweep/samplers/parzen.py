"""Parzen estimators."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from sweep.samplers.protocol import Memory, Observation, startup
from sweep.samplers.replay import ask
from sweep.spec import StudySpec


def tpe(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Tree-structured Parzen estimator (Bergstra et al. 2011; Watanabe 2023).

    Multivariate, and grouped so that conditional parameters are modelled among the configurations
    that have them. Running trials count as poor ones ("constant liar"), so that workers do not all
    try the same. The first `search.n_startup_trials` (Optuna's default: 10) are random.
    """
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            seed=seed,
            n_startup_trials=startup(spec),
            multivariate=True,
            group=True,
            constant_liar=True,
        )
    return ask(spec, past, sampler)
