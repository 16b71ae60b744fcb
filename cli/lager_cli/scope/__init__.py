"""`lager scope`: oscilloscopes. `commands/scope.py` is the group; here is what it does, a file for each subject."""
