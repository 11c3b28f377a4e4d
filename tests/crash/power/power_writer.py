"""A program that knows nothing of Lastgood: it commits numbered changes and tells, on its standard output, of each.

usage: power_writer.py <database> --sync FULL|NORMAL --seed SEED [--pause SECONDS] [--fill BYTES]

Input: "go <number>" (commit from this number on), "hold" (stop after the commit under way); it ends with its input.
Output, a flushed JSON line each: {"ready"}, {"begin", "digest"} after "go": the content found, {"try", "digest"} before a
commit: what the content will be, made in a database in memory, {"ack"} once the commit has returned, {"held"}.
"""
import argparse
import json
import os
import queue
import random
import sqlite3
import sys
import threading
import time

import power_content

CHECKPOINTS = ("passive", "full", "restart", "truncate")


def connect(path, sync):
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute(f"pragma synchronous={sync}")
    return connection


def create(path, fill):
    connection = connect(path, "FULL")
    connection.execute("begin")
    for statement in power_content.SCHEMA.strip().split(";\n"):
        connection.execute(statement)
    if fill:
        connection.execute("create table filling(content blob)")
        for _ in range(fill // 65536):
            connection.execute("insert into filling values(?)", (os.urandom(65536),))
    connection.execute("commit")
    connection.close()


def say(**what):
    print(json.dumps(what), flush=True)


def listen(told):
    for line in sys.stdin:
        told.put(line.split())
    told.put(["end"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("--sync", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--pause", type=float, default=0.002)
    parser.add_argument("--fill", type=int, default=0)
    args = parser.parse_args()
    if not os.path.exists(args.database):
        create(args.database, args.fill)
    told = queue.Queue()
    threading.Thread(target=listen, args=(told,), daemon=True).start()
    say(ready=True)
    connection = model = None
    number = 0
    while True:
        if model is None or not told.empty():
            word, *rest = told.get()
            if word == "end":
                return
            if word == "hold":
                model = None
                say(held=True)
                continue
            number = int(rest[0])
            connection = connection or connect(args.database, args.sync)
            model = sqlite3.connect(":memory:", isolation_level=None)
            connection.backup(model)
            say(begin=power_content.counter(model), digest=power_content.digest(model))
        power_content.change(model, args.seed, number)
        say(**{"try": number, "digest": power_content.digest(model)})
        connection.execute("begin immediate")
        power_content.change(connection, args.seed, number)
        connection.execute("commit")
        say(ack=number)
        aside = random.randrange(120)
        if aside < 4:
            connection.execute(f"pragma wal_checkpoint({CHECKPOINTS[aside]})").fetchall()
        elif aside == 4:
            connection.close()
            connection = connect(args.database, args.sync)
        elif aside == 5:
            connection.execute("vacuum")
        number += 1
        time.sleep(args.pause)


main()
