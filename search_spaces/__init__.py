"""The shipped study files, found by name from anywhere: `sweep run focal`."""
