"""Pauses and consoles: the registry, the evaluator in the script, the WebSocket. It launches no processes.

Imported before pytest, it needs no rewriting of its asserts: PYTEST_DONT_REWRITE
"""
