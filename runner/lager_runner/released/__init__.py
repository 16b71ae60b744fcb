"""What clients of the released interface find on :5000, over the same runs, pauses and lock as everybody else's."""
