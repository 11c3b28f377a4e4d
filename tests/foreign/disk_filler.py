"""A program that knows nothing of Lastgood: it overwrites the rows of one small table for ever, so that its file does not grow.

usage: disk_filler.py <database> [--pause SECONDS]

It makes the table, prints {"ready": true}, and commits again and again. A commit that fails is counted, and tried again. Each line of its
input is answered by {"commits": count, "failed": count, "why": text of the first failure or null}; it ends when its input does.
"""
import argparse
import json
import os
import sqlite3
import sys
import threading
import time

ROWS = 200

parser = argparse.ArgumentParser()
parser.add_argument("database")
parser.add_argument("--pause", type=float, default=0.002)
args = parser.parse_args()

connection = sqlite3.connect(args.database, timeout=20, isolation_level=None)
connection.execute("pragma journal_mode=wal")
connection.execute("pragma synchronous=normal")
connection.execute("create table if not exists filled(id integer primary key, v blob)")
for row in range(ROWS):
    connection.execute("insert or replace into filled values(?, ?)", (row, os.urandom(3000)))
state = {"commits": 0, "failed": 0, "why": None}
print(json.dumps({"ready": True}), flush=True)


def listen():
    for _ in sys.stdin:
        print(json.dumps(state), flush=True)
    os._exit(0)


threading.Thread(target=listen, daemon=True).start()
while True:
    try:
        connection.execute("update filled set v = ? where id = ?", (os.urandom(3000), state["commits"] % ROWS))
        state["commits"] += 1
    except sqlite3.OperationalError as error:
        state["failed"] += 1
        state["why"] = state["why"] or str(error)
        time.sleep(0.05)
    time.sleep(args.pause)
