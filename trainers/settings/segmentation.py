"""Settings of the `segmentation` trainer: parsing with extreme class imbalance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from .pictures import (
    DUPLICATE_IMAGES,
    GROUPS,
    IMAGE_STORE,
    NUM_WORKERS,
    DuplicateImages,
    ImageStore,
    check_groups_setting,
    check_image_store_setting,
)
from .training import TRAINING_METRICS, TrainingSettings

METRICS: tuple[str, ...] = (
    *TRAINING_METRICS,
    # like val/f_score, on as many training images: the difference shows overfitting
    "train/f_score",
    *(
        f"{part}/{name}"
        for part in ("val", "test")
        for name in (
            # cross-entropy + Dice for every arm, which is comparable across losses
            "loss",
            # mean F-score (Dice) of the classes in the set, background included
            "f_score",
            "iou",  # mean intersection over union of the same classes
            "small_f_score",  # mean F-score of the data set's small classes
            "f_score/*",  # F-score of each class present
        )
    ),
)

# The values of each `preset`. A key in the configuration takes precedence; keys that a preset does
# not have keep their defaults.
PRESETS: dict[str, dict[str, Any]] = {
    "baseline": {"loss_type": "ce", "ce_weight": 1.0, "dice_weight": 1.0},
    "conservative": {
        "loss_type": "focal",
        "focal_alpha": 0.25,
        "focal_gamma": 2.0,
        "ce_weight": 1.0,
        "dice_weight": 1.0,
        "learning_rate": 5e-4,
        "epochs": 250,
    },
    "aggressive": {
        "loss_type": "focal",
        "focal_alpha": 0.5,
        "focal_gamma": 2.5,
        "ce_weight": 0.7,
        "dice_weight": 1.8,
        "learning_rate": 3e-4,
        "epochs": 300,
        "batch_size": 24,
        "dropout": 0.2,
    },
}

# A description of each kind of data, for tables and reports; it begins with SYNTHETIC if a program
# drew the images.
DATA: dict[str, str] = {
    "faces": (
        "SYNTHETIC procedural faces (no photographs): 19 classes, background 65 % of"
        " pixels, each eye 0.2 %"
    ),
    "brain": (
        "coronal slices of the MNI152 brain, the average of 152 real T1 MRI scans, with"
        " merged Neuromorphometrics structures; training, validation and test are"
        " separate blocks of slices of this one brain"
    ),
    "masks": "image and mask files of your own",
}


class SegmentationSettings(TrainingSettings):
    """Parameters of `sweep_trainers.segmentation`.

    total = ce_weight · (CE or focal) + dice_weight · Dice
    """

    metrics: ClassVar[tuple[str, ...]] = METRICS

    preset: Literal["baseline", "conservative", "aggressive"] = Field(
        "baseline",
        description="A set of defaults (see PRESETS); settings given beside it take precedence.",
    )
    epochs: int = Field(16, ge=1, description="Passes over the training set.")
    batch_size: int = Field(4, ge=1, description="Images per optimiser step.")
    learning_rate: float = Field(
        0.01, gt=0, le=10, description="Peak learning rate of AdamW."
    )
    warmup_epochs: float = Field(
        1.0,
        ge=0,
        description="Length of the linear warm-up from 0, in epochs; 0: none.",
    )
    monitor: str = Field(
        "val/f_score", min_length=1, description="Metric that early stopping watches."
    )

    # ------------------------------------------------------------------ data
    data: str = Field(
        "faces",
        pattern=r"^(faces|brain|masks:.+)$",
        description="faces (SYNTHETIC), brain (averaged MRI; extra sweep-ablation[brain]), or "
        "masks:<folder> of your own.",
    )
    data_seed: int = Field(
        0,
        ge=0,
        description="Fixes the data and its splits; independent of a trial's seed.",
    )
    groups: str | None = Field(None, description=GROUPS)
    duplicate_images: DuplicateImages = Field("refuse", description=DUPLICATE_IMAGES)
    image_size: int = Field(
        64,
        ge=32,
        le=1024,
        description="Side in pixels to which images and masks are resized or drawn.",
    )
    num_workers: int = Field(0, ge=0, le=64, description=NUM_WORKERS)
    image_store: ImageStore = Field(
        "memory", description=f"{IMAGE_STORE} Masks are where their images are."
    )
    train_images: int = Field(
        96, ge=1, description="How many training images; faces only."
    )
    val_images: int = Field(
        32, ge=1, description="How many validation images; faces only."
    )
    test_images: int = Field(64, ge=1, description="How many test images; faces only.")
    augmentation: Literal["none", "light", "strong"] = Field(
        "none",
        description="light: mirror and brightness; strong: rotation, scale, shift, contrast and "
        "noise as well.",
    )

    # ----------------------------------------------------------------- model
    model: str = Field(
        "unet",
        pattern=r"^(unet|smp:.+)$",
        description="unet, or smp:<architecture>/<encoder> such as smp:unet/resnet18 (extra "
        "sweep-ablation[smp]).",
    )
    encoder_weights: str = Field(
        "pretrained",
        pattern=r"^(random|pretrained(:.+)?|file:.+)$",
        description="Weights of the encoder of an smp model: pretrained (ImageNet's, of the "
        "library's cache or downloaded), pretrained:<tag>, file:<path>, or random.",
    )
    train_encoder: bool = Field(
        True, description="Train the encoder of an smp model; false: it is frozen."
    )
    backbone_lr_factor: float = Field(
        1.0,
        gt=0,
        le=10,
        description="Factor on the learning rate of the encoder of an smp model.",
    )
    width: int = Field(
        12,
        ge=2,
        le=256,
        description="Channels at full resolution of model unet; doubled at each level.",
    )
    depth: int = Field(
        3, ge=1, le=5, description="How often model unet halves the resolution."
    )
    attention: Literal["none", "lmsa"] = Field(
        "none",
        description="lmsa: lightweight multi-scale attention at the bottleneck and on the skip "
        "connections.",
    )
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of channels dropped at the bottleneck and the classifier.",
    )

    # ------------------------------------------------------------------ loss
    loss_type: Literal["ce", "focal"] = Field(
        "ce", description="First term: cross-entropy or focal loss."
    )
    ce_weight: float = Field(
        1.0, ge=0, le=100, description="Weight of the first term, CE or focal."
    )
    dice_weight: float = Field(
        1.0, ge=0, le=100, description="Weight of the Dice term."
    )
    focal_alpha: float | tuple[float, ...] = Field(
        0.25,
        description="Factor of the focal term: one number, or one per class. A plain factor, not a "
        "balance.",
    )
    focal_gamma: float = Field(
        2.0,
        ge=0,
        le=10,
        description="Focusing exponent of the focal term; 0: no focusing.",
    )
    class_weights: bool = Field(
        False,
        description="Weight the classes in the first term by their training pixels.",
    )
    class_weight_method: Literal["inverse", "sqrt_inverse", "effective"] = Field(
        "inverse",
        description="How class_weights come from pixel counts; scaled to mean 1.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in_preset(cls, config: Any) -> Any:
        """Add the preset's values for what the configuration leaves out.

        The field's own check refuses an unknown preset.
        """
        if not isinstance(config, Mapping):
            return config
        name = config.get("preset", "baseline")
        preset = PRESETS.get(name, {}) if isinstance(name, str) else {}
        return {**preset, **config}

    @model_validator(mode="after")
    def _only_one_model_has_it(self) -> Self:
        if self.model != "unet" and self.attention != "none":
            raise ValueError(
                f"attention {self.attention}: only model unet has it; model is {self.model!r}"
            )
        if self.model == "unet" and not self.train_encoder:
            raise ValueError(
                "train_encoder false: the compact unet has no weights but those it learns; choose "
                "model smp:<architecture>/<encoder>"
            )
        return self

    @model_validator(mode="after")
    def _can_be_trained(self) -> Self:
        if self.ce_weight == self.dice_weight == 0:
            raise ValueError(
                "ce_weight and dice_weight are both 0: nothing is left to minimise"
            )
        alphas = self.focal_alpha
        if not isinstance(alphas, tuple):
            alphas = (alphas,)
        if not alphas or min(alphas) < 0 or max(alphas) == 0:
            raise ValueError(
                f"focal_alpha {self.focal_alpha}: factors must be at least 0, and one of them "
                "above 0"
            )
        if self.model == "unet" and self.image_size % 2**self.depth:
            raise ValueError(
                f"image_size {self.image_size} cannot be halved {self.depth} times (depth); "
                f"choose a multiple of {2**self.depth}"
            )
        counts = {"train_images", "val_images", "test_images"}
        given_counts = counts & self.model_fields_set
        if self.data != "faces" and given_counts:
            raise ValueError(
                f"{', '.join(sorted(given_counts))}: only data 'faces' can make any number of "
                f"images; data {self.data!r} has a fixed number"
            )
        check_groups_setting(self.groups, self.data, "masks")
        check_image_store_setting(self.image_store, self.data, "masks")
        return self


def describe(config: Mapping[str, Any]) -> str:
    """Return one line on the data of a configuration, for a report.

    It begins with SYNTHETIC if a program drew the images.
    """
    data = SegmentationSettings.model_validate(dict(config)).data
    kind, _, path = data.partition(":")
    return f"{DATA[kind]}: {path}" if path else DATA[kind]


SETTINGS = SegmentationSettings
