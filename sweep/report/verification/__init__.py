"""Is what a study says still what happened? Recomputed from the log alone, never from a cache."""
