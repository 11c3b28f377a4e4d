import type { HistorySize } from "./measure-history.ts";
import type { Lag } from "./measure-lag.ts";
import type { RestoreSpeed } from "./measure-restore.ts";
import type { Throughput } from "./measure-throughput.ts";

export type Report = {
  machine: { cpus: number; cpu: string; node: string; sqlite: string };
  throughput: Throughput[];
  lag: Lag;
  history: HistorySize;
  restores: RestoreSpeed[];
};

const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
const ms = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** The figures as Markdown tables. */
export function formatReport({ machine, throughput, lag, history, restores }: Report): string {
  return [
    `${machine.cpus} × ${machine.cpu}, Node ${machine.node}, SQLite ${machine.sqlite}`,
    "",
    table(
      ["synchronous", "asked for", "without", "with", "with/without", "slowest without", "slowest with"],
      throughput.map((one) => [
        one.synchronous,
        one.commitsPerSecond === null ? "full speed" : `${one.commitsPerSecond}/s`,
        `${Math.round(one.without)}/s`,
        `${Math.round(one.with)}/s`,
        one.ratio.toFixed(2),
        ms(one.slowestWithoutMs),
        ms(one.slowestWithMs),
      ]),
    ),
    "",
    table(
      ["lag, commit to durable, at 500/s", "p50", "p99", "slowest"],
      [[`${lag.commits} commits, ±${lag.resolutionMs} ms`, ms(lag.p50Ms), ms(lag.p99Ms), ms(lag.slowestMs)]],
    ),
    "",
    table(
      ["history of", "log", "sealed", "open", "bytes per byte of log"],
      [
        [
          `${history.commits} commits`,
          mb(history.logBytes),
          mb(history.sealedBytes),
          mb(history.openBytes),
          history.perLogByte.toFixed(3),
        ],
      ],
    ),
    "",
    table(
      ["restore", "back", "pages", "took", "cp + sync", "restore/cp", "stages"],
      restores.map((one) => [
        mb(one.databaseBytes),
        `${one.commitsBack} commits`,
        one.pages,
        ms(one.tookMs),
        ms(one.copyMs),
        one.ratio.toFixed(2),
        Object.entries(one.timings)
          .map(([stage, took]) => `${stage} ${ms(took)}`)
          .join(", "),
      ]),
    ),
  ].join("\n");
}
