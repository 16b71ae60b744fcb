"""The endpoints of :9000 that look at one address for `lager diagnose`. Decode, look, encode; they only read.

They take no lock: a box that is locked can be diagnosed.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lager import errors
from lager.hardware import Hardware
from lager.releasedpaths import is_released
from lager_hwservice import answers, usb
from lager_hwservice.diagnosis import told, usblook
from lager_hwservice.lanes import Lanes
from lager_hwservice.switchboard import Switchboard

_LANE = "diagnosis"
NO_ADDRESS = "address parameter required"
NOT_USB = "not a USB VISA address (expected USB0::0xVID::0xPID::SERIAL::INSTR)"


class DiagnosisRoutes:
    """The endpoints.

    Args:
        switchboard: The bench and its workers.
        hardware: The way to the workers.
        lanes: Threads, as looking blocks.
        machine: Where the kernel tells of its USB.
    """

    def __init__(
        self, switchboard: Switchboard, hardware: Hardware, lanes: Lanes, machine: usb.Machine = usb.THIS
    ) -> None:
        self._switchboard = switchboard
        self._hardware = hardware
        self._lanes = lanes
        self._looking = usblook.Looking(machine)

    def routes(self) -> list[Route]:
        """Give the endpoints."""
        return [Route("/diagnose/usb", self.on_usb)]

    async def on_usb(self, request: Request) -> Response:
        """Say what the kernel knows of a USB device, and who has it."""
        address = request.query_params.get("address", "")
        if not address:
            return refused(address, NO_ADDRESS)
        nets = self._switchboard.bench.nets
        try:
            found = await self._lanes.run(_LANE, self._looking.at, address, nets)
        except usblook.NotUsb:
            return refused(address, NOT_USB)
        return answers.Json(told.unknown_in_words(found) if is_released(request.scope) else found)


def refused(address: str, words: str) -> Response:
    """Answer what cannot be diagnosed, in the words that released clients know."""
    error = errors.UsageError(words, "the address of a net is in `lager nets`")
    body = {"address": address, "error": words, "code": error.code, "what": error.what, "hint": error.hint}
    return answers.Json(body, status_code=400)
