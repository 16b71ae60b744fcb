"""One file a command: `lager supply` is `supply.py`."""
