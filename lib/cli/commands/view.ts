import { readFileSync } from "node:fs";
import { formatCount } from "../../client/format-count.ts";
import { formatDuration } from "../../client/format-duration.ts";
import { readSqlAnswer, type SqlCell } from "../../client/read-sql-answer.ts";
import type { ViewResult } from "../../client/view-types.ts";
import { resolveMoment } from "../remote/moment.ts";
import { paint } from "../text/paint.ts";
import { type Cell, tableLines } from "../text/table.ts";
import { alone, verb } from "../verb.ts";

const SLOW_MS = 120_000;

/** Read-only SQL on a moment of the past. */
export const view = alone(
  "view",
  verb({
    about: "read-only SQL at a moment of the past, without restoring; without a moment, now",
    takes: ["<sql>"],
    of: "database",
    options: {
      at: { value: "moment", about: "the moment to look at: a time, a bookmark or a label" },
      params: { value: "json", about: "the parameters, a JSON array" },
    },
    examples: [
      ['view --database shop --at "10 minutes ago" "SELECT count(*) FROM orders"', "how many orders there were"],
      ["view --at before-import - < check.sql", "a file of SQL at a label"],
    ],
    notes: ["`-` reads the SQL from the standard input. With --json the answer is {bookmark, results}."],
    async run(call, { at, params }, [text = ""]) {
      const sql = text === "-" ? readFileSync(0, "utf8") : text;
      const database = await call.database();
      const moment =
        at === undefined ? await newest(call.api, database.route) : await resolveMoment(call, database, at);
      const body = {
        at: { bookmark: moment.bookmark },
        sql,
        ...(params === undefined ? {} : { params: toParams(params) }),
      };
      const results = await call.api.post<ViewResult[]>(`${database.route}/view`, body, {
        parse: readSqlAnswer,
        timeoutMs: Math.max(SLOW_MS, call.settings.timeoutMs),
      });
      call.output.answer({ bookmark: moment.bookmark, timeMs: moment.timeMs, results }, () =>
        results.flatMap(({ results: rows, meta }, index) => [
          ...(index > 0 ? [""] : []),
          ...rowLines(rows),
          paint("dim", `${formatCount(rows.length, "row")}, ${formatDuration(meta.duration)}`),
        ]),
      );
      return 0;

      function toParams(json: string): unknown[] {
        let value: unknown;
        try {
          value = JSON.parse(json);
        } catch {
          // What is no JSON is no array either.
          value = null;
        }
        if (Array.isArray(value)) return value;
        throw call.wrongly('--params takes a JSON array, such as [7, "paid"]');
      }
    },
  }),
);

async function newest(api: { get<T>(path: string): Promise<T> }, route: string) {
  return api.get<{ bookmark: string; timeMs: number }>(`${route}/bookmark`);
}

function rowLines(rows: readonly Record<string, SqlCell>[]): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const names = Object.keys(first);
  const isNumber = (name: string) => rows.every((row) => row[name] === null || /number|bigint/.test(typeof row[name]));
  return tableLines(
    names.map((name) => ({ head: name, align: isNumber(name) ? ("right" as const) : ("left" as const) })),
    rows.map((row) => names.map((name) => toCell(row[name] ?? null))),
  );
}

function toCell(value: SqlCell): Cell {
  if (value === null) return { text: "NULL", as: "dim" };
  if (Array.isArray(value)) return `x'${Buffer.from(value).toString("hex")}'`;
  return String(value);
}
