"""Settings of the `clip` trainer: image–text classification under class imbalance."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

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
    *(
        f"{part}/{name}"
        for part in ("val", "test")
        for name in (
            # unweighted cross-entropy over the class-text logits, which is comparable
            # across loss types
            "loss",
            "accuracy",
            "balanced_accuracy",  # mean recall over the classes
            "natural_accuracy",  # recalls averaged with the training set's class shares
            "macro_f1",
            "small_class_f1",  # mean F1 of the two classes with the fewest training samples
            "map",  # mean average precision over the classes, one against the rest
            "f1/*",  # F1 of each class
        )
    ),
)


class ClipSettings(TrainingSettings):
    """Parameters of `sweep_trainers.clip`; `sweep_trainers.losses.clip` describes the loss."""

    metrics: ClassVar[tuple[str, ...]] = METRICS

    epochs: int = Field(15, ge=1, description="Passes over the training set.")
    batch_size: int = Field(
        32,
        ge=2,
        description="Samples per step; the contrastive loss compares them all.",
    )
    learning_rate: float = Field(
        2e-3, gt=0, le=10, description="Peak learning rate of AdamW."
    )
    warmup_epochs: float = Field(
        1.0,
        ge=0,
        description="Length of the linear warm-up from 0, in epochs; 0: none.",
    )
    monitor: str = Field(
        "val/balanced_accuracy",
        min_length=1,
        description="Metric that early stopping watches.",
    )

    # ------------------------------------------------------------------ data
    data: str = Field(
        "digits",
        pattern=r"^(digits|(folder|npz|idx):.+)$",
        description="digits (scikit-learn's, with a long tail), folder:<path>, npz:<path> or "
        "idx:<path>.",
    )
    data_seed: int = Field(
        0,
        ge=0,
        description="Fixes the splits and the long tail; independent of a trial's seed.",
    )
    groups: str | None = Field(None, description=GROUPS)
    duplicate_images: DuplicateImages = Field("refuse", description=DUPLICATE_IMAGES)
    img_size: int | None = Field(
        None,
        ge=4,
        le=1024,
        description="Side in pixels that images are resized to; null: as they are (folders: 64).",
    )
    num_workers: int = Field(
        0,
        ge=0,
        le=64,
        description=NUM_WORKERS,
    )
    image_store: ImageStore = Field("memory", description=IMAGE_STORE)
    augmentation: Literal["none", "light", "strong"] = Field(
        "light",
        description="Random rotation, scale, shift; strong: larger ones, contrast, noise and an "
        "erased patch.",
    )
    horizontal_flip: bool = Field(
        False,
        description="Mirror half of the training images (skin lesions, not digits).",
    )
    class_texts: str | None = Field(
        None,
        description="JSON file {class: sentence or [sentences]}; null: shipped texts for digits, "
        "else a template.",
    )
    use_weighted_sampling: bool = Field(
        False, description="Draw training samples by class weight, with replacement."
    )
    weight_method: Literal["inverse_freq"] = Field(
        "inverse_freq",
        description="Sampling weight of a class with n samples: (1/n)^weight_smooth_factor.",
    )
    weight_smooth_factor: float = Field(
        1.0,
        ge=0,
        le=2,
        description="1: every class equally often; 0: as in the data; between: in between.",
    )

    # ----------------------------------------------------------------- model
    image_encoder: str = Field(
        "compact",
        pattern=r"^(compact|(timm|torchvision):.+)$",
        description="compact, or timm:<model> or torchvision:<model> with a linear layer (extra "
        "sweep-ablation[vision]).",
    )
    image_weights: str = Field(
        "pretrained",
        pattern=r"^(random|pretrained(:.+)?|file:.+)$",
        description="Weights of a timm or torchvision encoder: pretrained (of the library's cache, "
        "or downloaded), pretrained:<tag>, file:<path>, or random.",
    )
    train_image_encoder: bool = Field(
        True,
        description="Train a timm or torchvision encoder; false: it is frozen, and without "
        "augmentation its features are computed once.",
    )
    text_encoder: str = Field(
        "learned",
        pattern=r"^(learned|(pretrained|open_clip):.+)$",
        description="learned, pretrained:<folder or name of a sentence-transformers model> (extra "
        "sweep-ablation[text]), or open_clip:<model>[/<weights>], random weights without "
        "<weights> (extra sweep-ablation[open_clip]).",
    )
    train_text_encoder: bool = Field(
        False,
        description="Train the text tower of open_clip; false: it is frozen.",
    )
    backbone_lr_factor: float = Field(
        1.0,
        gt=0,
        le=10,
        description="Factor on the learning rate of a timm, torchvision or open_clip tower that is "
        "trained.",
    )
    embedding_dim: int = Field(
        64, ge=2, le=4096, description="Dimension of the space images and texts share."
    )
    width: int = Field(
        24,
        ge=4,
        le=512,
        description="Channels of the image encoder's first stage; each next doubles.",
    )
    initial_weights: str | None = Field(
        None,
        description="Checkpoint of a clip model to start from (for zero_shot: to evaluate); null: "
        "from the seed.",
    )
    zero_shot: bool = Field(
        False,
        description="Do not train: evaluate the initial model once and report epoch 0.",
    )

    # ------------------------------------------------------------------ loss
    temperature: float = Field(
        0.07, gt=0, le=10, description="Cosine similarities are divided by it."
    )
    loss_type: Literal["standard", "weighted", "focal", "superclip"] = Field(
        "standard",
        description="Contrastive; by class weight; by (1-p)^gamma; class-text CE plus contrastive.",
    )
    multi_positive: bool = Field(
        False,
        description="Samples of one class in a batch are positives of each other instead of "
        "negatives.",
    )
    focal_gamma: float = Field(
        2.0,
        ge=0,
        le=10,
        description="Focusing exponent of loss_type focal; 0: no focusing.",
    )
    focal_alpha: bool = Field(
        False, description="loss_type focal also uses the class weights."
    )
    class_weight_method: Literal["inverse", "sqrt_inverse", "effective"] = Field(
        "inverse",
        description="Class weights of weighted, superclip and focal with focal_alpha; mean 1.",
    )
    class_weight_beta: float = Field(
        0.9999, gt=0, lt=1, description="β of the effective number of samples."
    )
    class_weight_normalize: Literal["count", "weight"] = Field(
        "count",
        description="Weighted terms are divided by the number of samples, or by their total class "
        "weight.",
    )
    class_loss_weight: float = Field(
        1.0, ge=0, le=100, description="Weight of superclip's class-text term."
    )
    contrastive_loss_weight: float = Field(
        1.0, ge=0, le=100, description="Weight of superclip's contrastive term."
    )

    @model_validator(mode="after")
    def _superclip_keeps_a_term(self) -> Self:
        if (
            self.loss_type == "superclip"
            and self.class_loss_weight == self.contrastive_loss_weight == 0
        ):
            raise ValueError(
                "class_loss_weight and contrastive_loss_weight are both 0: nothing is left to "
                "minimise"
            )
        return self

    @model_validator(mode="after")
    def _only_folders_are_stored(self) -> Self:
        check_image_store_setting(self.image_store, self.data, "folder")
        return self

    @model_validator(mode="after")
    def _only_backbones_are_frozen(self) -> Self:
        if not self.train_image_encoder and self.image_encoder == "compact":
            raise ValueError(
                "train_image_encoder false: the compact encoder has no weights but"
                " those it learns; choose image_encoder timm:<model> or"
                " torchvision:<model>"
            )
        if self.train_text_encoder and not self.text_encoder.startswith("open_clip:"):
            raise ValueError(
                "train_text_encoder true: only text_encoder open_clip:<model> can be trained or "
                f"frozen; text_encoder is {self.text_encoder!r}"
            )
        return self

    @model_validator(mode="after")
    def _groups_can_be_found(self) -> Self:
        check_groups_setting(self.groups, self.data, "folder")
        return self


SETTINGS = ClipSettings
