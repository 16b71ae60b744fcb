"""Test the board on the bench, and leave a file with what was measured."""

import sys

import pytest

sys.exit(pytest.main(["-v", *sys.argv[1:]]))
