"""Scripts that the oldest released clients bring along for their net commands, and what the box answers instead.

Such a script is written against parts of the released box that are not here. It is known by what its request carries:
by the client's own path, which no script of a user has. The one for the list of nets is answered by the box, as most of
their commands begin with it, and so is that of the instruments; one that comes again with what was refused on :9000 is
told why. All others are refused in one line.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import msgspec
from starlette.responses import Response

from lager import errors, releasednets, wire
from lager.service import Service
from lager_runner.released import frames
from lager_runner.released.asking import Asked

_OF_CLIENT = re.compile(r".*(?:site|dist)-packages/cli/impl/(?:[^/]+/)*[^/]+[.]py")
_NETS, _INSTRUMENTS = "net.py", "query_instruments.py"
_AGAIN = ("supply.py", "battery.py")  # sent where :9000 has refused the same
# What newer ones ask the box to do; for what they, too, have a script for, it does not help to have a newer one.
_ASKED_BY_NEWER = (_NETS, _INSTRUMENTS, *_AGAIN, "adc.py", "dac.py", "eload.py", "gpio.py", "thermocouple.py")
_OF_OUR_CLIENT = {"scope.py": "`lager scope`"}
_DATA = "LAGER_COMMAND_DATA"
_STDOUT, _STDERR = 1, 2
_DONE = '{"ok": true}\n'


class Said(NamedTuple):
    """What such a script would have written, and its exit status."""

    text: str
    status: int = 0


def script_of(asked: Asked) -> str:
    """Give the name of the client's own script that a request brings; empty for a user's."""
    name, path = asked.request.script, asked.request.name.replace("\\", "/")
    return name if name and _OF_CLIENT.fullmatch(path) and PurePosixPath(path).name == name else ""


class Brought:
    """Answers such requests.

    Args:
        hardware: The hardware service, which has the nets.
    """

    def __init__(self, hardware: Service) -> None:
        self._hardware = hardware
        self._of_nets: dict[tuple[str, int], Callable[..., Said]] = {  # by the word, and how many arguments follow
            ("list", 0): self._list,
            ("save", 1): self._save,
            ("save-batch", 1): self._save_all,
            ("rename", 2): self._rename,
            ("delete", 2): self._delete,
            ("delete-all", 0): self._delete_all,
        }

    async def answer(self, asked: Asked, client: str) -> Response | None:
        """Answer a request, as the output of a run; None if it brings a user's script.

        Args:
            asked: What is asked for.
            client: The address it comes from.

        Raises:
            NotProcessed: It could not be done. These clients heed no exit status where they change a net.
        """
        name = script_of(asked)
        if not name:
            return None
        try:
            said = await asyncio.to_thread(self._said, name, asked.request, client)
        except errors.LagerError as exc:
            raise errors.NotProcessed(exc.what, exc.hint) from exc
        stream = _STDERR if said.status and not asked.request.one_stream else _STDOUT
        body = frames.frame(stream, said.text.encode()) + frames.exit_frame(said.status)
        return Response(body, headers={"content-type": "text/plain", "lager-output-version": "1"})

    def _said(self, name: str, request: wire.RunRequest, client: str) -> Said:
        args = request.args
        if name == _NETS and args and (serve := self._of_nets.get((args[0], len(args) - 1))):
            return serve(*args[1:])
        if name == _INSTRUMENTS and (not args or args[0] == "get_instrument"):
            return self._instruments(*args[1:2])
        if name in _AGAIN and (refused := self._hardware.refused(client, _net(dict(request.env).get(_DATA, "")))):
            return Said(f"Error: {refused}\n", 1)
        return _unserved(name)

    def _list(self) -> Said:
        return _json(releasednets.records(self._hardware.saved()))

    def _save(self, record: str) -> Said:
        body = record.encode()
        sent: dict[str, Any] = wire.from_json(body, dict[str, Any])
        named = sent.get("name")
        self._keep([releasednets.read(body, named if isinstance(named, str) else "")])
        return Said(_DONE)

    def _save_all(self, records: str) -> Said:
        """Save several nets, or none."""
        sent: list[dict[str, Any]] = wire.from_json(records.encode(), list[dict[str, Any]])
        checked = [releasednets.read(json.dumps(one).encode(), str(one.get("name"))) for one in sent]
        self._keep(checked)
        return _json({"ok": True, "count": len(checked)})

    def _keep(self, records: list[dict[str, Any]]) -> None:
        self._hardware.change(wire.SaveNets(1, releasednets.reached(records, self._hardware.instruments())))

    def _rename(self, name: str, new_name: str) -> Said:
        self._hardware.change(wire.RenameNet(1, name, new_name))
        return Said(_DONE)

    def _delete(self, name: str, role: str) -> Said:
        if not self._hardware.change(wire.DeleteNets(1, name, role)):
            raise releasednets.absent()
        return Said(_DONE)

    def _delete_all(self) -> Said:
        self._hardware.change(wire.DeleteNets(1))
        return Said(_DONE)

    def _instruments(self, address: str = "") -> Said:
        found = msgspec.to_builtins(self._hardware.instruments())
        return _json(next((one for one in found if one["address"] == address), None) if address else found)


def _json(what: Any) -> Said:
    return Said(json.dumps(what) + "\n")


def _unserved(name: str) -> Said:
    said = f"Error: this lager-cli does that with a script of its own ({name}), written for the released box"
    if name in _ASKED_BY_NEWER:
        said += "; with this box use lager-cli 0.55 or newer (pip install --upgrade lager-cli), or the box's own client"
    elif name in _OF_OUR_CLIENT:
        said += f"; with this box use {_OF_OUR_CLIENT[name]} of the box's own client"
    else:
        said += "; this box does not serve it (docs/compatibility.md says what to use)"
    return Said(f"{said}\n", 1)


def _net(data: str) -> str:
    """Give the net that a command is about; empty where it does not say one."""
    try:
        said: Any = json.loads(data)["params"]["netname"]
    except (ValueError, KeyError, TypeError):
        return ""
    return said if isinstance(said, str) else ""
