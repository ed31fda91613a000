"""Searches of other projects, each of which needs its own optional package.

They are used as documented, with the rungs that all contenders have. If a package is not installed,
constructing its search raises `ModuleNotFoundError`; the caller reports it as missing.
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
    """A search whose jobs are a configuration and a number of epochs.

    Training of a configuration continues from an earlier job's last epoch. If it was trained as
    long already, its result is told again at no cost.
    """

    def __init__(self, space: Space):
        self._space = space
        self._trained: dict[str, int] = {}
        self._best: dict[str, float] = {}

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """Return the first job that has epochs left to train, and its configuration."""
        while True:
            job, config, budget = self._next()
            key, budget = configuration_key(config), min(budget, self._space.epochs)
            if self._trained.get(key, 0) < budget:
                return (job, key, budget), config
            self._finish(job, self._best[key])

    def trained(self, handle: Any) -> int:
        """Return the epochs that the configuration was trained in earlier jobs."""
        return self._trained.get(handle[1], 0)

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Return whether the job is at its budget; then tell the search the best value."""
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
    """DEHB (Awad et al. 2021, "DEHB: Evolutionary Hyperband"), from the package `dehb`."""

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
    """The multi-fidelity facade of SMAC3 (Lindauer et al. 2022), from the package `smac`."""

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
    """BOHB (Falkner et al. 2018) as Syne Tune implements it, from the package `syne-tune`."""

    def __init__(self, space: Space, seed: int, folder: Path):
        _quietly()
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - the library draws from it
        from syne_tune.optimizer.baselines import BOHB

        self._space, self._trial_count = space, 0
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
        """Return a trial and its configuration without inactive parameters.

        Syne Tune has no conditional parameters: it suggests a value for each.
        """
        from syne_tune.backend.trial_status import Trial

        suggestion = self._search.suggest()
        trial = Trial(self._trial_count, suggestion.config, datetime.datetime.now())
        self._trial_count += 1
        self._search.on_trial_add(trial)
        return trial, _active(self._space, suggestion.config)

    def trained(self, handle: Any) -> int:
        """Return 0: every trial starts at its first epoch."""
        return 0

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Report a result; return whether the scheduler stops the trial."""
        result = {"accuracy": value, "epoch": epoch + 1}
        if epoch + 1 == self._space.epochs:
            self._search.on_trial_complete(handle, result)
            return True
        return bool(self._search.on_trial_result(handle, result) == "STOP")


def _config_space(space: Space, seed: int) -> Any:
    """Return a search space as a ConfigSpace, conditions included."""
    import ConfigSpace

    config_space = ConfigSpace.ConfigurationSpace(seed=seed)
    hyperparameters: dict[str, Any] = {}
    parameters = read(space).parameters
    for name in conditions.order(parameters):
        domain = parameters[name].domain
        if isinstance(domain, Choice):
            hyperparameters[name] = ConfigSpace.CategoricalHyperparameter(
                name, domain.choices
            )
        elif isinstance(domain, IntUniform):
            hyperparameters[name] = ConfigSpace.UniformIntegerHyperparameter(
                name, domain.low, domain.high, log=domain.log
            )
        elif isinstance(domain, Uniform):
            hyperparameters[name] = ConfigSpace.UniformFloatHyperparameter(
                name, domain.low, domain.high, log=domain.log
            )
    config_space.add(list(hyperparameters.values()))
    for name, hyperparameter in hyperparameters.items():
        for parent, values in parameters[name].when.items():
            condition = ConfigSpace.InCondition(
                hyperparameter, hyperparameters[parent], list(values)
            )
            config_space.add([condition])
    return config_space


def _syne_tune_space(space: Space) -> dict[str, Any]:
    """Return a search space with Syne Tune's domains."""
    from syne_tune.config_space import choice, lograndint, loguniform, randint, uniform

    domains: dict[str, Any] = {}
    for name, parameter in read(space).parameters.items():
        domain = parameter.domain
        if isinstance(domain, Choice):
            domains[name] = choice(list(domain.choices))
        elif isinstance(domain, IntUniform):
            integers = lograndint if domain.log else randint
            domains[name] = integers(domain.low, domain.high)
        elif isinstance(domain, Uniform):
            floats = loguniform if domain.log else uniform
            domains[name] = floats(domain.low, domain.high)
    return domains


def _active(space: Space, drawn: Config) -> dict[str, Any]:
    """Return the active parameters of a drawn configuration, and the constants."""
    parameters, config = read(space).parameters, {}
    for name in conditions.order(parameters):
        domain = parameters[name].domain
        if conditions.is_active(parameters[name], config):
            constant = isinstance(domain, Constant)
            config[name] = domain.value if constant else drawn[name]
    return config


def _plain(config: Any) -> dict[str, Any]:
    """Return a configuration with Python's numbers in place of NumPy's."""
    plain = {}
    for name, value in dict(config).items():
        plain[name] = value.item() if hasattr(value, "item") else value
    return plain


def _quietly() -> None:
    """Turn off the warnings of the searches' libraries."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
