import importlib.util
import math
import tempfile
from fnmatch import fnmatch
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch.func import vmap

from sweep.worker.local_run import LocalRun
from sweep_trainers import fusion
from sweep_trainers.fusion_weighting import EncoderGrouping, term_weights
from sweep_trainers.losses import class_weights, make_weighting
from sweep_trainers.settings.fusion import METRICS, PRESETS, FusionSettings, Weighting

DIMENSIONS = {"audio": 4, "text": 6, "visual": 3}
TERMS = ("classification", "contrastive", "global", "inter", "gate")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Feature files of three modalities in which the classes, or the labels, can be told apart."""
    folder = tmp_path_factory.mktemp("features")
    rng = np.random.default_rng(0)
    n = 200
    classes = rng.choice(3, n, p=[0.6, 0.3, 0.1])
    labels = rng.integers(0, 2, (n, 2))

    def save(name, targets, position):
        modalities = {
            m: position @ rng.normal(size=(3, d)) + rng.normal(size=(n, d))
            for m, d in DIMENSIONS.items()
        }
        np.savez(folder / name, labels=targets, **modalities)
        return f"features:{folder / name}"

    return SimpleNamespace(
        multi_class=save("classes.npz", classes, 1.5 * np.eye(3)[classes]),
        multi_label=save("labels.npz", labels, 1.5 * np.c_[labels, np.ones(n)]),
    )


def trained(tmp_path, config, **run):
    """The reports of a trial."""
    reports = []
    fusion.train(
        {"epochs": 4, "batch_size": 32} | config,
        LocalRun(tmp_path, on_report=reports.append, **run),
    )
    return [report.metrics for report in reports]


def settings(**changes):
    return FusionSettings.model_validate(changes)


def data_for(config, fold=None, folds=None):
    with tempfile.TemporaryDirectory() as folder:
        return fusion.prepare(
            settings(**config), LocalRun(folder, fold=fold, folds=folds)
        )


class TestSettings:
    def test_the_preset_recommended_fills_what_is_left_out(self):
        found = settings(preset="recommended")
        assert (
            found.cl_loss_weight,
            found.encoder_loss_weight,
            found.gate_reg_weight,
        ) == (
            0.2,
            0.03,
            0.005,
        )
        assert (found.loss_type, found.focal_alpha, found.focal_gamma) == (
            "focal",
            1.0,
            2.0,
        )
        assert found.reconstruction_loss == "smooth_l1"

    def test_the_default_is_the_preset_before(self):
        found = settings()
        assert (
            found.cl_loss_weight,
            found.encoder_loss_weight,
            found.gate_reg_weight,
        ) == (
            0.2,
            0.05,
            0.01,
        )
        assert (found.loss_type, found.reconstruction_loss) == ("nll", "mse")

    def test_the_fields_defaults_are_those_of_the_preset_before(self):
        for name, value in PRESETS["before"].items():
            assert FusionSettings.model_fields[name].default == value

    def test_what_is_said_stays(self):
        found = settings(preset="recommended", encoder_loss_weight=0.5, loss_type="nll")
        assert (found.encoder_loss_weight, found.loss_type, found.gate_reg_weight) == (
            0.5,
            "nll",
            0.005,
        )

    @pytest.mark.parametrize(
        "wrong",
        [
            {"preset": "recomended"},
            {"encoder_loss_weigth": 0.1},
            {"loss_type": "focl"},
            {"tau": 0},
            {"weighting": "kendall"},
            {"data": "watches"},
            {"cl_loss_weight": -1},
            {"view_dropout": 1.0},
        ],
    )
    def test_a_wrong_setting_is_refused_by_name(self, wrong):
        with pytest.raises(ValidationError) as caught:
            settings(**wrong)
        assert [error["loc"] for error in caught.value.errors()] == [tuple(wrong)]


class TestTotal:
    def test_it_is_the_sum_the_documentation_gives(self):
        terms = {
            name: torch.tensor(value)
            for name, value in zip(TERMS, (2.0, 3.0, 5.0, 7.0, 11.0), strict=True)
        }
        chosen = settings(
            cl_loss_weight=0.3, encoder_loss_weight=0.1, gate_reg_weight=0.05
        )
        total, weights = term_weights(chosen, torch.device("cpu"))(terms, None)
        assert total.item() == pytest.approx(2 + 0.3 * 3 + 0.1 * (5 + 7 + 0.05 * 11))
        assert total.item() == pytest.approx(
            sum(float(weights[name] * terms[name]) for name in TERMS)
        )

    @pytest.mark.parametrize(
        "policy", ["fixed", "adaptive", "gradient_balanced", "dwa"]
    )
    def test_the_policy_weighs_the_encoder_term_as_a_whole(self, policy):
        parameter = torch.ones(3, requires_grad=True)
        terms = {
            name: (parameter * (i + 1)).square().sum() for i, name in enumerate(TERMS)
        }
        initial = {"classification": 1.0, "contrastive": 0.2, "encoder": 0.05}
        whole = {
            "classification": terms["classification"],
            "contrastive": terms["contrastive"],
            "encoder": terms["global"] + terms["inter"] + 0.01 * terms["gate"],
        }
        grouped = EncoderGrouping(
            make_weighting(policy, terms=tuple(initial), initial=initial), 0.01
        )
        plain = make_weighting(policy, terms=tuple(initial), initial=initial)
        for _ in range(3):
            total, weights = grouped(terms, [parameter])
            expected, three = plain(whole, [parameter])
            torch.testing.assert_close(total, expected)
            torch.testing.assert_close(weights["inter"], three["encoder"])
            grouped.epoch_end(
                {name: float(value.detach()) for name, value in terms.items()}
            )
            plain.epoch_end(
                {name: float(value.detach()) for name, value in whole.items()}
            )

    def test_an_absent_term_has_no_share(self, files, tmp_path):
        last = trained(
            tmp_path,
            {"data": files.multi_class, "cl_loss_weight": 0, "encoder_loss_weight": 0},
        )[-1]
        assert last["train/share/classification"] == 1.0
        assert last["train/loss"] == pytest.approx(last["train/term/classification"])
        assert last["train/term/contrastive"] > 0


class TestViews:
    def train_features(self, deviation=1.0, mean=0.0):
        return (
            torch.randn(2000, 5, generator=torch.Generator().manual_seed(1)) * deviation
            + mean
        )

    def test_without_noise_and_dropout_a_view_is_the_sample(self):
        x = self.train_features()
        view = fusion.augmentation(settings(view_noise=0, view_dropout=0), x)
        torch.testing.assert_close(view(x, torch.Generator()), x)

    def test_noise_is_in_standard_deviations_of_each_feature(self):
        x = self.train_features(deviation=torch.tensor([1.0, 2, 3, 4, 100]))
        added = (
            fusion.augmentation(settings(view_noise=0.5, view_dropout=0), x)(
                x, torch.Generator()
            )
            - x
        )
        torch.testing.assert_close(
            added.std(dim=0), 0.5 * x.std(dim=0), rtol=0.1, atol=0
        )

    def test_dropped_features_take_their_mean(self):
        x = self.train_features(mean=7.0)
        view = fusion.augmentation(settings(view_noise=0, view_dropout=0.3), x)(
            x, torch.Generator()
        )
        dropped = view != x
        assert dropped.float().mean().item() == pytest.approx(0.3, abs=0.02)
        torch.testing.assert_close(view[dropped], x.mean(dim=0).expand_as(x)[dropped])

    def test_views_come_from_the_given_generator_alone_and_differ(self, files):
        data = data_for({"data": files.multi_class})
        first, again = (
            list(
                fusion.batches(settings(), data.train, torch.Generator().manual_seed(3))
            )
            for _ in range(2)
        )
        for one, other in zip(first, again, strict=True):
            for key in one:
                torch.testing.assert_close(one[key], other[key], rtol=0, atol=0)
            assert not torch.equal(one["view_a"], one["view_b"])
        assert sorted(
            sum(len(b["target"]) for b in batches) for batches in (first,)
        ) == [len(data.train.targets)]


class TestLoss:
    def outputs(self, files, **config):
        chosen = settings(data=files.multi_class, dropout=0, **config)
        data = data_for({"data": files.multi_class})
        torch.manual_seed(0)
        model = fusion.build(chosen, data.dimensions, len(data.classes))
        batch = next(
            fusion.batches(chosen, data.train, torch.Generator().manual_seed(0))
        )
        return model, batch, fusion.hyperparameters(chosen, data)

    def test_forward_encodes_each_view_as_if_it_were_alone(self, files):
        model, batch, _ = self.outputs(files)
        out = fusion.forward(model, batch)
        torch.testing.assert_close(out.sample.logits, model(batch["features"]).logits)
        torch.testing.assert_close(out.views[0], model(batch["view_a"]).fused)
        torch.testing.assert_close(out.views[1], model(batch["view_b"]).fused)

    def test_every_term_is_a_finite_scalar_and_gives_a_gradient(self, files):
        model, batch, hyper = self.outputs(files)
        terms = fusion.loss(fusion.forward(model, batch), batch, hyper)
        assert tuple(terms) == TERMS
        for term in terms.values():
            gradients = torch.autograd.grad(
                term, list(model.parameters()), retain_graph=True, allow_unused=True
            )
            assert sum(float(g.abs().sum()) for g in gradients if g is not None) > 0

    def test_the_inter_term_leaves_the_fused_code_alone_unless_told_otherwise(
        self, files
    ):
        for stop in (True, False):
            model, batch, hyper = self.outputs(files, inter_stop_gradient=stop)
            out = fusion.forward(model, batch)
            inter = fusion.loss(out, batch, hyper)["inter"]
            reaches = (
                torch.autograd.grad(inter, out.sample.fused, allow_unused=True)[0]
                is not None
            )
            assert reaches is not stop

    def test_modality_weights_of_one_sum_the_modalities_means(self, files):
        model, batch, plain = self.outputs(files)
        out = fusion.forward(model, batch)
        _, _, hyper = self.outputs(
            files, modality_weights=dict.fromkeys(DIMENSIONS, 1.0)
        )
        weighted = fusion.loss(out, batch, hyper)
        columns = torch.split(
            (out.sample.reconstruction - batch["features"]).square(),
            list(DIMENSIONS.values()),
            1,
        )
        torch.testing.assert_close(weighted["global"], sum(c.mean() for c in columns))
        torch.testing.assert_close(
            weighted["inter"], fusion.loss(out, batch, plain)["inter"]
        )

    def test_focal_without_focusing_is_nll(self, files):
        model, batch, nll = self.outputs(files)
        out = fusion.forward(model, batch)
        _, _, focal = self.outputs(files, loss_type="focal", focal_gamma=0.0)
        torch.testing.assert_close(
            fusion.loss(out, batch, focal)["classification"],
            fusion.loss(out, batch, nll)["classification"],
        )

    def test_class_weights_come_from_the_training_rows_and_multiply_the_focal_alpha(
        self, files
    ):
        data = data_for({"data": files.multi_class})
        expected = class_weights(torch.bincount(data.train.targets), "inverse")
        plain = fusion.hyperparameters(settings(class_weight=True), data)
        torch.testing.assert_close(plain["class_weight"], expected)
        focal = fusion.hyperparameters(
            settings(class_weight=True, loss_type="focal", focal_alpha=[1, 2, 3]), data
        )
        torch.testing.assert_close(
            focal["alpha"], expected * torch.tensor([1.0, 2.0, 3.0])
        )

    def test_hyperparameters_may_be_tensors_under_vmap(self, files):
        model, batch, hyper = self.outputs(files, loss_type="focal")
        out = fusion.forward(model, batch)
        gammas, taus = torch.tensor([0.0, 1.0, 3.0]), torch.tensor([0.1, 0.2, 0.4])
        together = vmap(
            lambda gamma, tau: fusion.loss(
                out, batch, hyper | {"gamma": gamma, "tau": tau}
            )
        )(gammas, taus)
        for i in range(3):
            alone = fusion.loss(
                out, batch, hyper | {"gamma": float(gammas[i]), "tau": float(taus[i])}
            )
            for name in ("classification", "contrastive"):
                torch.testing.assert_close(together[name][i], alone[name])


class TestTraining:
    @pytest.mark.parametrize("kind", ["multi_class", "multi_label"])
    def test_it_learns_and_reports_what_the_settings_list(self, files, tmp_path, kind):
        config = {
            "data": getattr(files, kind),
            "split": "by_seed",
            "epochs": 15,
            "learning_rate": 0.01,
        }
        reports = trained(tmp_path, config)
        assert reports[-1]["test/macro_f1"] > 0.7
        assert reports[-1]["train/loss"] < reports[0]["train/loss"]
        for name in reports[-1]:
            assert any(fnmatch(name, pattern) for pattern in METRICS), name
        for pattern in METRICS:
            assert any(fnmatch(name, pattern) for name in reports[-1]), pattern

    @pytest.mark.parametrize(
        "loss",
        [
            {"class_weight": True},
            {"loss_type": "focal", "focal_alpha": [1.0, 2.0], "class_weight": True},
        ],
    )
    def test_independent_labels_learn_under_weights_and_focal(
        self, files, tmp_path, loss
    ):
        config = {"data": files.multi_label, "epochs": 10, "learning_rate": 0.01}
        assert trained(tmp_path, config | loss)[-1]["test/macro_f1"] > 0.7

    def test_each_modality_alone_is_enough_to_run(self, tmp_path):
        rng = np.random.default_rng(0)
        np.savez(
            tmp_path / "one.npz",
            text=rng.normal(size=(60, 3)),
            labels=np.arange(60) % 2,
        )
        last = trained(
            tmp_path / "run",
            {"data": f"features:{tmp_path / 'one.npz'}", "batch_size": 59},
        )[-1]
        assert all(math.isfinite(value) for value in last.values())

    def test_bfloat16_learns_with_finite_terms(self, files, tmp_path):
        reports = trained(
            tmp_path,
            {
                "data": files.multi_class,
                "precision": "bfloat16",
                "epochs": 8,
                "learning_rate": 0.01,
            },
        )
        assert all(
            math.isfinite(value) for metrics in reports for value in metrics.values()
        )
        assert reports[-1]["test/macro_f1"] > 0.5

    def test_raw_features_stay_raw(self, files):
        config = {"data": files.multi_class, "standardize": False}
        raw = data_for(config).train.features
        assert not torch.allclose(raw.std(dim=0), torch.ones(raw.shape[1]), atol=0.2)
        standard = data_for(config | {"standardize": True}).train.features
        torch.testing.assert_close(
            standard.std(dim=0, correction=0), torch.ones(raw.shape[1])
        )

    def test_folds_change_the_validation_rows_and_not_the_test_rows(self, files):
        data = [
            data_for({"data": files.multi_class, "standardize": False}, fold=k, folds=3)
            for k in range(3)
        ]
        assert torch.equal(data[0].test.features, data[2].test.features)
        assert not torch.equal(data[0].val.features, data[2].val.features)

    def test_a_run_told_its_fold_trains_on_it(self, files, tmp_path):
        first, second = (
            trained(
                tmp_path / str(k),
                {"data": files.multi_class, "epochs": 1},
                fold=k,
                folds=3,
            )[-1]
            for k in (0, 1)
        )
        assert first["val/loss"] != second["val/loss"]


@pytest.mark.parametrize("policy", get_args(Weighting))
def test_a_resumed_trial_goes_on_exactly_under_every_weighting_policy(
    files, tmp_path, policy
):
    config = {"data": files.multi_class, "weighting": policy, "epochs": 4}
    whole = trained(tmp_path / "whole", config)
    cut = LocalRun(tmp_path / "cut", on_report=lambda report: report.epoch == 1)
    fusion.train({"batch_size": 32} | config, cut)
    rest = trained(tmp_path / "cut", config)
    for expected, found in zip(whole[2:], rest, strict=True):
        assert found | {"samples_per_second": 0} == expected | {"samples_per_second": 0}


class TestRefusals:
    """Nothing is trained and nothing is reported."""

    @pytest.mark.parametrize(
        "config, error, message",
        [
            (
                {"data": "features:nowhere.npz"},
                FileNotFoundError,
                r"nowhere\.npz does not exist",
            ),
            (
                {"focal_alpha": [1.0, 2.0], "loss_type": "focal"},
                ValueError,
                "2 entries, the data has 3 classes",
            ),
            ({"modality_weights": {"audio": 1.0}}, ValueError, "missing: text, visual"),
            ({"epochs": 0}, ValueError, "epochs"),
            ({"modality": "audio"}, ValueError, "modality"),
        ],
    )
    def test_wrong_configurations(self, files, tmp_path, config, error, message):
        with pytest.raises(error, match=message):
            fusion.train(
                {"data": files.multi_class, "epochs": 1} | config, LocalRun(tmp_path)
            )
        assert not (tmp_path / "history.jsonl").exists()


@pytest.mark.skipif(
    importlib.util.find_spec("seglearn") is None,
    reason="the smartwatch recordings are not installed: pip install 'sweep-ablation[watch]'",
)
def test_smartwatch_exercises_of_unseen_subjects_are_recognised_far_above_chance(
    tmp_path,
):
    reports = trained(tmp_path, {"epochs": 6, "batch_size": 64, "learning_rate": 0.003})
    assert reports[-1]["test/accuracy"] > 0.5  # chance: 1/7
    assert {name for name in reports[-1] if name.startswith("test/f1/")} == {
        f"test/f1/{name}" for name in ("PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW")
    }
