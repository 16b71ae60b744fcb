"""A box on this machine: starting its services, ending them, finding it."""
