"""Which configuration a search tries next. A pure function of what the search has observed.

First comes what is enqueued, then what the sampler says; no configuration is tried twice, unless
`search.duplicates`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from sweep.model import grids, parameters
from sweep.model.parameters import Constant
from sweep.model.trial import State, configuration_key
from sweep.samplers import Memory, Observation
from sweep.samplers.drawing import draw_configuration
from sweep.spec import Search, StudySpec
from sweep.spec.completion import complete

_TRIES = 8  # how often a sampler is asked for a configuration that was not tried before
DRAWS = 200  # random draws that bring nothing new: a space is used up, or nearly (what is left has 2 % of the draws)


def suggest(
    spec: StudySpec,
    past: Sequence[Observation],
    prior: Sequence[Observation] = (),
    known: Set[str] | None = None,
) -> tuple[dict[str, Any], Memory] | None:
    """A complete configuration that was not tried before, and what to remember with it; None if
    there is none left.

    First what is enqueued, then what the sampler says. A configuration that was tried is shown to
    the sampler as one that runs, and it is asked again; if it insists, a random configuration is
    tried.

    Args:
        past: of this search.
        prior: from earlier studies; the sampler knows them, and they may be tried here.
        known: the keys of `past`'s configurations, where the caller has them.

    """
    search = spec.search
    if search is None:
        return None
    tried = _tried(search, past, known)
    if (fallback := _untried(spec, search, len(past), tried)) is None:
        return None
    if (waiting := _enqueued(spec, search, past, tried)) is not None:
        return waiting
    space, refused = spec.search_space, list[Observation]()
    for attempt in range(_TRIES):
        question = [*prior, *past, *refused] if prior or refused else past  # which may be long
        seed = seed_for(search.seed, len(past), attempt)
        drawn, memory = search.suggest(space, question, seed)
        config, _ = complete(spec.parameters, drawn, None, "search")
        if configuration_key(config) not in tried:
            return config, memory
        refused.append(Observation(config, State.RUNNING, memory=memory))
    return fallback, {}


def used_up(spec: StudySpec, past: Sequence[Observation], known: Set[str] | None = None) -> bool:
    """Whether no configuration is left to try."""
    search = spec.search
    return search is None or _untried(spec, search, len(past), _tried(search, past, known)) is None


def _untried(
    spec: StudySpec, search: Search, number: int, tried: Set[str]
) -> dict[str, Any] | None:
    """A random configuration that was not tried before; None if the space is used up."""
    size = None if search.duplicates else grids.size(spec.parameters)
    if size is not None and len(tried) >= size:
        return None
    for draw in range(DRAWS):
        config = _random(spec, {}, seed_for(search.seed, number, _TRIES + draw))
        if configuration_key(config) not in tried:
            return config
    if size is None:
        return None
    return next(
        (c for c in parameters.grid(spec.parameters) if configuration_key(c) not in tried), None
    )


def _tried(search: Search, past: Sequence[Observation], known: Set[str] | None) -> Set[str]:
    """The configurations that are not to be tried again."""
    if search.duplicates:
        return frozenset()
    return {configuration_key(seen.config) for seen in past} if known is None else known


def _enqueued(
    spec: StudySpec, search: Search, past: Sequence[Observation], tried: Set[str]
) -> tuple[dict[str, Any], Memory] | None:
    """The first enqueued configuration whose turn has not come yet, completed; None if there is none."""
    if not search.enqueue:
        return None
    used = [seen.memory["enqueued"] for seen in past if "enqueued" in seen.memory]
    for entry in search.enqueue:
        turn = next((i for i, other in enumerate(used) if parameters.same(entry, other)), None)
        if turn is not None:
            del used[turn]
            continue
        for attempt in range(_TRIES):
            config = _random(spec, entry, seed_for(search.seed, len(past), attempt))
            if configuration_key(config) not in tried:
                return config, {"enqueued": entry}
    return None


def _random(spec: StudySpec, stated: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """A complete configuration: `stated`, and what it leaves open drawn at random."""
    space = {
        n: replace(p, domain=Constant(stated[n])) if n in stated else p
        for n, p in spec.parameters.items()
    }
    config, _ = complete(spec.parameters, draw_configuration(space, seed), None, "search")
    return config


def seed_for(study_seed: int, *numbers: int) -> int:
    """A seed for one question: 32 bits of BLAKE2b over the study's seed and the question's numbers."""
    text = ",".join(map(str, (study_seed, *numbers)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")
