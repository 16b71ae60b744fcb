"""Tests that a box runs for a pytest elsewhere, and results in a file for CI. Loaded only where one of them is wanted.

Imported before pytest, it needs no rewriting of its asserts: PYTEST_DONT_REWRITE
"""
