"""Checks of `resources`: `when` against the parameters, and `gpu: auto`."""

from __future__ import annotations

from sweep.errors import one_of
from sweep.model.domains import Constant, contains, describe
from sweep.model.parameters import Parameters
from sweep.spec.messages import AddViolation, show
from sweep.spec.resources import Resources, listed


def check(
    resources: Resources, parameters: Parameters, add_violation: AddViolation
) -> None:
    """Check every rule of `resources.when` against the parameters, and `gpu: auto`."""
    if resources.measured and resources.max_concurrent == 1:
        add_violation(
            ("resources", "gpu"),
            "auto measures how many trials fit on a GPU, and resources.max_concurrent is 1",
            "a larger max_concurrent, or no gpu: a trial alone has the whole GPU",
        )
    for i, rule in enumerate(resources.when):
        if rule.cpu is None and rule.gpu is None:
            add_violation(
                ("resources", "when", i),
                "gives neither cpu nor gpu",
                "e.g. {parameters: {…}, gpu: 1}",
            )
        for name, value in rule.parameters.items():
            path = ("resources", "when", i, "parameters", name)
            if name not in parameters:
                add_violation(
                    path, f"there is no parameter {name!r}", one_of(parameters, name)
                )
                continue
            domain = parameters[name].domain
            for allowed_value in (
                () if isinstance(domain, Constant) else listed(value)
            ):  # an arm may change a constant
                if not contains(domain, allowed_value):
                    add_violation(
                        path,
                        f"{name} is never {show(allowed_value)}",
                        f"{name} is {describe(domain)}",
                    )
