"""A script that says a numbered sequence on both streams, pauses in the middle, and ends with status 7.

It leaves processes behind: one in its group with its environment cleared, one in a session of its own that keeps its
output open. What it says is known to who has the same seed; no other seed gives the same.
"""

import os
import random
import sys

STATUS = 7
_LETTERS = "aäß€水😀"  # of one byte to four


def pieces(seed, count):
    """What is said, in order: the stream, and the text, which may be no line, or be part of one."""
    rng, said = random.Random(seed), []
    for number in range(count):
        length = rng.randrange(3000) if rng.random() < 0.01 else rng.randrange(40)
        text = f"<{seed}.{number}:" + "".join(rng.choices(_LETTERS, k=length)) + ">"
        said.append((rng.choice((1, 1, 2)), text + rng.choice(("\n", "\n", "", " "))))
    return said


def main(seed, count):
    import lager

    idle = ["tail", "-q", "-c", "0", "-f", __file__]  # the file is in the run's directory, so it tells whose it is
    nowhere = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_DUP2, 1, 2)
    os.posix_spawnp("tail", idle, {}, file_actions=nowhere)
    os.posix_spawnp("tail", idle, os.environ, setsid=True)
    said = pieces(seed, count)
    for number, (stream, text) in enumerate(said):
        if number == count // 2:
            lager.pause("half-way", timeout=0)
        print(text, end="", file=sys.stdout if stream == 1 else sys.stderr)
    sys.stderr.flush()
    raise SystemExit(STATUS)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
