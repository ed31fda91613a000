"""One file a command: what it prints and writes. `sweep.cli` parses and turns errors into exit codes."""
