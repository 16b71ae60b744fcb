"""Rigol instruments."""
