"""An ordinary training script that knows nothing of sweep: a small network learns
scikit-learn's digits.

python script_example.py --learning-rate 0.01 --label-smoothing 0.1 --epochs 10
"""

import argparse

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--learning-rate", type=float, default=1e-2)
    parser.add_argument("--label-smoothing", type=float, default=0.0)
    parser.add_argument("--batch-norm", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Train, and print a line an epoch."""
    given = arguments()
    torch.manual_seed(given.seed)
    images, digits = load_digits(return_X_y=True)
    split = train_test_split(
        images / 16, digits, test_size=0.3, random_state=0, stratify=digits
    )
    train_x, val_x = (torch.tensor(x, dtype=torch.float32) for x in split[:2])
    train_y, val_y = (torch.tensor(y) for y in split[2:])

    norm = torch.nn.BatchNorm1d(32) if given.batch_norm else torch.nn.Identity()
    model = torch.nn.Sequential(
        torch.nn.Linear(64, 32), norm, torch.nn.ReLU(), torch.nn.Linear(32, 10)
    )
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=given.label_smoothing)
    optimizer = torch.optim.Adam(model.parameters(), lr=given.learning_rate)
    for epoch in range(1, given.epochs + 1):
        model.train()
        for batch in torch.randperm(len(train_x)).split(64):
            loss = criterion(model(train_x[batch]), train_y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            accuracy = (model(val_x).argmax(dim=1) == val_y).float().mean()
        line = f"epoch {epoch}/{given.epochs}: loss {loss:.4f}, validation accuracy {accuracy:.4f}"
        print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
