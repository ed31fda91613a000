"""A small network learns scikit-learn's digits: own_plain.py is the script,
own_sweep.py the same in a study.
"""

import sweep
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F

CONFIG = {
    "epochs": 8,
    "learning_rate": 0.01,
    "width": 32,
    "dropout": 0.2,
    "label_smoothing": 0.0,
}


def data():
    """Images and labels: for training, validation and test."""
    images, digits = load_digits(return_X_y=True)
    x, y = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(digits)
    rest, test = train_test_split(
        torch.arange(len(y)), test_size=300, random_state=0, stratify=digits
    )
    train, val = train_test_split(rest, test_size=300, random_state=0, stratify=y[rest])
    return (x[train], y[train]), (x[val], y[val]), (x[test], y[test])


def build(config):
    """A network of one hidden layer."""
    return nn.Sequential(
        nn.Linear(64, config["width"]),
        nn.ReLU(),
        nn.Dropout(config["dropout"]),
        nn.Linear(config["width"], 10),
    )


@torch.no_grad()
def accuracy(model, x, y):
    """Share of images named correctly."""
    model.eval()
    return (model(x).argmax(1) == y).float().mean().item()


def train(config, run):
    """Train, and print a line an epoch."""
    torch.manual_seed(run.seed)
    train_set, val_set, test_set = data()
    model = build(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["learning_rate"])
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config["epochs"])
    start = run.restore(model=model, optimizer=optimizer, scheduler=scheduler)
    for epoch in range(start, config["epochs"]):
        model.train()
        for batch in torch.randperm(len(train_set[0])).split(64):
            x, y = train_set[0][batch], train_set[1][batch]
            loss = F.cross_entropy(
                model(x), y, label_smoothing=config["label_smoothing"]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()
        val, test = accuracy(model, *val_set), accuracy(model, *test_set)
        print(f"epoch {epoch}: validation {val:.4f}, test {test:.4f}")  # noqa: T201
        if run.report(epoch, {"val/accuracy": val, "test/accuracy": test}):
            break


if __name__ == "__main__":
    train(CONFIG, sweep.LocalRun("results/own_digits"))
