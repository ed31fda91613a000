"""Weighting policies: what all of them keep, and the law each one claims."""

import io
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep_trainers.losses import POLICIES, make_weighting
from tests.trainers.losses.tasks import INITIAL, TERMS, Task, constant

policies = pytest.mark.parametrize("name", POLICIES)
values = st.lists(st.floats(0.0, 1e4), min_size=3, max_size=3)


@policies
class TestAllPolicies:
    def test_the_weight_reported_is_the_factor_on_the_terms_gradient(self, name):
        task = Task(name)
        for _ in range(3):
            task.epoch()
        terms = {
            term: value.detach().requires_grad_()
            for term, value in task.terms().items()
        }
        live = {term: leaf * 1.0 for term, leaf in terms.items()}
        total, weights = task.weighting(live, list(terms.values()))
        total.backward()
        for term, leaf in terms.items():
            torch.testing.assert_close(leaf.grad, weights[term])
            assert not weights[term].requires_grad

    def test_a_term_of_weight_zero_stays_off(self, name):
        task = Task(name, INITIAL | {"contrastive": 0.0})
        before = task.model.weight[1].detach().clone()
        for group in task.optimizer.param_groups:
            group["weight_decay"] = 0.0
        for _ in range(3):
            _, weights = task.epoch()
            assert weights["contrastive"] == 0
            assert all(weights[other] > 0 for other in ("classification", "encoder"))
        assert torch.equal(task.model.weight[1], before)

    def test_all_weights_zero_is_zero(self, name):
        task = Task(name, dict.fromkeys(TERMS, 0.0))
        for _ in range(3):
            total, weights = task.epoch()
            assert total == 0
            assert not any(weights.values())

    def test_resumes_exactly(self, name):
        straight, first = Task(name), Task(name)
        for _ in range(3):
            straight.epoch()
            first.epoch()
        file = io.BytesIO()
        parts = ("model", "optimizer", "weighting")
        torch.save({part: getattr(first, part).state_dict() for part in parts}, file)
        file.seek(0)
        second = Task(name, seed=1)
        second.data = straight.data
        for part, state in torch.load(file, weights_only=True).items():
            getattr(second, part).load_state_dict(state)
        for _ in range(3):
            (total, weights), (expected, expected_weights) = (
                second.epoch(),
                straight.epoch(),
            )
            assert torch.equal(total, expected)
            assert weights == expected_weights

    def test_gradients_of_the_model_are_neither_read_nor_written(self, name):
        task = Task(name)
        for p in task.model.parameters():
            p.grad = torch.full_like(p, math.nan)
        total, _ = task.weighting(task.terms(), list(task.model.parameters()))
        assert all(p.grad.isnan().all() for p in task.model.parameters())
        assert total.isfinite()

    def test_terms_of_zero_and_of_any_size_keep_it_finite(self, name):
        task = Task(name)
        for scale in (0.0, 1e-12, 1e12, 0.0):
            terms = {term: scale * value for term, value in task.terms().items()}
            total, weights = task.weighting(terms, list(task.model.parameters()))
            gradients = torch.autograd.grad(total, list(task.model.parameters()))
            assert all(g.isfinite().all() for g in gradients)
            assert all(weight.isfinite() for weight in weights.values())
            task.weighting.epoch_end(
                {term: float(value.detach()) for term, value in terms.items()}
            )

    def test_first_step_starts_from_the_initial_weights(self, name):
        """Exactly, but for the policies that look at the terms before they sum: those
        keep the initial sum."""
        _, weights = Task(name).step()
        found = torch.stack(list(weights.values()))
        if name in ("fixed", "uncertainty", "gradnorm", "dwa"):
            torch.testing.assert_close(found, torch.tensor(list(INITIAL.values())))
        elif name != "normalized":
            torch.testing.assert_close(found.sum(), torch.tensor(sum(INITIAL.values())))

    def test_terms_must_be_the_policys(self, name):
        weighting = make_weighting(name, TERMS)
        with pytest.raises(ValueError, match="missing: encoder"):
            weighting(
                {"classification": torch.ones(()), "contrastive": torch.ones(())},
                [torch.ones(1)],
            )


