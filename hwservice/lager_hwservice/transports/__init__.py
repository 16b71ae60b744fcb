"""How bytes reach an instrument. Raises the libraries own exceptions; knows no instruments, no retries."""
