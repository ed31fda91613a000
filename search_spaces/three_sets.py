"""A small network learns three of scikit-learn's data sets: digits, wine and breast cancer."""

import torch
from sklearn import datasets
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F

SETS = {
    "digits": datasets.load_digits,
    "wine": datasets.load_wine,
    "cancer": datasets.load_breast_cancer,
}


def data(name, split_seed):
    """Features (N, D) and labels (N,) for training, validation and test: 60, 20 and 20 %."""
    features, labels = SETS[name](return_X_y=True)
    rest, test = train_test_split(
        range(len(labels)), test_size=0.2, random_state=split_seed, stratify=labels
    )
    train, val = train_test_split(
        rest, test_size=0.25, random_state=split_seed, stratify=labels[rest]
    )
    mean, deviation = features[train].mean(axis=0), features[train].std(axis=0)
    x = torch.tensor((features - mean) / (deviation + 1e-6), dtype=torch.float32)
    y = torch.tensor(labels)
    return [(x[part], y[part]) for part in (train, val, test)]


@torch.no_grad()
def accuracy(model, x, y):
    """Share of samples named correctly."""
    model.eval()
    return (model(x).argmax(1) == y).float().mean().item()


def train(config, run):
    """A network of one hidden layer; the split, the weights and the order are drawn apart."""
    seeds = {"split": 0, "init": run.seed, "order": run.seed}
    seeds |= getattr(run, "seeds", None) or {}
    sets = data(config["dataset"], seeds["split"])
    (x, y), width = sets[0], config["width"]
    torch.manual_seed(seeds["init"])
    model = nn.Sequential(
        nn.Linear(x.shape[1], width),
        nn.ReLU(),
        nn.Dropout(config["dropout"]),
        nn.Linear(width, int(y.max()) + 1),
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["learning_rate"])
    order = torch.Generator().manual_seed(seeds["order"])
    start = run.restore(model=model, optimizer=optimizer, order=order)
    for epoch in range(start, config["epochs"]):
        model.train()
        for batch in torch.randperm(len(x), generator=order).split(32):
            smoothing = config["label_smoothing"]
            loss = F.cross_entropy(model(x[batch]), y[batch], label_smoothing=smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        val, test = accuracy(model, *sets[1]), accuracy(model, *sets[2])
        if run.report(
            epoch, {"val/accuracy": val, "test/accuracy": test, "train/loss": loss}
        ):
            break


train.metrics = ("val/accuracy", "test/accuracy", "train/loss")
