"""Live screens on a terminal: a supply, a battery simulator, and which net is which channel of the bench."""
