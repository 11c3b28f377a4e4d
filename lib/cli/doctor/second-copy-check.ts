import { randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { CopySettings } from "../../domain/copy-settings.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { openCopyStore } from "../../storage/copy/open-copy-store.ts";
import { inOne } from "../../storage/copy/whole-bytes.ts";
import { type KeyRing, parseKeyRing } from "../../storage/key-ring.ts";
import { readBody } from "../../storage/storage.ts";
import { type Finding, orWell, problem, warning, well } from "./finding.ts";
import type { Patient } from "./patient.ts";

const PATIENCE_MS = 15_000;
/** A copy that is behind for so long will not catch up in a moment. */
const BEHIND_MS = 5 * 60_000;

/** Whether histories are kept a second time, the bucket takes them, and each copy keeps up. */
export async function checkSecondCopy(patient: Patient): Promise<Finding[]> {
  const settings = patient.env?.copy ?? null;
  if (patient.env && !settings) {
    return [well("Histories are kept on this machine alone: LASTGOOD_COPY_BUCKET names no bucket for a second copy.")];
  }
  if (!settings)
    return [warning("The second copy was not looked at: the environment cannot be used.", "Mend that first.")];
  const keys = readKeys(settings);
  if (keys !== null && "status" in keys) return [keys];
  const found: Finding[] = [];
  if (settings.keysFile !== null && (statSync(settings.keysFile).mode & 0o077) !== 0) {
    found.push(warning(`Other users can read the keys ${settings.keysFile}.`, `chmod 600 ${settings.keysFile}`));
  }
  if (keys === null) {
    found.push(
      warning(
        "The second copy is not sealed: whoever reads the bucket reads every database.",
        "Unset LASTGOOD_COPY_SEALED.",
      ),
    );
  }
  const refusal = await tryBucket(settings, keys);
  if (refusal) found.push(refusal);
  found.push(...(await behind(patient)));
  return orWell(found, `The bucket ${settings.bucket} takes and gives back second copies, and each keeps up.`);
}

/** Null: nothing is sealed. */
function readKeys({ keysFile }: CopySettings): KeyRing | Finding | null {
  if (keysFile === null) return null;
  try {
    return parseKeyRing(readFileSync(keysFile, "utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return problem(
      `The keys of second copies cannot be used: ${why}`,
      `Look at ${keysFile}; nothing is shipped until then.`,
    );
  }
}

async function tryBucket(settings: CopySettings, keys: KeyRing | null): Promise<Finding | null> {
  // Locked it could not be removed again.
  const store = openCopyStore({ ...settings, lockDays: 0 }, keys);
  const key = `trials/${randomUUID()}`;
  const text = Buffer.from("lastgood tries whether this bucket can be written");
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("It did not answer in time.")), PATIENCE_MS);
  const trial = async () => {
    await store.open.put(key, inOne(text));
    const stored = await store.open.get(key);
    if (!stored || !text.equals(await readBody(stored.body)))
      throw new Error("It did not give back what it was given.");
    await store.raw.remove(key);
    return settings.lockDays === 0 || (await store.hasObjectLock());
  };
  try {
    if (await Promise.race([trial(), late.promise])) return null;
    return problem(
      `The bucket ${settings.bucket} has no object lock, and LASTGOOD_COPY_LOCK_DAYS asks for it: nothing is shipped.`,
      "Make a bucket with object lock and let LASTGOOD_COPY_BUCKET name it, or unset LASTGOOD_COPY_LOCK_DAYS; then start again.",
    );
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const hint = error instanceof LastgoodError ? error.details.hint : undefined;
    return problem(
      `The bucket ${settings.bucket} of second copies cannot be used: ${error.message}`,
      hint ?? "Look at LASTGOOD_COPY_ENDPOINT, the bucket's name and the credentials; nothing is shipped until then.",
    );
  } finally {
    clearTimeout(timer);
    store.close();
  }
}

async function behind({ metadata, nowMs }: Patient): Promise<Finding[]> {
  const rows =
    (await (
      await metadata()
    )?.rows(
      `SELECT d."name", c."behindSinceMs", c."lastError", c."damagedObjects" FROM "SecondCopy" c JOIN "Database" d ON d."id" = c."databaseId"
       WHERE d."deletedAtMs" IS NULL AND (c."behindSinceMs" IS NOT NULL OR c."damagedObjects" > 0 OR c."lastError" IS NOT NULL) ORDER BY d."name"`,
    )) ?? [];
  return rows.flatMap(({ name, behindSinceMs, lastError, damagedObjects }): Finding[] => {
    const sinceMs = Number(behindSinceMs ?? nowMs);
    const why = lastError === null ? "" : ` ${String(lastError)}`;
    const next = "See the agent's log; it is tried again by itself.";
    if (nowMs - sinceMs > BEHIND_MS)
      return [
        problem(`The second copy of ${String(name)} is behind since ${new Date(sinceMs).toISOString()}.${why}`, next),
      ];
    if (Number(damagedObjects) === 0) {
      return why === "" ? [] : [warning(`The second copy of ${String(name)} is not as it should be.${why}`, next)];
    }
    return [
      warning(`${String(damagedObjects)} objects of the second copy of ${String(name)} are missing or altered.`, next),
    ];
  });
}
