"""sweep: from a study file to a defensible ablation table, without losing a trial."""

__version__ = "0.1.0"
