import { tryStore } from "../../agent/try-store.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { openStoreSecret } from "../../services/stores/read-backup-store.ts";
import { type Finding, problem, warning, well } from "./finding.ts";
import type { Patient } from "./patient.ts";
import { hasSecret } from "./secret-check.ts";

const PATIENCE_MS = 15_000;
const text = (value: unknown) => (value === null || value === undefined ? "" : String(value));

/** Whether the buckets that take new backups can be written and read: a small object goes there and back. */
export async function checkStores(patient: Patient): Promise<Finding[]> {
  const metadata = await patient.metadata();
  if (metadata === null) return [warning("Stores were not tried: the metadata cannot be read.", "Mend that first.")];
  const rows = await metadata.rows(
    `SELECT s.*, n."slug" FROM "BackupStore" s JOIN "Namespace" n ON n."id" = s."namespaceId"
     WHERE s."retiredAtMs" IS NULL AND n."deletedAtMs" IS NULL ORDER BY n."slug", s."id"`,
  );
  if (rows.length === 0) return [well("No bucket is set; backups lie on the agent's own disk.")];
  if (!hasSecret(patient))
    return [warning("Stores were not tried: there is no secret to open theirs with.", "Mend that first.")];
  return Promise.all(rows.map(tryOne));
}

async function tryOne(row: Record<string, unknown>): Promise<Finding> {
  const name = `The bucket ${text(row.bucket)} of ${text(row.slug)}`;
  const secretAccessKey = openStoreSecret(text(row.id), text(row.secretSealed));
  if (secretAccessKey === null) {
    return problem(
      `${name} cannot be used: its secret was sealed with another secret of the installation.`,
      "Set the former LASTGOOD_SECRET again, or enter the store anew in the settings.",
    );
  }
  const settings = {
    endpoint: text(row.endpoint),
    region: text(row.region),
    bucket: text(row.bucket),
    prefix: text(row.prefix),
    pathStyle: row.pathStyle === true || row.pathStyle === 1,
    accessKeyId: text(row.accessKeyId),
    secretAccessKey,
  };
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new LastgoodError("storage_unavailable", "It did not answer in time.")),
    PATIENCE_MS,
  );
  try {
    await Promise.race([tryStore(settings), late.promise]);
    return well(`${name} takes and gives back objects.`);
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return problem(
      `${name} cannot be used: ${error.message}`,
      error.details.hint ?? "New backups of this namespace fail until it answers.",
    );
  } finally {
    clearTimeout(timer);
  }
}
