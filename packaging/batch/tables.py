"""The queries of docs/batch.md over the results of a batch, with DuckDB and SQLite: both have to say the same.

    tables.py RESULTS
"""

import csv
import sqlite3
import sys

import duckdb

SHARED = """SELECT fingerprint, min("check"), count(DISTINCT key) AS repositories
            FROM {} WHERE shared {} GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 20"""


def main():
    (results,) = sys.argv[1:]
    duck = duckdb.connect()
    ours = sqlite3.connect(":memory:")
    for name in ("repositories", "findings"):
        with open(f"{results}/{name}.csv", encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        columns = ", ".join('"' + column + '"' for column in header)
        ours.execute(f"CREATE TABLE {name} ({columns})")
        ours.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(header))})", rows)
    shared = duck.execute(SHARED.format(f"'{results}/findings.csv'", "")).fetchall()
    assert shared == ours.execute(SHARED.format("findings", "= 'true'")).fetchall(), shared
    by_status = "SELECT status, count(*) FROM {} GROUP BY 1 ORDER BY 1"
    states = duck.execute(by_status.format(f"'{results}/repositories.csv'")).fetchall()
    assert states == ours.execute(by_status.format("repositories")).fetchall(), states
    lines = f"read_json('{results}/all.jsonl', format='newline_delimited', union_by_name=true)"
    assert duck.execute(by_status.format(f"(SELECT * FROM {lines} WHERE type = 'repository')")).fetchall() == states
    duck.execute(f"COPY (SELECT * FROM '{results}/findings.csv') TO '{results}/findings.parquet'")
    count = duck.execute(f"SELECT count(*) FROM '{results}/findings.parquet'").fetchall()
    assert count == ours.execute("SELECT count(*) FROM findings").fetchall(), count
    print(f"{states}, {count[0][0]} findings, {len(shared)} secrets by fingerprint, the most in {shared[0][2] if shared else 0}")


main()
