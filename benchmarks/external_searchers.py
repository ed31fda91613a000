"""Searches of other projects that are no requirement of this one: each needs its own package.

They are built as their documentation says, with the rungs that all contenders have. What is not
installed raises `ModuleNotFoundError` where it is made, and is said to be missing by whoever asked.
"""

from __future__ import annotations

import datetime
import logging
import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.spaces import Config, Space, read
from sweep.model import conditions
from sweep.model.domains import Choice, Constant, IntUniform, Uniform
from sweep.model.trial import configuration_key

FIRST_RUNG, ETA = 3, 3


class _Budgeted:
    """A search that asks for a configuration and a number of epochs.

    A configuration that was trained before goes on where it stopped; one that was trained that long
    already is told again and costs nothing.
    """

    def __init__(self, space: Space):
        self._space = space
        self._trained: dict[str, int] = {}
        self._best: dict[str, float] = {}

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A job with its configuration, the first that has epochs left to train."""
        while True:
            job, config, budget = self._next()
            key, budget = configuration_key(config), min(budget, self._space.epochs)
            if self._trained.get(key, 0) < budget:
                return (job, key, budget), config
            self._finish(job, self._best[key])

    def trained(self, handle: Any) -> int:
        """What the configuration was trained in an earlier job."""
        return self._trained.get(handle[1], 0)

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """The job ends at its budget with the best value of its configuration."""
        job, key, budget = handle
        self._trained[key] = epoch + 1
        self._best[key] = max(self._best.get(key, -np.inf), value)
        if epoch + 1 < budget:
            return False
        self._finish(job, self._best[key])
        return True

    def _next(self) -> tuple[Any, dict[str, Any], int]:
        raise NotImplementedError

    def _finish(self, job: Any, best: float) -> None:
        raise NotImplementedError


class Dehb(_Budgeted):
    """Awad et al. 2021, "DEHB: Evolutionary Hyperband"; the package `dehb`."""

    def __init__(self, space: Space, seed: int, folder: Path):
        super().__init__(space)
        _quietly()
        from dehb import DEHB
        from loguru import logger

        logger.remove()
        fidelities = {
            "min_fidelity": FIRST_RUNG,
            "max_fidelity": space.epochs,
            "eta": ETA,
        }
        self._search = DEHB(
            cs=_config_space(space, seed),
            f=None,
            seed=seed,
            n_workers=1,
            output_path=str(folder),
            save_freq=None,
            resume=False,
            **fidelities,
        )

    def _next(self) -> tuple[Any, dict[str, Any], int]:
        job = self._search.ask()
        return job, _plain(job["config"]), max(round(job["fidelity"]), 1)

    def _finish(self, job: Any, best: float) -> None:
        self._search.tell(job, {"fitness": 1.0 - best, "cost": 1.0})


class Smac(_Budgeted):
    """Lindauer et al. 2022, SMAC3, its multi-fidelity facade; the package `smac`."""

    def __init__(self, space: Space, seed: int, folder: Path):
        super().__init__(space)
        _quietly()
        from smac import MultiFidelityFacade, Scenario

        budgets = {"min_budget": FIRST_RUNG, "max_budget": space.epochs}
        scenario = Scenario(
            _config_space(space, seed),
            deterministic=True,
            n_trials=100_000,
            seed=seed,
            output_directory=folder,
            **budgets,
        )
        self._search = MultiFidelityFacade(
            scenario,
            lambda config, seed=0, budget=0: 0.0,
            overwrite=True,
            logging_level=False,
            intensifier=MultiFidelityFacade.get_intensifier(scenario, eta=ETA),
            initial_design=MultiFidelityFacade.get_initial_design(
                scenario, n_configs=10
            ),
        )

    def _next(self) -> tuple[Any, dict[str, Any], int]:
        job = self._search.ask()
        return job, _plain(job.config), max(round(job.budget), 1)

    def _finish(self, job: Any, best: float) -> None:
        from smac.runhistory.dataclasses import TrialValue

        self._search.tell(job, TrialValue(cost=1.0 - best))


class Bohb:
    """Falkner et al. 2018, BOHB, as Syne Tune has it; the package `syne-tune`."""

    def __init__(self, space: Space, seed: int, folder: Path):
        _quietly()
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - the library draws from it
        from syne_tune.optimizer.baselines import BOHB

        self._space, self._made = space, 0
        self._search = BOHB(
            _syne_tune_space(space),
            metric="accuracy",
            time_attr="epoch",
            max_t=space.epochs,
            grace_period=FIRST_RUNG,
            reduction_factor=ETA,
            do_minimize=False,
            random_seed=seed,
        )

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A suggestion; parameters that do not exist in it are dropped, Syne Tune knows none."""
        from syne_tune.backend.trial_status import Trial

        suggestion = self._search.suggest()
        trial = Trial(self._made, suggestion.config, datetime.datetime.now())
        self._made += 1
        self._search.on_trial_add(trial)
        return trial, _active(self._space, suggestion.config)

    def trained(self, handle: Any) -> int:
        """Every trial begins anew."""
        return 0

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """A result; the scheduler says where the trial stops."""
        result = {"accuracy": value, "epoch": epoch + 1}
        if epoch + 1 == self._space.epochs:
            self._search.on_trial_complete(handle, result)
            return True
        return bool(self._search.on_trial_result(handle, result) == "STOP")


def _config_space(space: Space, seed: int) -> Any:
    import ConfigSpace

    made = ConfigSpace.ConfigurationSpace(seed=seed)
    hyperparameters: dict[str, Any] = {}
    wanted = read(space).parameters
    for name in conditions.order(wanted):
        domain = wanted[name].domain
        if isinstance(domain, Choice):
            hyperparameters[name] = ConfigSpace.CategoricalHyperparameter(
                name, domain.choices
            )
        elif isinstance(domain, IntUniform | Uniform):
            whole = isinstance(domain, IntUniform)
            kind = (
                ConfigSpace.UniformIntegerHyperparameter
                if whole
                else ConfigSpace.UniformFloatHyperparameter
            )
            hyperparameters[name] = kind(name, domain.low, domain.high, log=domain.log)
    made.add(list(hyperparameters.values()))
    for name, hyperparameter in hyperparameters.items():
        for parent, values in wanted[name].when.items():
            condition = ConfigSpace.InCondition(
                hyperparameter, hyperparameters[parent], list(values)
            )
            made.add([condition])
    return made


def _syne_tune_space(space: Space) -> dict[str, Any]:
    from syne_tune.config_space import choice, lograndint, loguniform, randint, uniform

    made: dict[str, Any] = {}
    for name, parameter in read(space).parameters.items():
        domain = parameter.domain
        if isinstance(domain, Choice):
            made[name] = choice(list(domain.choices))
        elif isinstance(domain, IntUniform):
            made[name] = (lograndint if domain.log else randint)(
                domain.low, domain.high
            )
        elif isinstance(domain, Uniform):
            made[name] = (loguniform if domain.log else uniform)(
                domain.low, domain.high
            )
    return made


def _active(space: Space, drawn: Config) -> dict[str, Any]:
    wanted, config = read(space).parameters, {}
    for name in conditions.order(wanted):
        domain = wanted[name].domain
        if conditions.is_active(wanted[name], config):
            constant = isinstance(domain, Constant)
            config[name] = domain.value if constant else drawn[name]
    return config


def _plain(config: Any) -> dict[str, Any]:
    values = dict(config).items()
    return {
        name: value.item() if hasattr(value, "item") else value
        for name, value in values
    }


def _quietly() -> None:
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
