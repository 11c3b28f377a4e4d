import { readFileSync, statSync } from "node:fs";
import { parseKeyRing } from "../../storage/key-ring.ts";
import { type Finding, orWell, problem, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Whether backups that are sealed can be opened, and new ones sealed. Keys themselves stay unsaid. */
export async function checkKeys(patient: Patient): Promise<Finding[]> {
  const file = patient.env?.storageKeys ?? null;
  const sealed = await sealedBackups(patient);
  if (file === null) {
    const found =
      sealed > 0
        ? [
            problem(
              `${sealed} backups are sealed, and LASTGOOD_STORAGE_KEYS names no keys: they cannot be restored.`,
              "Let it name the file with the key that they were sealed with, and restart Lastgood.",
            ),
          ]
        : [];
    return orWell(found, "No keys are set, and no backup is sealed.");
  }
  try {
    parseKeyRing(readFileSync(file, "utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [problem(`The storage keys cannot be used: ${why}`, `Look at ${file}; new backups fail until then.`)];
  }
  const isOpen = (statSync(file).mode & 0o077) !== 0;
  const found = isOpen ? [warning(`Other users can read the storage keys ${file}.`, `chmod 600 ${file}`)] : [];
  return orWell(found, `The storage keys can be read; ${sealed} backups are sealed.`);
}

async function sealedBackups(patient: Patient): Promise<number> {
  const metadata = await patient.metadata();
  const condition = metadata?.provider === "postgres" ? `"encrypted"` : `"encrypted" = 1`;
  const [row] =
    (await metadata?.rows(
      `SELECT COUNT(*) AS "n" FROM "Backup" WHERE ${condition} AND "status" = 'completed' AND "purgedAtMs" IS NULL`,
    )) ?? [];
  return Number(row?.n ?? 0);
}
