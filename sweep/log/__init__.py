"""What remembers: the event log, the study's only memory, as bytes on disk.

A record that is appended (`event_log`) is durable before anyone acts upon it. `log_cache` keeps a
parsed log in the user's own cache folder, and is never believed. What a record means is for
`sweep.model.events` and `sweep.history` to say.
"""
