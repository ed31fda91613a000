"""The order of the data: from the generator alone, every sample once, or every class
equally often."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sweep_trainers.data.sampling import (
    epoch_batches,
    inverse_frequency_weights,
    steps_per_epoch,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 9))
def test_without_weights_every_sample_comes_once(
    samples: int, batch_size: int, seed: int
) -> None:
    batches = epoch_batches(samples, batch_size, generator(seed))
    assert torch.cat(batches).sort().values.tolist() == list(range(samples))
    assert {len(batch) for batch in batches[:-1]} <= {batch_size}
    assert len(batches) == steps_per_epoch(samples, batch_size)


def test_the_order_is_the_generators_whatever_the_global_state() -> None:
    torch.manual_seed(1)
    first = torch.cat(epoch_batches(50, 8, generator(3)))
    torch.manual_seed(2)
    assert torch.equal(torch.cat(epoch_batches(50, 8, generator(3))), first)
    assert not torch.equal(torch.cat(epoch_batches(50, 8, generator(4))), first)


def test_the_next_epoch_has_another_order() -> None:
    source = generator()
    assert not torch.equal(
        torch.cat(epoch_batches(50, 8, source)), torch.cat(epoch_batches(50, 8, source))
    )


@pytest.mark.parametrize(
    ("smooth", "share_of_rare"), [(1.0, 0.5), (0.0, 0.02), (0.5, 1 / 8)]
)
def test_smoothing_goes_from_the_datas_shares_to_equal_ones(
    smooth: float, share_of_rare: float
) -> None:
    labels = torch.tensor([0] * 98 + [1] * 2)
    weights = inverse_frequency_weights(labels, smooth)
    # (1/2)^s · 2 against (1/98)^s · 98: at s = ½ the shares are as √2 : √98 = 1 : 7
    assert float(weights[labels == 1].sum() / weights.sum()) == pytest.approx(
        share_of_rare
    )


def test_weighted_sampling_draws_by_weight() -> None:
    labels = torch.tensor([0] * 980 + [1] * 20)
    drawn = labels[
        torch.cat(
            epoch_batches(1000, 100, generator(), inverse_frequency_weights(labels))
        )
    ]
    assert len(drawn) == 1000
    assert float(drawn.float().mean()) == pytest.approx(
        0.5, abs=0.06
    )  # four standard deviations
