"""Data sets: one readable file each, and how they are split, grouped and augmented."""
