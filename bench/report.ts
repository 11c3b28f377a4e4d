import type { Figure, Spread } from "./figure.ts";

export type Report = {
  machine: { cpus: number; cpu: string; node: string; sqlite: string };
  seconds: number;
  rounds: number;
  figures: Figure[];
};

const HEAD = ["figure", "value", "baseline", "ratio (min … max)", "goal", ""];

/** The figures as one Markdown table, then what is to be said of each. */
export function formatReport({ machine, seconds, rounds, figures }: Report): string {
  const rows = figures.map((one) => [
    one.name,
    formatValue(one.value, one.unit),
    one.baseline === null ? "" : formatValue(one.baseline, one.unit),
    one.ratio === null ? "" : formatSpread(one.ratio),
    one.goal ?? "",
    one.isMet === null ? "" : one.isMet ? "met" : "missed",
  ]);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [
    `${machine.cpus} × ${machine.cpu}, Node ${machine.node}, SQLite ${machine.sqlite}; ${rounds} rounds of ${seconds} s`,
    "",
    line(HEAD),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
    "",
    ...figures.filter(({ note }) => note !== "").map((one) => `- ${one.name}: ${one.note}`),
  ].join("\n");
}

function formatValue(value: number, unit: string): string {
  const size = Math.abs(value);
  const text = size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(size >= 1 ? 2 : 3);
  return unit === "" ? text : `${text} ${unit}`;
}

function formatSpread({ min, median, max }: Spread): string {
  const digits = median >= 10 ? 1 : 3;
  return `${median.toFixed(digits)} (${min.toFixed(digits)} … ${max.toFixed(digits)})`;
}
