"""LabJack instruments."""
