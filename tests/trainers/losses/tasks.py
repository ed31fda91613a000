"""Terms whose gradients are known, and a small task that is trained with a policy."""

import torch
from torch import nn

from sweep_trainers.losses import make_weighting

TERMS = ("classification", "contrastive", "encoder")


INITIAL = {"classification": 1.0, "contrastive": 0.2, "encoder": 0.05}


def constant(values, names=TERMS):
    """Terms with the given values and no gradient of interest."""
    return {
        name: torch.tensor(float(value))
        for name, value in zip(names, values, strict=True)
    }


def slopes(weights, x):
    """Terms linear in the shared parameter x, `(K,)`: term k has gradient norm `weights[k]`."""
    return {
        name: weight * x[k] + 1.0
        for k, (name, weight) in enumerate(zip(TERMS, weights, strict=True))
    }


class Task:
    """A linear model with three losses of different size, trained with a policy."""

    def __init__(self, name, initial=INITIAL, seed=0):
        torch.manual_seed(seed)
        self.data = torch.randn(8, 4)
        self.model = nn.Linear(4, 3)
        self.weighting = make_weighting(name, TERMS, initial)
        self.optimizer = torch.optim.AdamW(
            [*self.model.parameters(), *self.weighting.parameters()], lr=1e-2
        )

    def terms(self):
        out = self.model(self.data)
        return dict(
            zip(
                TERMS,
                (
                    out[:, 0].square().mean(),
                    10 * out[:, 1].abs().mean(),
                    out[:, 2].exp().mean(),
                ),
                strict=True,
            )
        )

    def step(self):
        total, weights = self.weighting(self.terms(), list(self.model.parameters()))
        self.optimizer.zero_grad()
        total.backward()
        self.optimizer.step()
        return total.detach(), weights

    def epoch(self, steps=3):
        found = [self.step() for _ in range(steps)]
        self.weighting.epoch_end(
            {name: float(term.detach()) for name, term in self.terms().items()}
        )
        return found[-1]