class TestFixed:
    def test_is_the_weighted_sum_for_ever(self):
        weighting = make_weighting("fixed", TERMS, INITIAL)
        for _ in range(3):
            total, _ = weighting(constant([1.0, 2.0, 3.0]))
            assert float(total) == pytest.approx(1.0 + 0.4 + 0.15)
            weighting.epoch_end({})

    def test_weights_may_be_tensors_under_vmap(self):
        def total(weight):
            return make_weighting("fixed", TERMS, INITIAL | {"encoder": weight})(
                constant([1.0, 0.0, 2.0])
            )[0]

        torch.testing.assert_close(
            torch.func.vmap(total)(torch.tensor([0.0, 0.5])), torch.tensor([1.0, 2.0])
        )


class TestAdaptive:
    def run(self, sequence, **options):
        weighting = make_weighting("adaptive", TERMS, INITIAL, **options)
        for step in sequence:
            _, weights = weighting(constant(step))
        return torch.stack(list(weights.values()))

    @given(st.lists(values, min_size=1, max_size=15))
    @settings(max_examples=30)
    def test_the_sum_is_kept_and_no_weight_is_negative(self, sequence):
        weights = self.run(sequence)
        assert float(weights.sum()) == pytest.approx(sum(INITIAL.values()), rel=1e-4)
        assert (weights >= 0).all()

    def test_constant_terms_lead_to_initial_over_value(self):
        weights = self.run([[2.0, 0.5, 1.0]] * 200)
        expected = torch.tensor([1.0 / 2.0, 0.2 / 0.5, 0.05 / 1.0])
        torch.testing.assert_close(weights, expected * 1.25 / expected.sum())

    def test_one_step_on_paper(self):
        raw = torch.tensor([1.0 / 2.0, 0.2 / 0.5, 0.05 / 1.0])
        expected = 0.9 * torch.tensor([1.0, 0.2, 0.05]) + 0.1 * raw * 1.25 / raw.sum()
        torch.testing.assert_close(self.run([[2.0, 0.5, 1.0]]), expected)

    def test_only_the_last_ten_values_count(self):
        recent = [[2.0, 0.5, 1.0]] * 10
        with_past = self.run([[5.0, 5.0, 5.0], *recent], momentum=0.0)
        torch.testing.assert_close(with_past, self.run(recent, momentum=0.0))
        assert not torch.allclose(
            self.run([[5.0, 5.0, 5.0], *recent[1:]], momentum=0.0), with_past
        )

    def test_a_term_gone_to_zero_does_not_run_away(self):
        """The naive 1/loss reaches 1e7 here; the floor leaves the others a hundredth of
        their proportion at least."""
        weights = self.run([[1.0, 1.0, 0.0]] * 300)
        assert weights.max() <= 1.25
        torch.testing.assert_close(weights[2] / weights[0], torch.tensor(100 * 0.05))


class TestNormalized:
    def test_sums_the_logarithms(self):
        total, _ = make_weighting("normalized", TERMS, INITIAL)(
            constant([0.0, math.e - 1, 10.0])
        )
        assert float(total) == pytest.approx(0.2 + 0.05 * math.log(11.0))

    @given(st.floats(1e-3, 1e6))
    @settings(max_examples=20)
    def test_small_terms_enter_as_they_are_and_large_ones_by_their_relative_change(
        self, size
    ):
        _, weights = make_weighting("normalized", TERMS)(constant([size, 0.0, 1.0]))
        assert float(weights["classification"]) == pytest.approx(
            1.0 / (1.0 + size), rel=1e-5
        )
        assert float(weights["contrastive"]) == 1.0


class TestUncertainty:
    def test_on_paper(self):
        weighting = make_weighting("uncertainty", TERMS, INITIAL)
        (s,) = weighting.parameters()
        with torch.no_grad():
            s.copy_(torch.tensor([0.5, -1.0, 0.0]))
        total, _ = weighting(constant([1.0, 2.0, 3.0]))
        assert float(total.detach()) == pytest.approx(
            math.exp(-0.5) + 2 * math.e + 3 + (0.5 - 1.0) / 2
        )

    def test_at_rest_the_weight_is_half_the_inverse_term(self):
        """Whatever the initial weights; found by the optimizer the trainer uses."""
        weighting = make_weighting("uncertainty", TERMS, INITIAL)
        optimizer = torch.optim.AdamW(weighting.parameters(), lr=0.05, weight_decay=0.0)
        for _ in range(500):
            total, weights = weighting(constant([0.1, 1.0, 5.0]))
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
        found = torch.stack(list(weights.values()))
        torch.testing.assert_close(
            found, torch.tensor([5.0, 0.5, 0.1]), rtol=1e-2, atol=0
        )


