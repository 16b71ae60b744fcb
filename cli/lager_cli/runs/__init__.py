"""Running a script on a box: packing it up, and following it to its end."""
