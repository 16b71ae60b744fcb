"""The commands of a console, as they are listed: with arguments, and what each does. They are no Python."""

from __future__ import annotations

SCRIPTS = [
    (":where", "show the stack; > is the frame you look at"),
    (":up [N]", "look at the frame that called this one"),
    (":down [N]", "look at the frame that this one called"),
    (":frame [N]", "look at that frame; 0 is the paused one"),
    (":threads", "list the threads, and where they are"),
    (":locals", "show the names of this frame"),
    (":source", "show the lines around"),
    (":shared", "list what is the script's own, and no copy"),
    (":full", "show all of the last value"),
    (":deadline [SECONDS]", "set how long a statement may take; 0 for ever"),
    (":help", "list the commands"),
]
CLIENTS = [
    (":save FILE", "save the snapshot in a file on your disk"),
    (":full FILE", "save all of what was cut on your disk"),
    (":continue", "let the script go on"),
    (":abort", "end the script here"),
]
LISTED: list[tuple[str, str]] = [*SCRIPTS, *CLIENTS]
