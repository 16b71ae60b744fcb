"""`pytest --lager-box`: the tests run on a box, and a pytest on the laptop reports as if they ran there."""
