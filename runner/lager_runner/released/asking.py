"""What the form of a released client asks for, as the request to start a run that our own clients send.

Pure: a form in, a `wire.RunRequest` out.
"""

from __future__ import annotations

import uuid
from typing import NamedTuple

from lager import errors, settings, wire
from lager.banner import RELEASED
from lager_runner.released.multipart import Form

USUAL_TIMEOUT = 300  # s, where the form says nothing of it, as those clients expect
SCRIPT = "script.py"  # the name of one that came without
_TRUE = {"true", "1", "yes", "on"}
_RUN, _RUNNABLE = "LAGER_PROCESS_ID", "LAGER_RUNNABLE"
# Given to the script as they are.
_PASSED_ON = {"muxes": "LAGER_MUXES", "usb_mapping": "LAGER_USB_MAPPINGS", "dut_commands": "LAGER_DUT_COMMANDS"}


class Asked(NamedTuple):
    """What is asked for; `detach`: whether the client wants no output; `ports`: whether it wants some forwarded."""

    id: str
    request: wire.RunRequest
    detach: bool
    ports: bool = False


def asked(form: Form) -> Asked:
    """Read a form.

    Raises:
        UsageError: It cannot be understood.
        BadScript: It holds nothing to run, or two things.
    """
    env = [_pair(text) for text in form.texts("env")]
    said = dict(env)
    env += [(variable, form.text(name)) for name, variable in _PASSED_ON.items() if form.all(name)]
    env.append((RELEASED, "yes"))
    detach = _is_true(form.text("detach"))
    script, content = _content(form)
    holder = form.text("lock_holder") if detach else ""
    request = wire.RunRequest(
        name=said.get(_RUNNABLE) or script or "folder",
        script=script,
        content=content,
        args=form.texts("args"),
        env=env,
        box=said.get(settings.BOX, ""),
        user=said.get("LAGER_USER", ""),
        timeout=_timeout(form, detach),
        keep=detach,
        one_stream=_is_true(form.text("stdout_is_stderr", "true")),
        holder=holder,
    )
    return Asked(_id(said), request, detach, bool(form.all("portforwards")))


def run_id(text: str) -> str:
    """Give the id of a run in its usual form; empty where it is none."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def _id(said: dict[str, str]) -> str:
    given = said.get(_RUN)
    if given is None:
        return str(uuid.uuid4())
    return run_id(given) or given  # which is refused where runs are made


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise errors.UsageError(f"the environment entry {text[:80]!r} has no value", "give NAME=VALUE")
    return name, value


def _content(form: Form) -> tuple[str, bytes]:
    """Give the script's name, empty for a folder, and its bytes."""
    script, module = form.last("script"), form.last("module")
    if script and module:
        raise errors.BadScript("the form has a script and a module", "send one of them")
    if module:
        return "", module.data
    if script:
        return script.filename or SCRIPT, script.data
    raise errors.BadScript("Could not find module folder: the form has no part 'script' or 'module'")


def _timeout(form: Form, detach: bool) -> int:
    """Give the longest runtime, s; 0 for any."""
    text = form.text("timeout").strip()
    if not text:
        return 0 if detach else USUAL_TIMEOUT
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    raise errors.UsageError(f"the timeout {text[:80]!r} is no whole number of seconds", "use 0 for no limit")


def _is_true(text: str) -> bool:
    return text.strip().lower() in _TRUE
