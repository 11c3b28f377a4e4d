"""A program that knows nothing of Lastgood: it commits a counter among other work, and copies the database at some commits.

usage: sampled_writer.py <database> <folder of copies> [--every N] [--pause SECONDS] [--truncate SECONDS]

Prints {"ready": true} once the file can be attached. After "go" on its input it numbers its commits; after every N-th it
copies the database into <folder>/<number>.db before it writes again. Ends when its input does and prints
{"first", "last", "copies"}.
"""
import argparse
import json
import os
import random
import sqlite3
import sys
import threading
import time


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("folder")
    parser.add_argument("--every", type=int, default=50)
    parser.add_argument("--pause", type=float, default=0.001)
    parser.add_argument("--truncate", type=float, default=3.0)
    args = parser.parse_args()
    going, ended = threading.Event(), threading.Event()

    def listen():
        for line in sys.stdin:
            if line.strip() == "go":
                going.set()
        ended.set()
        going.set()

    threading.Thread(target=listen, daemon=True).start()
    connection = sqlite3.connect(args.database, timeout=10, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=normal")
    connection.executescript(
        "create table if not exists counter(id integer primary key, text blob);"
        "create table if not exists work(id integer primary key, k int, v blob);"
        "create index if not exists work_k on work(k);"
        "insert or ignore into counter values(1, 'CNT=000000000000');"
    )
    print(json.dumps({"ready": True}), flush=True)
    going.wait()

    rng = random.Random(7)
    number, copies, truncated = 0, [], time.monotonic()
    while not ended.is_set():
        number += 1
        connection.execute("begin immediate")
        connection.execute("update counter set text=?", (f"CNT={number:012d}",))
        for _ in range(rng.randrange(4)):
            connection.execute("insert into work(k, v) values(?, ?)", (rng.randrange(1000), rng.randbytes(rng.randrange(1, 3000))))
        if number % 97 == 0:
            connection.execute("delete from work where k between ? and ?", (low := rng.randrange(900), low + 200))
        if number % 1500 == 0:
            connection.execute(f"create table if not exists more_{number}(x)")
        connection.execute("commit")
        if number % args.every == 0:
            copy = sqlite3.connect(os.path.join(args.folder, f"{number}.db"))
            connection.backup(copy)
            copy.close()
            copies.append(number)
        if number % 4001 == 0:
            connection.execute("vacuum")
        if args.truncate and time.monotonic() - truncated > args.truncate:
            truncated = time.monotonic()
            connection.execute("pragma wal_checkpoint(truncate)")
        if args.pause:
            time.sleep(args.pause)
    print(json.dumps({"first": 1, "last": number, "copies": copies}), flush=True)


main()
