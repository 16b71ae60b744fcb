"""Hardware service tests share a module; the import mode gives test folders no place on the path."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from ownbench import Bench, Process, Served, environment

from lager import wire


@pytest.fixture
def served():
    one = Served()
    yield one
    one.close()


@pytest.fixture
def bench(tmp_path, served):
    one = Bench(tmp_path, served.nets())
    one.t7 = served.t7
    yield one
    served.t7.flow.set()
    one.close()


@pytest.fixture
def simulated(tmp_path, request):
    """A service on the simulated bench; with the module's INSTRUMENTS only, where it says so: each is a process."""
    env = environment(tmp_path)
    process = Process("lager_drivers.simulated", "--state", tmp_path, env=env)
    nets = wire.from_json(Path(process.report("ready")["bench"]).read_bytes(), list[wire.NetRecord])
    wanted = getattr(request.module, "INSTRUMENTS", {net.instrument for net in nets})
    one = Bench(tmp_path, [net for net in nets if net.instrument in wanted])
    yield one
    one.close()
    process.close()
