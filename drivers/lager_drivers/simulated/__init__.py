"""The simulated bench: instruments on real wires, and the circuit that ties them."""
