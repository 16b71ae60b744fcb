"""What fits where somebody presses Tab: scripts for three shells, and the answers they show."""
