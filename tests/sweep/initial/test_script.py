"""A whole script."""

from sweep.initial.script import script


def found(tmp_path, source):
    path = tmp_path / "train.py"
    path.write_text(source)
    return script(path, "train.py")


def test_a_seed_is_the_studys_to_give(tmp_path):
    given = found(
        tmp_path,
        "p.add_argument('--seed', default=0)\np.add_argument('--lr', default=1.0)\n",
    )
    assert given.run == ("python", "train.py", "${args}", "--seed", "${seed}")
    assert [each.name for each in given.parameters] == ["lr"]


def test_lightning_logs_a_file(tmp_path):
    source = "import lightning\nclass M:\n  def f(self):\n    self.log('val_acc', 1)\n"
    given = found(tmp_path, source)
    assert given.metrics == ("val_acc",)
    assert given.logs == "lightning_logs/version_*/metrics.csv"


def test_what_wandb_is_given_is_the_metrics(tmp_path):
    given = found(tmp_path, "import wandb\nwandb.log({'val/acc': 1, 'loss': 2})\n")
    assert given.wandb
    assert given.metrics == ("val/acc", "loss")
