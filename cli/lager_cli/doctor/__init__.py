"""`lager doctor`: this machine, the boxes it knows, and what each of those finds out about itself. It only looks."""
