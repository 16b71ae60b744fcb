"""The runner: launches scripts, owns run directories and output. It knows no instruments."""
