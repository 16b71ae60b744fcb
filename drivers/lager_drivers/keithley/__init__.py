"""Keithley instruments."""