class TestDynamicWeightAverage:
    def after(self, *epochs, initial=None, **options):
        weighting = make_weighting("dwa", TERMS, initial, **options)
        for epoch in epochs:
            weighting.epoch_end(dict(zip(TERMS, epoch, strict=True)))
        return torch.stack(list(weighting(constant([1.0, 1.0, 1.0]))[1].values()))

    def test_the_papers_formula(self):
        pace = torch.tensor([1.0 / 2.0, 3.0 / 3.0, 1.0 / 4.0])
        found = self.after([9.0, 9.0, 9.0], [2.0, 3.0, 4.0], [1.0, 3.0, 1.0])
        torch.testing.assert_close(found, 3 * torch.softmax(pace / 2.0, dim=0))

    def test_two_epochs_with_the_initial_weights(self):
        for epochs in ([], [[1.0, 2.0, 3.0]]):
            torch.testing.assert_close(
                self.after(*epochs, initial=INITIAL), torch.tensor([1.0, 0.2, 0.05])
            )

    @given(st.lists(values, min_size=2, max_size=5))
    @settings(max_examples=30)
    def test_the_sum_is_kept(self, epochs):
        weights = self.after(*epochs, initial=INITIAL)
        assert float(weights.sum()) == pytest.approx(1.25, rel=1e-5)
        assert (weights >= 0).all()

    def test_equal_pace_leaves_the_initial_weights(self):
        found = self.after([4.0, 2.0, 8.0], [2.0, 1.0, 4.0], initial=INITIAL)
        torch.testing.assert_close(found, torch.tensor([1.0, 0.2, 0.05]))

    def test_a_high_temperature_evens_the_weights(self):
        found = self.after([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], temperature=1e6)
        torch.testing.assert_close(found, torch.ones(3), rtol=1e-4, atol=0)

    def test_an_epoch_that_diverged_changes_nothing(self):
        found = self.after([1.0, 1.0, 1.0], [1.0, math.nan, 1.0], initial=INITIAL)
        torch.testing.assert_close(found, torch.tensor([1.0, 0.2, 0.05]))


@pytest.mark.parametrize("value", [0.0, 1e-12, 3.0, -2.0])
def test_normalized_pulls_by_one_over_one_plus_the_term_also_at_0(value):
    term = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    total, weights = make_weighting("normalized", ["a"], {"a": 0.5})({"a": term})
    total.backward()
    assert term.grad == pytest.approx(0.5 / (1 + abs(value)))
    assert weights["a"] == term.grad


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (
            {"name": "gradnrom"},
            ValueError,
            "unknown weighting 'gradnrom'; did you mean 'gradnorm'.*dwa",
        ),
        (
            {"name": "fixed", "initial": {"classification": 1.0}},
            ValueError,
            "missing: contrastive, encoder",
        ),
        (
            {"name": "fixed", "initial": INITIAL | {"encoder": -1.0}},
            ValueError,
            "weight of encoder.*found -1.0",
        ),
        (
            {"name": "dwa", "initial": INITIAL | {"encoder": torch.ones(2)}},
            ValueError,
            "must be a scalar",
        ),
        (
            {"name": "adaptive", "momentum": 1.0},
            ValueError,
            r"momentum must lie in \[0, 1\), found 1.0",
        ),
        ({"name": "adaptive", "window": 0}, ValueError, "window must be ≥ 1, found 0"),
        (
            {"name": "adaptive", "floor": 0.0},
            ValueError,
            r"floor must lie in \(0, 1\], found 0.0",
        ),
        ({"name": "gradient_balanced", "every": 0}, ValueError, "every must be ≥ 1"),
        (
            {"name": "gradnorm", "alpha": -1.0},
            ValueError,
            "alpha of gradnorm must be ≥ 0",
        ),
        (
            {"name": "gradnorm", "learning_rate": 0.0},
            ValueError,
            "learning_rate of gradnorm must be > 0",
        ),
        (
            {"name": "dwa", "temperature": 0.0},
            ValueError,
            "temperature of dwa must be > 0",
        ),
        ({"name": "fixed", "momentum": 0.5}, TypeError, "momentum"),
    ],
)
def test_refusals_say_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        make_weighting(terms=TERMS, **arguments)
