"""Weighting policies: the weights of the terms of a composite loss during training.

| name | weight of a term | options (default) | source |
|---|---|---|---|
| `fixed` | its initial weight | | |
| `adaptive` | moves towards initial / recent mean, sum kept | `window` (10), `momentum` (0.9), `floor` (0.01) | |
| `normalized` | initial, on log(1 + term) | | |
| `gradient_balanced` | initial / gradient norm, sum kept | `momentum` (0.9), `every` (1), `floor` (0.01) | |
| `uncertainty` | exp(-s), s learned with the model | | Kendall et al. 2018 |
| `gradnorm` | learned for equal training rates | `alpha` (1.5), `learning_rate` (0.025) | Chen et al. 2018 |
| `dwa` | from the ratio of the last two epochs' means | `temperature` (2) | Liu et al. 2019 |

    weighting = make_weighting("gradnorm", terms=("a", "b"), initial={"a": 1.0, "b": 0.2})
    optimizer = AdamW([*model.parameters(), *weighting.parameters()])  # the latter without decay
    total, weights = weighting(terms, shared)                      # every step, before backward()
    weighting.epoch_end(mean_terms)                                # every epoch

A term whose initial weight is 0 stays off under every policy, so that an arm without a term means
the same for all of them. With float16 autocast, gradient norms of small losses may underflow;
bfloat16 and float32 are safe.
"""  # noqa: E501  a table

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from ..combine import LossWeights
from ..names import check_choice, check_names
from ..precision import Scalar
from .gradient_driven import GradientBalanced, GradNorm
from .loss_driven import Adaptive, DynamicWeightAverage
from .policy import Weighting
from .stateless import Fixed, Normalized
from .uncertainty import Uncertainty

POLICIES: dict[str, Callable[..., Weighting]] = {
    "fixed": Fixed,
    "adaptive": Adaptive,
    "normalized": Normalized,
    "gradient_balanced": GradientBalanced,
    "uncertainty": Uncertainty,
    "gradnorm": GradNorm,
    "dwa": DynamicWeightAverage,
}
_WITH_DEVICE = frozenset({"uncertainty", "gradnorm"})

__all__ = [
    "POLICIES",
    "Adaptive",
    "DynamicWeightAverage",
    "Fixed",
    "GradNorm",
    "GradientBalanced",
    "Normalized",
    "Uncertainty",
    "Weighting",
    "make_weighting",
]


def make_weighting(
    name: str,
    terms: Iterable[str],
    initial: Mapping[str, Scalar] | None = None,
    *,
    device: torch.device | str | None = None,
    **options: Any,
) -> Weighting:
    """Return a new policy of that name.

    Args:
        name: a key of `POLICIES`.
        terms: the names of the terms, in order.
        initial: term → weight ≥ 0 for exactly these terms, a number or a 0-d tensor; None means 1
            each. Only `fixed` and `normalized` run under `vmap`: the other policies read the
            values once, to start from them.
        device: device of learned weights, the model's; policies that learn nothing use the
            terms' device.
        options: the options of the policy, see the table.

    Raises:
        ValueError: unknown policy (with the nearest name), weights for other terms, values out of
            bounds.
        TypeError: an option the policy does not have.
    """
    check_choice("weighting", name, list(POLICIES))
    terms = list(terms)
    if initial is None:
        initial = dict.fromkeys(terms, 1.0)
    check_names("initial weights", list(initial), terms)
    weights = LossWeights({term: initial[term] for term in terms})
    if name in _WITH_DEVICE:
        options["device"] = device
    return POLICIES[name](weights, **options)
