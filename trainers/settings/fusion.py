"""Settings of the `fusion` trainer, without torch; see `sweep_trainers.fusion`."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from .training import TRAINING_METRICS, TrainingSettings

Weighting = Literal[
    "fixed",
    "adaptive",
    "normalized",
    "gradient_balanced",
    "uncertainty",
    "gradnorm",
    "dwa",
]

# A preset sets the parameters that the configuration leaves out.
PRESETS: dict[str, dict[str, Any]] = {
    "before": {
        "cl_loss_weight": 0.2,
        "encoder_loss_weight": 0.05,
        "gate_reg_weight": 0.01,
        "loss_type": "nll",
        "reconstruction_loss": "mse",
    },
    "recommended": {
        "cl_loss_weight": 0.2,
        "encoder_loss_weight": 0.03,
        "gate_reg_weight": 0.005,
        "loss_type": "focal",
        "focal_alpha": 1.0,
        "focal_gamma": 2.0,
        "reconstruction_loss": "smooth_l1",
    },
}

# <side> is val and test. Per-class names: `f1/<class>`.
METRICS: tuple[str, ...] = TRAINING_METRICS + tuple(
    f"{side}/{name}"
    for side in ("val", "test")
    for name in (
        # plain cross-entropy (multi-label: binary cross-entropy), which is comparable
        # across losses
        "loss",
        "accuracy",  # multi-label: share of samples with every label right
        "weighted_f1",  # mean over classes, weighted by their samples
        "macro_f1",  # mean over classes
        "micro_f1",  # over all decisions; multi-class: equal to accuracy
        "map",  # mean over classes of the average precision, one against the rest
        "f1/*",  # per class
    )
)


class FusionSettings(TrainingSettings):
    """Multimodal classification: classification + contrastive + encoder terms, gated fusion."""

    metrics: ClassVar[tuple[str, ...]] = METRICS

    preset: Literal["before", "recommended"] = Field(
        "before",
        description="Defaults of the loss: weights 0.2/0.05/0.01, or 0.2/0.03/0.005 with focal and "
        "smooth-L1.",
    )

    # ------------------------------------------------------------------ data
    data: str = Field(
        "watch",
        pattern=r"^(watch|features:.+)$",
        description=(
            "`watch` (smartwatch recordings, extra sweep-ablation[watch]) or"
            " `features:<path.npz>`, modalities by name."
        ),
    )
    allow_pickle: bool = Field(
        False,
        description="Read pickled feature files: they execute code. Only if trusted.",
    )
    window_seconds: float = Field(
        2.0, ge=2.0, le=10.0, description="`watch`: length of a window."
    )
    window_overlap: float = Field(
        0.0,
        ge=0.0,
        le=0.9,
        description="`watch`: fraction shared with the next window.",
    )
    data_seed: int = Field(
        0, ge=0, description="Fixes split and folds; independent of a trial's seed."
    )
    standardize: bool = Field(
        True, description="Every feature to mean 0, deviation 1 over the training rows."
    )

    # ------------------------------------------------------------------ model
    code_dim: int = Field(
        48,
        ge=1,
        le=4096,
        description="Length of the fused code and of each modality's.",
    )
    hidden_dim: int = Field(
        64,
        ge=1,
        le=8192,
        description="Width of the hidden layers of encoders and decoders.",
    )
    dropout: float = Field(
        0.2, ge=0.0, lt=1.0, description="On hidden layers and before the classifier."
    )

    # ------------------------------------------------------------------ weights of the terms
    cl_loss_weight: float = Field(
        0.2, ge=0.0, le=100.0, description="Of the contrastive term."
    )
    encoder_loss_weight: float = Field(
        0.05,
        ge=0.0,
        le=100.0,
        description="Of the encoder term: global + inter + gate_reg_weight · gate.",
    )
    gate_reg_weight: float = Field(
        0.01, ge=0.0, le=100.0, description="Of the gate term inside the encoder term."
    )
    weighting: Literal[
        "fixed",
        "adaptive",
        "normalized",
        "gradient_balanced",
        "uncertainty",
        "gradnorm",
        "dwa",
    ] = Field(
        "fixed",
        description="Policy that weights the three terms during training; it starts with the "
        "weights above.",
    )

    # ------------------------------------------------------------------ classification
    loss_type: Literal["nll", "focal"] = Field(
        "nll",
        description="Cross-entropy (multi-label: binary cross-entropy on logits), or focal.",
    )
    focal_alpha: float | tuple[float, ...] = Field(
        1.0,
        description="Focal: plain multiplier, or one per class. Times the class weights when both "
        "are on.",
    )
    focal_gamma: float = Field(
        2.0,
        ge=0.0,
        le=10.0,
        description="Focal: focusing exponent; 0 is cross-entropy.",
    )
    class_weight: bool = Field(
        False, description="Weight classes by their counts in the training set."
    )
    class_weight_method: Literal["inverse", "sqrt_inverse", "effective"] = Field(
        "inverse",
        description="How counts become weights; mean 1 over the classes present.",
    )
    class_weight_beta: float = Field(
        0.9999, gt=0.0, lt=1.0, description="β of the effective number of samples."
    )

    # ------------------------------------------------------------------ contrastive
    tau: float = Field(
        0.2,
        gt=0.0,
        le=10.0,
        description="Temperature of InfoNCE over cosine similarities.",
    )
    same_view_negatives: bool = Field(
        False, description="Also take negatives from the anchor's own view."
    )
    view_noise: float = Field(
        0.1,
        ge=0.0,
        le=10.0,
        description="Augmented views: deviation of Gaussian noise, in standard deviations.",
    )
    view_dropout: float = Field(
        0.1,
        ge=0.0,
        lt=1.0,
        description="Augmented views: share of features set to the mean.",
    )

    # ------------------------------------------------------------------ reconstruction and gates
    reconstruction_loss: Literal["mse", "smooth_l1"] = Field(
        "mse", description="Of the global and the inter term."
    )
    smooth_l1_beta: float = Field(
        1.0,
        gt=0.0,
        le=100.0,
        description="smooth_l1: error at which the square becomes linear.",
    )
    inter_stop_gradient: bool = Field(
        True,
        description="The gradient of the inter term reaches the modalities only; the fused code "
        "could otherwise shrink to reduce it.",
    )
    modality_weights: dict[str, float] | None = Field(
        None,
        description="Weight of each modality in global (then a sum of per-modality means) and in "
        "inter; null: plain.",
    )
    gate_regularization: Literal["half", "entropy"] = Field(
        "half",
        description="Mean squared distance of the gates to ½, summed over modalities; or entropy "
        "to uniform.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, config: Any) -> Any:
        """Add the preset's values for what the configuration leaves out."""
        if not isinstance(config, dict):
            return config
        name = config.get("preset", "before")
        preset = PRESETS.get(name, {}) if isinstance(name, str) else {}
        return preset | config


SETTINGS = FusionSettings
