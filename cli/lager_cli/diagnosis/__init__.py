"""`lager diagnose`: asks a box what it knows of a net, and shows it. What that means, `lager.diagnosis` decides."""
