"""The version of this program, which messages name as well as `sweep --version`."""

VERSION = "0.1.0"
