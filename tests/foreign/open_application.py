"""A program that keeps its database open for as long as it lives, as an application does.

usage: open_application.py <database>

Reads commands, a line each, and answers each with a JSON line: "insert N" commits N orders, "wipe" is the DELETE without
WHERE, "count" answers {"orders": N, "check": "ok"}. It never opens the file a second time.
"""
import json
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
connection.execute("pragma journal_mode=wal")
connection.execute("create table if not exists orders(id integer primary key, what text)")
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    command, *rest = line.split()
    if command == "insert":
        for _ in range(int(rest[0])):
            connection.execute("insert into orders(what) values('a thing')")
    elif command == "wipe":
        connection.execute("delete from orders")
    (orders,) = connection.execute("select count(*) from orders").fetchone()
    (check,) = connection.execute("pragma integrity_check").fetchone()
    print(json.dumps({"orders": orders, "check": check}), flush=True)
