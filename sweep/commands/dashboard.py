"""Optuna-dashboard on a copy of a study's search, served to this machine alone.

The copy is an Optuna study in memory, made from the log and brought up to it while the study runs.
What is clicked in the browser changes the copy; nothing is ever written to the study.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from sweep.errors import UsageError
from sweep.history.history import History
from sweep.log.event_log import FILE_NAME
from sweep.model import parameters
from sweep.model.parameters import Beta, Choice, Constant, IntUniform, Normal, Parameter
from sweep.model.trial import State
from sweep.search import search_stage
from sweep.search.observations import Suggestion
from sweep.study import Study

if TYPE_CHECKING:
    import optuna

HOST = "127.0.0.1"
EVERY = 5.0  # seconds between looks at the log of a study that is being worked on
_EDGE = 1e-6  # probability beyond the ends of the axis of a parameter without bounds

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serve(study: Study, *, port: int, say: Callable[[str], None], every: float = EVERY) -> None:
    """Serve the dashboard until Ctrl-C.

    Args:
        port: 0: any that is free.
        say: is told the address.
        every: seconds; see `EVERY`.

    Raises:
        UsageError: optuna-dashboard is not installed, the study has no search, or the port is
            taken.
    """
    if find_spec("optuna_dashboard") is None:
        raise UsageError(
            "`sweep dashboard` needs the package optuna-dashboard, which is not installed. "
            'Install it with: pip install "sweep[dashboard]" (or: pip install optuna-dashboard)'
        )
    if study.history.spec.search is None:
        raise UsageError(
            f"{study.folder} has no search, which is what the dashboard shows; see `sweep report`"
        )
    copy = Copy(study.history)
    stopped = threading.Event()
    with _server(copy, port) as server:
        say(
            f"{study.history.spec.name}: http://{HOST}:{server.server_port}/dashboard/  (Ctrl-C ends it)"
        )
        following = threading.Thread(
            target=_follow, args=(copy, study.folder, stopped, every), daemon=True
        )
        following.start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("the dashboard has ended; the study is as it was")
        finally:
            stopped.set()


class Copy:
    """A search as an Optuna study in memory; parameters have the values that the study file speaks of."""

    def __init__(self, history: History):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.storage = optuna.storages.InMemoryStorage()
        self._study = optuna.create_study(
            study_name=history.spec.name,
            directions=history.spec.search_space.goals,
            storage=self.storage,
        )
        self._id = self.storage.get_study_id_from_name(history.spec.name)
        self._count = 0
        self._ended: set[int] = set()
        self.update(history)

    def update(self, history: History) -> None:
        """Take in what has happened since the last time."""
        for place, suggestion in enumerate(search_stage.suggestions(history)):
            if place not in self._ended:
                self._take(place, history, suggestion)

    def _take(self, place: int, history: History, suggestion: Suggestion) -> None:
        seen = search_stage.observe(history.spec, suggestion)
        several = len(history.spec.search_space.goals) > 1
        if place == self._count:
            self._study.add_trial(_begun(history, suggestion))
            self._count += 1
        trial = self.storage.get_trial_id_from_study_id_trial_number(self._id, place)
        for epoch, value in () if several else seen.curve.items():
            self.storage.set_trial_intermediate_value(trial, epoch, value)
        if seen.state.finished:
            self._ended.add(place)
            if reason := next((each.reason for each in suggestion.trials if each.reason), ""):
                self.storage.set_trial_user_attr(trial, "reason", reason)
            values = list(seen.values) or (None if seen.value is None else [seen.value])
            self.storage.set_trial_state_values(trial, _state(seen.state, several), values)


def _begun(history: History, suggestion: Suggestion) -> optuna.trial.FrozenTrial:
    """A configuration that runs, as Optuna keeps it."""
    import optuna

    searched = {
        n: p for n, p in history.spec.parameters.items() if not isinstance(p.domain, Constant)
    }
    config = {
        name: value for name, value in suggestion.trials[0].config.items() if name in searched
    }
    return optuna.trial.create_trial(
        state=optuna.trial.TrialState.RUNNING,
        params={name: _shown(searched[name], value) for name, value in config.items()},
        distributions={name: _axis(searched[name]) for name in config},
        user_attrs={"trials": ", ".join(str(trial.number) for trial in suggestion.trials)},
    )


def _state(state: State, several: bool) -> optuna.trial.TrialState:
    from optuna.trial import TrialState

    if state is State.PRUNED:
        return (
            TrialState.FAIL if several else TrialState.PRUNED
        )  # Optuna cannot rank a pruned one of several
    return TrialState.COMPLETE if state is State.COMPLETE else TrialState.FAIL


def _axis(parameter: Parameter) -> optuna.distributions.BaseDistribution:
    """The axis that a parameter is drawn on."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    domain = parameter.domain
    if isinstance(domain, Choice):
        return CategoricalDistribution(
            list(dict.fromkeys(str(choice) for choice in domain.choices))
        )
    if isinstance(domain, IntUniform):
        return IntDistribution(domain.low, domain.high, log=domain.log)
    if isinstance(domain, Normal | Beta):
        return FloatDistribution(
            parameters.quantile(domain, _EDGE), parameters.quantile(domain, 1 - _EDGE)
        )
    if isinstance(domain, Constant):
        raise TypeError("a constant has no axis")
    return FloatDistribution(domain.low, domain.high, log=domain.log)


def _shown(parameter: Parameter, value: Any) -> Any:
    """A value on its parameter's axis: a choice, which may be a list, by its text; rounding stays within the ends."""
    domain = parameter.domain
    if isinstance(domain, Choice):
        return str(value)
    axis: Any = _axis(parameter)
    return min(max(value, axis.low), axis.high)


# --------------------------------------------------------------------------- serving


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name it has in the library)
        """A line for every picture would bury the address."""


def _server(copy: Copy, port: int) -> WSGIServer:
    from optuna_dashboard import wsgi

    try:
        server = make_server(
            HOST, port, wsgi(copy.storage), server_class=_Server, handler_class=_Quiet
        )
    except OSError as error:
        raise UsageError(
            f"port {port} of {HOST} cannot be used: {error.strerror}. Choose another: --port 0"
        ) from error
    server.set_app(_only_from_here(server.get_app(), server.server_port))
    return server


def _only_from_here(application: Any, port: int) -> Application:
    """Refuse a page of somebody else's that was made to point to this machine: it asks under another name."""
    names = {f"{name}:{port}" for name in (HOST, "localhost")}

    def asked(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_HOST") in names:
            answer: Iterable[bytes] = application(environ, start_response)
            return answer
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [f"ask for http://{HOST}:{port}/\n".encode()]

    return asked


def _follow(copy: Copy, folder: Path, stopped: threading.Event, every: float) -> None:
    """Bring the copy up to the log whenever that has grown."""
    size = -1
    while not stopped.wait(every):
        try:
            now = (folder / FILE_NAME).stat().st_size
            if now != size:
                copy.update(Study(folder).history)
                size = now
        except Exception:  # the log is being replaced, say: the next look will do
            logging.getLogger(__name__).warning("the study could not be read", exc_info=True)
