"""What remembers: the event log, the study's only memory, and the history that is its fold.

An event that is appended (`event_log`) is durable before anyone acts upon it. `events` says what a
record must look like, `history` folds records into trials and arms, and `opening` does so for a
folder, from what `condensed` keeps in short where that is still what the log says. It remembers and
never decides.
"""
