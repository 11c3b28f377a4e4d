import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { judgeVersion } from "../../db/check-postgres.ts";
import { type AppliedRow, migrationsOf, readMigrations, remainingMigrations } from "../../db/migrations.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { type Finding, problem, warning, well } from "./finding.ts";
import { type MetadataQuestions, openQuestions } from "./open-questions.ts";
import type { Patient } from "./patient.ts";

/** Copies are an hour apart while the agent runs. */
const COPY_IS_OLD_MS = 3 * 60 * 60_000;

/** Whether the metadata can be read, is whole, and is of this version. */
export async function checkMetadata(patient: Patient): Promise<Finding[]> {
  const { place } = patient;
  if (place === null) return [problem("Where the metadata is cannot be told.", "Correct DATABASE_URL.")];
  if (place.provider === "sqlite" && !existsSync(place.file)) {
    return [
      problem(`There is no metadata ${place.file}.`, "Name the data directory with --data, or start Lastgood once."),
    ];
  }
  const metadata = await patient.metadata();
  if (metadata === null) return [await explainClosed(place)];
  const damage = metadata.provider === "sqlite" ? await damageOf(metadata) : await versionOf(metadata);
  return [...damage, ...(await migrationsFound(metadata)), ...copiesFound(patient)];
}

const PUT_BACK =
  "Stop Lastgood, keep what is there aside, and put a copy back (docs/operations.md, Put the metadata back).";

async function explainClosed(place: NonNullable<Patient["place"]>): Promise<Finding> {
  try {
    await (await openQuestions(place)).close();
    return warning("The metadata could be opened only at the second try.", "Look again in a moment.");
  } catch (error) {
    if (error instanceof LastgoodError) return problem(error.message, error.details.hint ?? "Look at the server.");
    return problem(`The metadata cannot be opened: ${error instanceof Error ? error.message : error}.`, PUT_BACK);
  }
}

async function damageOf(metadata: MetadataQuestions): Promise<Finding[]> {
  try {
    const rows = await metadata.rows("PRAGMA quick_check(3)");
    const says = rows.map((row) => String(Object.values(row)[0]));
    if (says.length === 1 && says[0] === "ok") return [well("SQLite finds the metadata whole.")];
    return [problem(`SQLite finds the metadata damaged: ${says.join("; ").slice(0, 300)}.`, PUT_BACK)];
  } catch (error) {
    return [problem(`SQLite cannot read the metadata: ${error instanceof Error ? error.message : error}.`, PUT_BACK)];
  }
}

async function versionOf(metadata: MetadataQuestions): Promise<Finding[]> {
  const [row] = await metadata.rows(`SELECT current_setting('server_version_num')::int AS "version"`);
  const complaint = judgeVersion(Number(row?.version));
  return complaint === null ? [well("The metadata server answers.")] : [warning(complaint, "Upgrade that server.")];
}

async function migrationsFound(metadata: MetadataQuestions): Promise<Finding[]> {
  try {
    const rows = (await metadata.rows('SELECT * FROM "_prisma_migrations" ORDER BY "started_at"')) as AppliedRow[];
    const missing = remainingMigrations(readMigrations(migrationsOf(metadata.provider)), rows);
    if (missing.length === 0) return [well("The metadata is of this version.")];
    return [
      warning(
        `${missing.length} migration${missing.length === 1 ? "" : "s"} of this version have not been applied to the metadata yet.`,
        "The next start applies them, after a copy (docs/guides/upgrade.md).",
      ),
    ];
  } catch (error) {
    if (error instanceof LastgoodError)
      return [problem(error.message, error.details.hint ?? "Start the newer version.")];
    return [
      problem(`The metadata has no list of migrations: ${error instanceof Error ? error.message : error}.`, PUT_BACK),
    ];
  }
}

function copiesFound({ place, paths, isRunning, nowMs, record }: Patient): Finding[] {
  if (place?.provider !== "sqlite") return [];
  const folder = paths.metadataCopies;
  const newestMs = existsSync(folder)
    ? Math.max(0, ...readdirSync(folder).map((name) => statSync(path.join(folder, name)).mtimeMs))
    : 0;
  const sinceMs = nowMs - Math.max(newestMs, record?.startedAtMs ?? 0);
  if (!isRunning || sinceMs < COPY_IS_OLD_MS) return [];
  return [
    warning(
      newestMs === 0
        ? "There is no copy of the metadata."
        : `The newest copy of the metadata is of ${new Date(newestMs).toISOString()}.`,
      `The agent makes one every hour: its log, ${path.join(paths.data, "logs", "agent.log")}, tells why it did not.`,
    ),
  ];
}
