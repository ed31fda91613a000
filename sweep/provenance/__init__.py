"""What numbers depend on: code, libraries, data and machine, and what of it `changed`
between two sessions.
"""
