"""What makes a machine a box, and keeps it one: steps that are run there as root, each on its own, again and again.

It is sent as a zipapp (`lager_cli.machine.carrying`) and imports the standard library only, of Python 3.10 or newer;
beside it are `lager.errors` and `lager.shipped`. Each step looks, does what is missing, and looks again; none undoes
what worked. It knows no terminal: it says what happens in lines of JSON.
"""
