"""What trains when it is called as `train(config, run)` is a trainer; what does not is
refused by name."""

import functools
import operator

import pytest

from sweep.errors import TrainerNotFound
from sweep.trainer_form import check_form


def plain(config, run):
    pass


def with_more(config, run, *, epochs=3):
    pass


class Called:
    def __call__(self, config, run):
        pass

    def method(self, config, run):
        pass

    @staticmethod
    def static(config, run):
        pass


@pytest.mark.parametrize(
    "function",
    [
        plain,
        with_more,
        lambda config, run: None,
        lambda *arguments: None,
        lambda settings, report: None,
        Called(),
        Called().method,
        Called.static,
        functools.partial(with_more, epochs=5),
        functools.wraps(plain)(lambda *arguments: None),
    ],
)
def test_what_takes_a_configuration_and_a_run_is_a_trainer(function):
    check_form(function, "own.py:train")


def test_a_function_that_tells_nothing_of_its_parameters_is_taken_at_its_word():
    check_form(operator.itemgetter(0), "own.py:train")


async def asynchronous(config, run):
    pass


async def asynchronous_generator(config, run):
    yield


def generator(config, run):
    yield


class GeneratorCalled:
    def __call__(self, config, run):
        yield


class AsynchronouslyCalled:
    async def __call__(self, config, run):
        pass


@functools.cache
def cached(config, run):
    pass


@pytest.mark.parametrize(
    "function, words",
    [
        (3, "is a int, not a function"),
        (None, "is a NoneType, not a function"),
        (asynchronous, "asyncio.run"),
        (asynchronous_generator, "coroutine"),
        (AsynchronouslyCalled(), "coroutine"),
        (generator, "report epochs with run.report instead"),
        (GeneratorCalled(), "generator"),
        (functools.partial(generator), "generator"),
        (cached, "cache what reads the data instead"),
        (lambda: None, "cannot be called as train"),
        (lambda config: None, "too many positional arguments"),
        (lambda config, run, device: None, "missing a required argument: 'device'"),
        (lambda config, run, *, device: None, "missing a required"),
        (lambda run, config: None, "swapped"),
        (Called().__call__.__func__, "missing a required argument: 'run'"),
    ],
)
def test_what_would_not_train_is_refused_with_its_name_and_what_to_do(function, words):
    with pytest.raises(TrainerNotFound) as refused:
        check_form(function, "own.py:train")
    assert str(refused.value).startswith("own.py:train")
    assert words in str(refused.value)
