"""The event log: all state of a study, as bytes on disk.

A record that is appended (`event_log`) is durable before any code acts on it. `log_cache` keeps a
parsed log in the user's cache folder, and checks it before use. `sweep.model.events` and
`sweep.history` define what a record means.
"""
