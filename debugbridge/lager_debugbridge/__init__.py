"""Pauses and consoles: the registry, the evaluator in the script, the WebSocket. It launches no processes."""
