"""What results depend on: code, libraries, data and machine, and what changed between sessions."""
