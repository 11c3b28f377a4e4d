"""Runs a program in a terminal of its own and types what it is told to.

usage: pty_run.py <json>: {"command": [...], "steps": [{"expect": "text", "type": "text"}, ...]}

Each step waits until the text was printed since the last one, then types. Prints one JSON object: {"code", "output"}.
"""
import json
import os
import pty
import select
import sys
import time

asked = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(asked["command"][0], asked["command"])

output = ""
seen = 0
steps = list(asked["steps"])
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    ready, _, _ = select.select([terminal], [], [], 0.1)
    if ready:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece.decode("utf-8", "replace")
    if steps and steps[0]["expect"] in output[seen:]:
        seen = output.index(steps[0]["expect"], seen) + len(steps[0]["expect"])
        os.write(terminal, steps.pop(0)["type"].encode())
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "output": output}))
