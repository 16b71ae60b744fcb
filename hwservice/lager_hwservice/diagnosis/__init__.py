"""How the box looks at an instrument that is said not to work: at its USB, its network, its session. Changes nothing.

What could not be looked at is said, with the reason; it is never answered with "nothing there".
"""
