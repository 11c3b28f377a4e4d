"""Tells what a database holds, as SQLite reads it. Input, a JSON line each: {"path", "immutable"}; answered by a JSON line
{"counter", "digest", "check"}; counter null where the tables of power_content are missing, {"error"} where SQLite fails.
"""
import json
import sqlite3
import sys

import power_content


def look(path, immutable):
    mode = "immutable=1" if immutable else "mode=rw"
    connection = sqlite3.connect(f"file:{path}?{mode}", uri=True, timeout=10, isolation_level=None)
    try:
        if not connection.execute("select 1 from sqlite_schema where name='counter'").fetchone():
            return {"counter": None, "digest": "", "check": "ok"}
        (check,) = connection.execute("pragma integrity_check(1)").fetchone()
        connection.execute("begin")
        return {
            "counter": power_content.counter(connection),
            "digest": power_content.digest(connection),
            "check": check,
        }
    finally:
        connection.close()


def main():
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = look(asked["path"], asked["immutable"])
        except (sqlite3.Error, ValueError, TypeError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
