"""A program of somebody else's that uses an instrument: `python rawvisa.py visa|kernel|node ADDRESS|DEVICE [GROUP]`.

Opens it, asks *IDN? (but for a `node`), says how that went in a line of JSON, and holds it until its standard input
ends. With a group's number it is a user who is nobody, and in that group only.
"""

import json
import os
import sys

NOBODY = 65534


def visa(address):
    import pyvisa

    resource = pyvisa.ResourceManager("@py").open_resource(address, timeout=3000)
    return resource, resource.query("*IDN?")


def kernel(node):
    file = os.open(node, os.O_RDWR)
    os.write(file, b"*IDN?\n")
    return file, os.read(file, 100).decode()


def node(path):
    if len(sys.argv) > 3:
        os.setgroups([])
        os.setgid(int(sys.argv[3]))
        os.setuid(NOBODY)
    return os.open(path, os.O_RDWR), ""


def main():
    try:
        held, answer = {"visa": visa, "kernel": kernel, "node": node}[sys.argv[1]](sys.argv[2])
        said = {"answer": answer.strip()}
    except Exception as exc:  # noqa: BLE001  # what it is, is what the test wants to know
        held, said = None, {"raised": type(exc).__name__, "errno": getattr(exc, "errno", None), "text": str(exc)}
    print(json.dumps(said), flush=True)
    if held is not None:
        sys.stdin.read()
        if sys.argv[1] == "visa":
            held.close()


if __name__ == "__main__":
    main()
