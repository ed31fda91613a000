"""The history: what happened in a study, folded from its event log."""
