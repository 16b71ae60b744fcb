"""Tells people's programs what happens to runs: by webhook, or by a command on the box's machine (`lager box notify`).

Nothing of it holds up a script, a pause or the runner's event loop. It decides nothing about pauses.
"""
