import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { readAuditFile } from "../../db/read-audit-file.ts";
import { type AuditAnchor, parseAnchor, parseChainHash } from "../../domain/audit-chain.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { metadataPlace } from "../../metadata-place.ts";
import { runtimePaths } from "../../runtime-paths.ts";
import { readAnchors } from "../../services/audit/anchor-file.ts";
import { type AuditKey, auditKeyOf, makeAnchor } from "../../services/audit/audit-key.ts";
import { type ChainInput, type ChainReport, verifyChain } from "../../services/audit/verify-chain.ts";
import { type Command, EXIT, optionsOnly } from "../command.ts";
import type { Output } from "../output.ts";
import { calledWrongly, parseArguments } from "../parse-arguments.ts";

const VERB = "audit";
const USAGE = `usage: lastgood ${VERB} verify [options]
       lastgood ${VERB} anchor [options]

Works on the metadata itself; no console is needed, and one may be running. Nothing is changed.

  verify                 read every entry and name the first that is not what was written: edited, taken out, put
                         elsewhere, written anew without the secret, or cut off at the end
  anchor                 print an anchor of the newest entry, to be kept where nobody who can reach this machine can
                         change it; verify compares it when it is given with --anchors

  --data <folder>        the data directory; LASTGOOD_DATA, or .lastgood here
  --anchors <file>       anchors that were kept elsewhere, one a line; may be given more than once. Those of the data
                         directory (audit-anchors.jsonl) always count
  --former-secret <file> a secret that the installation had before; may be given more than once
  --json                 one JSON object instead of text, errors too

With DATABASE_URL the entries come from there; secret and anchors still from the data directory. LASTGOOD_SECRET counts
before the file.

exit codes: 0 whole, 1 failed, 2 called wrongly, 3 not found, 4 the log is not what was written`;

const OPTIONS = {
  data: { type: "string" },
  anchors: { type: "string", multiple: true },
  "former-secret": { type: "string", multiple: true },
  json: { type: "boolean" },
} as const;

/** Proves the audit log. */
export const audit: Command = { usage: USAGE, run, shape: optionsOnly(OPTIONS) };

async function run(args: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = parseArguments(VERB, args, OPTIONS);
  const [what, ...more] = positionals;
  if (what !== "verify" && what !== "anchor") throw calledWrongly(VERB, "Say verify or anchor");
  if (more.length > 0) throw calledWrongly(VERB, `There is nothing to do with ${more.join(" ")}`);
  const paths = runtimePaths(path.resolve(values.data ?? process.env.LASTGOOD_DATA ?? ".lastgood"));
  const key = auditKeyOf(process.env.LASTGOOD_SECRET || readGiven(paths.secret, "the installation's secret"));
  const batches = () => readEntries(paths.data);
  if (what === "anchor") return anchor(batches(), key, output);
  const former = (values["former-secret"] ?? []).map((file) => auditKeyOf(readGiven(file, "a secret")));
  const own = readAnchors(paths.auditAnchors);
  const kept = (values.anchors ?? []).flatMap((file) => linesOf(readGiven(file, "anchors")).map(parseAnchor));
  return verify(
    { batches: batches(), keys: [key, ...former], anchors: [...(own ?? []), ...kept] },
    own !== null,
    output,
  );
}

function readGiven(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
    const hint = "Name the data directory with --data, or the file that is meant.";
    throw new LastgoodError("not_found", `There is no file ${file} with ${what}.`, { hint }, { cause });
  }
}

const linesOf = (text: string) => text.split("\n").filter((line) => line.trim() !== "");

function readEntries(data: string): ChainInput["batches"] {
  const place = metadataPlace({ ...process.env, LASTGOOD_DATA: data });
  if (place.provider === "postgres") return fromStore();
  if (!existsSync(place.file)) {
    const hint = "Name the data directory with --data, or the store with DATABASE_URL.";
    throw new LastgoodError("not_found", `There is no metadata ${place.file}.`, { hint });
  }
  return readAuditFile(place.file);
}

/** Prisma is loaded only where the metadata is no file. */
async function* fromStore() {
  const { readAuditBatches } = await import("../../services/audit/read-audit-batches.ts");
  const { closeMetadata } = await import("../../db/client.ts");
  try {
    yield* readAuditBatches();
  } finally {
    await closeMetadata();
  }
}

async function verify(input: ChainInput, hasAnchors: boolean, output: Output): Promise<number> {
  const startedMs = performance.now();
  const report = await verifyChain(input);
  const tookMs = performance.now() - startedMs;
  const entriesPerSecond = Math.round(report.entries / Math.max(tookMs / 1000, 0.001));
  // Each start of the agent anchors the log: a data directory with entries and no anchor has lost them.
  const isUnanchored = report.ok && report.anchors.count === 0 && report.entries > 0;
  output.answer({ ...report, isUnanchored, hasAnchors, tookMs: Math.round(tookMs), entriesPerSecond }, () => [
    ...toLines(report),
    ...(isUnanchored ? ["There is no anchor: nothing shows whether entries are missing at the end."] : []),
    `${report.entries} entries in ${(tookMs / 1000).toFixed(1)} s, ${entriesPerSecond} entries/s`,
  ]);
  return report.ok ? EXIT.ok : EXIT.damaged;
}

function toLines({ ok, last, finding, anchors }: ChainReport): string[] {
  const { newest } = anchors;
  const vouched = newest
    ? `${anchors.count} anchors, the newest of entry ${newest.seq} at ${new Date(newest.timeMs).toISOString()}`
    : "no anchors";
  if (ok) return [`The audit log is whole up to entry ${last?.seq ?? 0}.`, vouched];
  const good = last ? `Good up to entry ${last.seq} of ${new Date(last.timeMs).toISOString()}.` : "No entry is good.";
  return [
    `The audit log is not what was written. First bad entry: ${finding?.seq}.`,
    finding?.message ?? "",
    good,
    vouched,
  ];
}

async function anchor(batches: ChainInput["batches"], key: AuditKey, output: Output): Promise<number> {
  let made: AuditAnchor | null = null;
  for await (const batch of batches) {
    const last = batch.at(-1);
    const link = parseChainHash(last?.hash ?? "")?.link;
    if (last && link !== undefined) made = makeAnchor(key, { seq: last.seq, link, timeMs: Date.now() });
  }
  if (made === null)
    throw new LastgoodError("not_found", "The audit log has no entry yet.", { hint: "Try again later." });
  const line = made;
  output.answer({ ...line }, () => [JSON.stringify(line)]);
  return EXIT.ok;
}
