"""Where released scripts import `device_lock` from; `from lager import device_lock` is the same."""
