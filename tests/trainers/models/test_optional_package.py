"""Packages that only some settings need: what a message says when one is missing or
does not load."""

import pytest

from sweep_trainers.models.optional_package import load_package

SETTING = "image_encoder timm:resnet18"


def test_a_package_that_is_missing_is_named_with_the_extra_that_brings_it():
    with pytest.raises(
        ValueError, match=r"needs the package no_such_package: pip install"
    ):
        load_package("no_such_package", SETTING, "vision")


def test_a_torchvision_of_another_build_is_named_with_the_cure(tmp_path, monkeypatch):
    broken = "raise RuntimeError('operator torchvision::nms does not exist')"
    (tmp_path / "broken_vision.py").write_text(broken)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="operator torchvision::nms") as caught:
        load_package("broken_vision", SETTING, "vision")
    assert str(caught.value).startswith(f"{SETTING} needs torchvision")
    assert "pip install --force-reinstall torch torchvision --index-url" in str(
        caught.value
    )


def test_another_error_of_a_package_is_its_own(tmp_path, monkeypatch):
    (tmp_path / "failing_package.py").write_text("raise RuntimeError('no driver')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RuntimeError, match="no driver"):
        load_package("failing_package", SETTING, "vision")
