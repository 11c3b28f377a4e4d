"""A program that knows nothing of Lastgood: it runs the SQL that it is told to, and copies its database when asked.

usage: sql_session.py <database> [--page-size BYTES] [--auto-vacuum NONE|FULL|INCREMENTAL]

Input, one JSON object a line: {"sql": [...]}: each statement by itself. {"many": "sql with ?", "from": A, "to": B}: one
commit per number. {"copy": path}: the exact state of the last commit. Each is answered by one JSON line.
"""
import argparse
import json
import os
import sqlite3
import subprocess
import sys


def copy_exactly(connection, database, target):
    # The write lock keeps log and database still but for checkpoints, which change nothing that a copy of both shows.
    # cp is a process of its own: closing the file in this one would drop the connection's locks.
    connection.execute("begin immediate")
    try:
        subprocess.run(["cp", f"{database}-wal", f"{target}-wal"], check=True)
        subprocess.run(["cp", database, target], check=True)
    finally:
        connection.execute("rollback")
    settled = sqlite3.connect(target)
    settled.execute("pragma wal_checkpoint(truncate)").fetchone()
    settled.close()
    for ending in ("-wal", "-shm"):
        if os.path.exists(target + ending):
            os.remove(target + ending)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("--page-size", type=int, default=4096)
    parser.add_argument("--auto-vacuum", default="NONE")
    args = parser.parse_args()
    connection = sqlite3.connect(args.database, timeout=30, isolation_level=None)
    connection.execute(f"pragma page_size={args.page_size}")
    connection.execute(f"pragma auto_vacuum={args.auto_vacuum}")
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=normal")
    connection.execute("create table if not exists t(id integer primary key, v blob)")
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        try:
            if "copy" in told:
                copy_exactly(connection, args.database, told["copy"])
            for statement in told.get("sql", []):
                connection.execute(statement).fetchall()
            if "many" in told:
                for number in range(told["from"], told["to"] + 1):
                    connection.execute(told["many"], (number,))
            print(json.dumps({"ok": True}), flush=True)
        except sqlite3.Error as error:
            print(json.dumps({"ok": False, "error": str(error)}), flush=True)


main()
