"""The instruments: drivers, their simulators, and the catalog that names them. Nothing here opens anything."""
