"""The search: which configuration is tried next, read off the history."""
