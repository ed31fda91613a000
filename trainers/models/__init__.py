"""Compact models, and weights to start from."""
