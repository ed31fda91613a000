"""Every numeric hyperparameter may be a 0-d tensor: the same value, the same type, the
same gradient."""

import pytest
import torch

from sweep_trainers.losses import (
    POLICIES,
    DiceVariant,
    class_weights,
    clip_loss,
    dice_loss,
    focal_clip_loss,
    focal_loss,
    global_reconstruction,
    info_nce,
    make_weighting,
    modality_reconstruction,
    reconstruction_loss,
    segmentation_terms,
    sigmoid_focal_loss,
    superclip_terms,
    two_view_loss,
    weighted_clip_loss,
)

GENERATOR = torch.Generator().manual_seed(0)
X = torch.randn(6, 4, generator=GENERATOR)
Y = torch.randn(6, 4, generator=GENERATOR)
LABELS = torch.tensor([0, 1, 2, 3, 0, 1])
MANY = torch.tensor([[1.0, 0.0, 1.0, 0.0]] * 6)
WEIGHT = torch.tensor([1.0, 2.0, 0.5, 1.0])
DIMENSIONS = {"audio": 1, "text": 3}


def reconstruct(x, beta):
    return reconstruction_loss(x, Y, kind="smooth_l1", beta=beta)


def reconstruct_all(x, weight):
    weights = {"audio": weight, "text": 1.0}
    return global_reconstruction(x, Y, DIMENSIONS, modality_weights=weights)


def reconstruct_code(x, weight):
    return modality_reconstruction({"audio": x}, Y, modality_weights={"audio": weight})


# name → (loss of x and one hyperparameter, a value of it)
LOSSES = {
    "focal gamma": (lambda x, v: focal_loss(x, LABELS, gamma=v), 0.7),
    "focal alpha": (lambda x, v: focal_loss(x, LABELS, alpha=v), 0.25),
    "sigmoid gamma": (lambda x, v: sigmoid_focal_loss(x, MANY, gamma=v), 0.7),
    "sigmoid alpha": (lambda x, v: sigmoid_focal_loss(x, MANY, alpha=v), 0.25),
    "dice smooth": (
        lambda x, v: dice_loss(x, LABELS, variant=DiceVariant(smooth=v)),
        0.5,
    ),
    "dice smooth, micro, per image": (
        lambda x, v: dice_loss(
            x, LABELS, variant=DiceVariant("sample", "count", "micro", smooth=v)
        ),
        0.5,
    ),
    "segmentation gamma": (
        lambda x, v: segmentation_terms(x, LABELS, loss_type="focal", focal_gamma=v)[
            "ce"
        ],
        0.7,
    ),
    "segmentation alpha": (
        lambda x, v: segmentation_terms(x, LABELS, loss_type="focal", focal_alpha=v)[
            "ce"
        ],
        0.25,
    ),
    "smooth-L1 beta, within": (reconstruct, 10.0),
    "smooth-L1 beta, beyond": (reconstruct, 0.01),
    "smooth-L1 beta": (reconstruct, 0.8),
    "modality weight": (reconstruct_all, 0.3),
    "inter weight": (reconstruct_code, 0.3),
    "info_nce temperature": (lambda x, v: info_nce(x, Y, temperature=v), 0.2),
    "two_view temperature": (
        lambda x, v: two_view_loss(x, (Y, -Y), temperature=v),
        0.2,
    ),
    "clip temperature": (lambda x, v: clip_loss(x, Y, temperature=v), 0.1),
    "weighted clip temperature": (
        lambda x, v: weighted_clip_loss(x, Y, LABELS, WEIGHT, temperature=v),
        0.1,
    ),
    "focal clip gamma": (lambda x, v: focal_clip_loss(x, Y, gamma=v), 0.7),
    "superclip temperature": (
        lambda x, v: superclip_terms(x, Y, LABELS, Y[:4], temperature=v)["class"],
        0.1,
    ),
}
names = pytest.mark.parametrize("name", LOSSES)


def value_and_gradient(loss, value):
    x = X.clone().requires_grad_()
    found = loss(x, value)
    found.backward()
    return found.detach(), x.grad


@names
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_tensor_means_what_the_number_means(name, dtype):
    loss, value = LOSSES[name]
    found = value_and_gradient(loss, torch.tensor(value, dtype=dtype))
    torch.testing.assert_close(found, value_and_gradient(loss, value))
    assert found[0].dtype == torch.float32


@names
def test_several_values_at_once_under_vmap(name):
    loss, value = LOSSES[name]
    values = torch.tensor([value, 2 * value])
    together = torch.func.vmap(lambda v: loss(X, v))(values)
    one_by_one = torch.stack([torch.as_tensor(loss(X, float(v))) for v in values])
    torch.testing.assert_close(together, one_by_one)


@pytest.mark.parametrize("parameter", ["smooth-L1 beta", "dice smooth", "focal gamma"])
def test_the_gradient_reaches_the_hyperparameter(parameter):
    loss, value = LOSSES[parameter]
    wide = X.double()
    tensor = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    if parameter == "smooth-L1 beta":
        target = Y.double()
        assert torch.autograd.gradcheck(
            lambda v: reconstruction_loss(wide, target, kind="smooth_l1", beta=v),
            tensor,
        )
    else:
        assert torch.autograd.gradcheck(lambda v: loss(wide, v), tensor)


def test_beta_of_effective_class_weights():
    counts = [100, 10, 1]
    found = class_weights(
        counts, "effective", beta=torch.tensor(0.99, dtype=torch.float64)
    )
    assert torch.equal(found, class_weights(counts, "effective", beta=0.99))


INITIAL = {"a": 1.0, "b": 0.25, "c": 0.0}
OPTIONS = {
    "adaptive": {"momentum": 0.5, "floor": 0.1},
    "gradient_balanced": {"momentum": 0.5, "floor": 0.1},
    "gradnorm": {"alpha": 0.5, "learning_rate": 0.1},
    "dwa": {"temperature": 1.0},
}


def three_steps(name, initial, options):
    """The weights of the last of three steps, over two epochs."""
    policy = make_weighting(name, list(initial), initial, **options)
    x = torch.ones(3, requires_grad=True)
    for step in range(3):
        terms = {"a": x[0] ** 2, "b": 3 * x[1], "c": x[2] * (1.0 + step)}
        _, weights = policy(terms, [x])
        policy.epoch_end({name: float(term.detach()) for name, term in terms.items()})
    return weights


@pytest.mark.parametrize("name", POLICIES)
def test_a_weighting_starts_from_tensors_as_from_numbers(name):
    options = OPTIONS.get(name, {})
    tensors = {term: torch.tensor(weight) for term, weight in INITIAL.items()}
    options_as_tensors = {key: torch.tensor(value) for key, value in options.items()}
    found = three_steps(name, tensors, options_as_tensors)
    torch.testing.assert_close(found, three_steps(name, INITIAL, options))


@pytest.mark.parametrize("name", POLICIES)
def test_an_initial_weight_of_more_than_one_value_is_refused(name):
    with pytest.raises(
        ValueError, match=r"the weight of b must be a scalar, found shape \(2,\)"
    ):
        make_weighting(name, ["a", "b"], {"a": 1.0, "b": torch.ones(2)})


@pytest.mark.parametrize(
    "name", ["adaptive", "uncertainty", "gradnorm", "gradient_balanced", "dwa"]
)
def test_a_tensor_that_is_no_weight_is_refused(name):
    with pytest.raises(
        ValueError, match=r"the weight of b must be a finite number ≥ 0, found -1"
    ):
        make_weighting(name, ["a", "b"], {"a": 1.0, "b": torch.tensor(-1.0)})
