"""Verification of a study's files against its log, recomputed without any cache."""
