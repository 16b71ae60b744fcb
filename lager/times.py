"""How long a call on a net may take, for all who wait for one. No part of `import lager`; it imports nothing."""

REPLY_WITHIN = 5.0  # s an instrument may take for one answer
TURN_WITHIN = 8.0  # s a call waits at a worker for the calls before it
CALL_WITHIN = 30.0  # s a call may take once it is its turn; a worker that takes longer is replaced
ANSWER_WITHIN = TURN_WITHIN + CALL_WITHIN + 5  # s until a caller gives up: always after the worker would have
