"""The search: which configuration is tried next, computed from the history."""
