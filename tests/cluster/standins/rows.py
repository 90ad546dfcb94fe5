"""Asks the Snowflake made of DuckDB, where it runs, with fakesnow's own connector: SQL in, rows out, as JSON.

Of several statements, with semicolons between them, the last one's.

`/opt/fakesnow/bin/python -m tests.cluster.standins.rows <<<'SELECT call_id FROM calls'`
"""

from __future__ import annotations

import json
import os
import sys

import snowflake.connector

PORT = 8090


def main() -> None:
    connection = snowflake.connector.connect(
        account="standin",
        user="tests",
        password="any",  # noqa: S106  the stand-in takes each but one
        host="127.0.0.1",
        port=int(os.environ.get("SNOWFLAKE_PORT", PORT)),
        protocol="http",
        database="SOPHIA_AI",
        schema="GONG_WEBHOOKS",
        session_parameters={"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False},
    )
    cursor = connection.cursor()
    for sql in sys.stdin.read().split(";"):
        cursor.execute(sql)
    print(json.dumps(cursor.fetchall(), default=str))


if __name__ == "__main__":
    main()
