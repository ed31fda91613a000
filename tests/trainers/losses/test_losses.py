"""Every loss is exported by the package and stands in its table; one that does not fails here."""

import ast
from pathlib import Path

import pytest

from sweep_trainers import losses

FOLDER = Path(str(losses.__file__)).parent


def public_losses() -> list[str]:
    """Names of the public functions of this package that end like a loss."""
    names = []
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            is_public = isinstance(node, ast.FunctionDef) and not node.name.startswith(
                "_"
            )
            if is_public and node.name.endswith(("_loss", "_terms", "_entropy")):
                names.append(node.name)
    return names


@pytest.mark.parametrize("name", public_losses())
def test_a_loss_is_exported_and_in_the_table(name: str) -> None:
    assert name in losses.__all__
    assert f"`{name}`" in str(losses.__doc__)


def test_losses_are_found() -> None:
    assert {"focal_loss", "clip_terms", "cross_entropy"} <= set(public_losses())
