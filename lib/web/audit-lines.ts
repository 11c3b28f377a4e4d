import { Readable } from "node:stream";
import type { AuditEntryView } from "../client/api-types.ts";

const COLUMNS = [
  "number",
  "time",
  "actor kind",
  "actor id",
  "actor",
  "action",
  "outcome",
  "target kind",
  "target id",
  "database",
  "address",
  "request",
  "detail",
  "hash",
] as const;

/**
 * A value as a spreadsheet takes it for text: one that begins like a formula gets an apostrophe before it.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function toCell(value: string | null): string {
  const text = value ?? "";
  const safe = /^[\s]*[=+\-@\t\r|%]/.test(text) ? `'${text}` : text;
  return /[",\r\n;]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function toCsvLine(entry: AuditEntryView): string {
  const { actor, target, database } = entry;
  const values = [
    entry.seq,
    new Date(entry.timeMs).toISOString(),
    actor.kind,
    actor.id,
    actor.name,
    entry.action,
    entry.outcome,
    target?.kind ?? null,
    target?.id ?? null,
    database?.name ?? null,
    entry.address,
    entry.requestId,
    JSON.stringify(entry.detail),
    entry.hash,
  ];
  return `${values.map(toCell).join(",")}\r\n`;
}

/** An export as it is downloaded, made while it is read. */
export function streamAudit(
  batches: AsyncIterable<AuditEntryView[]>,
  format: "csv" | "jsonl",
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const toLine = format === "csv" ? toCsvLine : (entry: AuditEntryView) => `${JSON.stringify(entry)}\n`;
  async function* lines() {
    if (format === "csv") yield encoder.encode(`${COLUMNS.join(",")}\r\n`);
    for await (const batch of batches) yield encoder.encode(batch.map(toLine).join(""));
  }
  return Readable.toWeb(Readable.from(lines())) as ReadableStream<Uint8Array>;
}
