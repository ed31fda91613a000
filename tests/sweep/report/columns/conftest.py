"""Evidence for the columns of the ablation table."""

from dataclasses import asdict, replace

import pytest

from sweep import report
from sweep.ablation import designs
from sweep.report.table import Notes


@pytest.fixture
def laddered(ladder):
    """A finished ladder with an arm left out of it; every column but the retuned values
    is filled."""
    return report.gather(ladder)


@pytest.fixture
def retuned(study, curve_to, run_all):
    """The same study, whose arm `+ focal` was retuned."""
    writer = study()
    decided = designs.arms(writer.spec, None)
    tuned = [
        replace(arm, tuned={"dice_weight": 0.5, "loss_type": "focal"})
        if arm.name == "+ focal"
        else arm
        for arm in decided
    ]
    run_all(writer, lambda arm, seed, _: curve_to(0.6 + seed / 100))
    writer.add("arms_decided", arms=[asdict(arm) for arm in tuned])
    return report.gather(writer.history())


@pytest.fixture
def shown():
    """`shown(build, evidence)`: arm → the key of a column → its cell."""

    def build_rows(build, evidence):
        group = build(evidence, Notes())
        keys = [column.key for column in group.columns]
        return {
            arm: dict(zip(keys, cells, strict=True))
            for arm, cells in zip(evidence.arms, group.cells, strict=True)
        }

    return build_rows


@pytest.fixture
def with_margin(judged):
    """A study of eight seeds with a margin."""
    return report.gather(judged())


@pytest.fixture
def sequential(looked_at):
    """A study whose seeds were added until its arms were decided."""
    return report.gather(looked_at())
