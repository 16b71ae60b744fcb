"""Holds a released client's modules in memory and forks for each command: most of a command's time is their imports.

Run by the client's own Python, with the client's own script; each command comes over the socket that is its stdin, with
the files that are to be its stdin, stdout and stderr, and ends as it would have in a process of its own.
"""

import json
import os
import runpy
import socket
import sys


def wait_for_commands(door):
    """Fork for each command; give what it is in the process that is to run it, None where no more will come."""
    while True:
        head, files, _, _ = socket.recv_fds(door, 4, 3)
        if not head:
            return None
        body = door.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
        pid = os.fork()
        if pid == 0:
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            return json.loads(body)
        for file in files:
            os.close(file)
        door.sendall(b"%d\n" % pid)
        door.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


script = sys.argv[1]
runpy.run_path(script, run_name="preloaded")
door = socket.socket(fileno=os.dup(0))
asked = wait_for_commands(door)
door.close()
if asked is not None:
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = [script, *asked["words"]]
    runpy.run_path(script, run_name="__main__")
