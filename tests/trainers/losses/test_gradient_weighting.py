"""Policies that read gradients of the terms: GradNorm and balanced norms."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep_trainers.losses import make_weighting
from tests.trainers.losses.tasks import INITIAL, TERMS, constant, slopes


class TestGradientBalanced:
    @given(st.lists(st.floats(0.05, 4.0), min_size=3, max_size=3))
    @settings(max_examples=20)
    def test_weighted_norms_are_in_proportion_to_the_initial_weights(self, norms):
        x = torch.ones(3, requires_grad=True)
        _, weights = make_weighting("gradient_balanced", TERMS, INITIAL)(
            slopes(norms, x), [x]
        )
        pull = torch.stack(
            [
                weights[name] * norm / INITIAL[name]
                for name, norm in zip(TERMS, norms, strict=True)
            ]
        )
        torch.testing.assert_close(pull, pull.mean().expand(3))
        assert float(sum(weights.values())) == pytest.approx(1.25, rel=1e-5)

    def test_the_norm_is_the_global_one_over_all_shared_parameters(self):
        x, y = torch.ones(2, requires_grad=True), torch.ones((), requires_grad=True)
        terms = {"a": 3 * x[0] + 4 * y, "b": 5 * x[1]}  # both of norm 5
        _, weights = make_weighting("gradient_balanced", ("a", "b"))(terms, [x, y])
        torch.testing.assert_close(weights["a"], weights["b"])

    def test_momentum_averages_the_norms(self):
        x = torch.ones(3, requires_grad=True)
        weighting = make_weighting("gradient_balanced", TERMS, momentum=0.75)
        weighting(slopes([1.0, 1.0, 1.0], x), [x])
        _, weights = weighting(slopes([1.0, 1.0, 5.0], x), [x])
        torch.testing.assert_close(
            weights["classification"] / weights["encoder"], torch.tensor(2.0)
        )

    def test_norms_are_measured_every_so_often(self):
        x = torch.ones(3, requires_grad=True)
        weighting = make_weighting("gradient_balanced", TERMS, momentum=0.0, every=3)
        ratios = []
        for step in range(5):
            _, weights = weighting(slopes([1.0, 1.0, 1.0 + step], x), [x])
            ratios.append(float(weights["classification"] / weights["encoder"]))
        assert ratios == pytest.approx([1.0, 1.0, 1.0, 4.0, 4.0])

    def test_a_term_without_gradient_counts_as_the_floor(self):
        x = torch.ones(3, requires_grad=True)
        terms = slopes([1.0, 1.0, 1.0], x) | {"encoder": torch.tensor(3.0)}
        _, weights = make_weighting("gradient_balanced", TERMS, floor=0.1)(terms, [x])
        torch.testing.assert_close(
            weights["encoder"] / weights["classification"], torch.tensor(10.0)
        )


class TestGradNorm:
    def learn(self, norms, losses, steps=400, **options):
        """Weights learned with fixed gradient norms; `losses(step)` gives each term's value."""
        weighting = make_weighting("gradnorm", TERMS, **options)
        for step in range(steps):
            x = torch.ones(3, requires_grad=True)
            values = losses(step)
            terms = {
                t: n * (x[k] - 1) + v
                for k, (t, n, v) in enumerate(zip(TERMS, norms, values, strict=True))
            }
            _, weights = weighting(terms, [x])
        return torch.stack(list(weights.values()))

    def test_with_alpha_zero_the_weighted_norms_become_equal(self):
        norms = torch.tensor([1.0, 2.0, 4.0])
        pull = (
            self.learn(
                norms.tolist(),
                lambda step: [1.0, 1.0, 1.0],
                alpha=0.0,
                learning_rate=0.005,
            )
            * norms
        )
        assert (pull / pull.mean() - 1).abs().max() < 0.05

    @pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5])
    def test_the_term_that_trains_slowest_pulls_hardest(self, alpha):
        ratio = [1.0, 0.5, 0.25]  # of each loss to its first value

        def losses(step):
            return [1.0, 1.0, 1.0] if step == 0 else ratio

        pull = self.learn([1.0, 1.0, 1.0], losses, alpha=alpha, learning_rate=0.005)
        assert pull[0] > pull[1] > pull[2]
        if (
            alpha == 1.0
        ):  # the one alpha whose targets add up to the pulls, so that all of them can be met
            torch.testing.assert_close(
                pull[:2] / pull[1:], torch.tensor([2.0, 2.0]), rtol=0.05, atol=0
            )

    def test_the_sum_is_kept_and_no_weight_turns_its_term_around(self):
        weights = self.learn(
            [1e-3, 1.0, 1e3], lambda step: [1.0, 1.0, 1.0], learning_rate=0.5
        )
        assert float(weights.sum()) == pytest.approx(3.0)
        assert (weights > 0).all()

    def test_first_step_is_adams_on_the_papers_loss(self):
        """The gradient by autograd of Σ |w·n - target|, the target held constant."""
        norms, start = torch.tensor([1.0, 2.0, 4.0]), torch.ones(3, requires_grad=True)
        pull = start * norms
        (pull - pull.mean().detach()).abs().sum().backward()
        torch.optim.Adam([start], lr=0.025).step()
        expected = start.detach() * 3 / start.detach().sum()
        torch.testing.assert_close(
            self.learn(norms.tolist(), lambda step: [1.0, 1.0, 1.0], steps=2), expected
        )


@pytest.mark.parametrize("name", ["gradient_balanced", "gradnorm"])
@pytest.mark.parametrize("shared", [None, []])
def test_gradient_policies_need_shared_parameters(name, shared):
    with pytest.raises(ValueError, match="needs the shared parameters"):
        make_weighting(name, TERMS)(constant([1.0, 1.0, 1.0]), shared)
