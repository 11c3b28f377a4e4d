"""Does one thing with the ledger over and over until its input ends.

usage: ledger_loop.py <database> <read | write | checkpoint> <seed> [busy timeout, seconds]

Prints {"ready"} and at the end {"done", "violations", "busy", "errors"}: `busy` are SQLite's refusals because of a lock.
"""
import json
import random
import sqlite3
import sys
import threading
import time

import ledger

MODES = ("passive", "passive", "full", "restart", "truncate")


def main():
    path, what, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
    timeout = float(sys.argv[4]) if len(sys.argv) > 4 else 10.0
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    rng = random.Random(seed)
    connection = ledger.connect(path, timeout)
    (page_size,) = connection.execute("pragma page_size").fetchone()
    report = {"done": 0, "violations": [], "busy": 0, "errors": []}
    print(json.dumps({"ready": True}), flush=True)
    while not ended.is_set():
        try:
            if what == "read":
                ledger.require_invariant(connection)
                time.sleep(0.004)
            elif what == "write":
                ledger.change(connection, rng.getrandbits(60), 10, page_size)
                time.sleep(rng.random() * 0.02)
            else:
                other = ledger.connect(path, 0)
                other.execute(f"pragma wal_checkpoint({rng.choice(MODES)})").fetchone()
                other.close()
                time.sleep(rng.random() * 0.1)
            report["done"] += 1
        except AssertionError as error:
            report["violations"].append(str(error))
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                report["busy"] += 1
            else:
                report["errors"].append(str(error))
            if connection.in_transaction:
                connection.execute("rollback")
            time.sleep(0.002)
        except sqlite3.DatabaseError as error:
            report["errors"].append(str(error))
            if connection.in_transaction:
                connection.execute("rollback")
    print(json.dumps(report), flush=True)


main()
