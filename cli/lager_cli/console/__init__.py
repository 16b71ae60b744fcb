"""The console in a paused script, as this end sees it."""
