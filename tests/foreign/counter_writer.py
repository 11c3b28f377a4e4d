"""A program that knows nothing of Lastgood: it commits a counter, one commit per number, until its input ends.

usage: counter_writer.py <database> [--pause SECONDS] [--reopen SECONDS] [--truncate SECONDS] [--sync OFF|NORMAL|FULL]

Prints one JSON line once it is ready and one at the end: {"acknowledged", "slowestMs", "busy", "truncates"}.
Every commit is a page that holds "CNT=" and the number in twelve digits, so that it can be found in a log.
"""
import argparse
import json
import sqlite3
import sys
import threading
import time


def connect(path, sync):
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute(f"pragma synchronous={sync}")
    return connection


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("--pause", type=float, default=0.001)
    parser.add_argument("--reopen", type=float, default=3.0)
    parser.add_argument("--truncate", type=float, default=2.0)
    parser.add_argument("--sync", default="NORMAL")
    args = parser.parse_args()
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()

    connection = connect(args.database, args.sync)
    connection.execute("create table if not exists counter(id integer primary key, text blob)")
    connection.execute("insert or ignore into counter values(1, 'CNT=000000000000')")
    (text,) = connection.execute("select text from counter").fetchone()
    number = int(text[4:])
    print(json.dumps({"ready": True, "number": number}), flush=True)

    report = {"acknowledged": number, "slowestMs": 0, "busy": 0, "truncates": 0}
    reopened = truncated = time.monotonic()
    while not ended.is_set():
        started = time.monotonic()
        try:
            connection.execute("update counter set text=?", (f"CNT={number + 1:012d}",))
            number += 1
        except sqlite3.OperationalError:
            report["busy"] += 1
        report["slowestMs"] = max(report["slowestMs"], round((time.monotonic() - started) * 1000))
        now = time.monotonic()
        if args.truncate and now - truncated > args.truncate:
            busy, _, _ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
            truncated = time.monotonic()
            report["truncates"] += 1 - busy
        if args.reopen and now - reopened > args.reopen:
            reopened = now
            connection.close()
            connection = connect(args.database, args.sync)
        if args.pause:
            time.sleep(args.pause)
    report["acknowledged"] = number
    print(json.dumps(report), flush=True)


main()
