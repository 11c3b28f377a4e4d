"""Drives the ledger by commands, one JSON line each, beside a model in memory that says what the file has to hold.

usage: ledger_oracle.py <database> <page size>

 {"op": "change", "seeds": [...]}   the same transactions on the file (over two connections) and on the model
 {"op": "copy", "file"}             a copy of the present state; answers {"digest"}
 {"op": "states"}                   digests of the model, of two old connections and of a fresh one
 {"op": "adopt"}                    the model takes over what the file holds
 {"op": "check"}                    integrity_check and the invariant on the old connections
 {"op": "read_begin" | "read_end"}  a read transaction that stays open over whatever happens in between
 {"op": "checkpoint", "mode"}, {"op": "vacuum"}
"""
import json
import sqlite3
import sys

import ledger

ITEMS = {512: (60, 1500), 4096: (60, 5000), 65536: (12, 90000)}


def main():
    path, page_size = sys.argv[1], int(sys.argv[2])
    first = ledger.connect(path)
    ledger.create(first, page_size)
    second, reader = ledger.connect(path), ledger.connect(path)
    model = sqlite3.connect(":memory:", isolation_level=None)
    first.backup(model)
    items, item_bytes = ITEMS[page_size]
    seen = None

    def answer(message):
        nonlocal seen
        op = message["op"]
        if op == "change":
            for seed in message["seeds"]:
                ledger.change(first if seed % 2 else second, seed, items, item_bytes)
                ledger.change(model, seed, items, item_bytes)
            return {}
        if op == "copy":
            target = sqlite3.connect(message["file"])
            first.backup(target)
            target.close()
            return {"digest": ledger.digest(model)}
        if op == "states":
            fresh = ledger.connect(path)
            states = [ledger.digest(one) for one in (model, first, second, fresh)]
            fresh.close()
            return dict(zip(("model", "first", "second", "fresh"), states))
        if op == "adopt":
            first.backup(model)
            return {}
        if op == "check":
            checks = [ledger.integrity(first), ledger.integrity(second)]
            ledger.require_invariant(second)
            return {"checks": checks}
        if op == "read_begin":
            reader.execute("begin")
            seen = ledger.digest(reader)
            return {}
        if op == "read_end":
            result = {"same": ledger.digest(reader) == seen, "check": ledger.integrity(reader)}
            reader.execute("commit")
            return result
        if op == "checkpoint":
            connection = ledger.connect(path, 0)
            done = connection.execute(f"pragma wal_checkpoint({message['mode']})").fetchone()
            connection.close()
            return {"done": done}
        if op == "vacuum":
            first.execute("vacuum")
            return {}
        raise ValueError(op)

    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            result = answer(json.loads(line))
        except (sqlite3.Error, AssertionError, ValueError) as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)
    print(json.dumps({"ended": True}), flush=True)


main()
