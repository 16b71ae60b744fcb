"""Run the tests of this folder on the box, with pytest, which must be installed there.

    lager python examples/board_tests
    lager python examples/board_tests -- -k rail
    lager python examples/board_tests -- --ask-operator    # pauses until somebody has looked

Nets: supply1 feeds the board; adc1, adc2 and gpio7/gpio8 are at its test points.
"""

import sys

import pytest

sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
