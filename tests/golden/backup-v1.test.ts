import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EncryptedStorage } from "../../lib/storage/encrypted-storage.ts";
import { FileStorage } from "../../lib/storage/file-storage.ts";
import { parseKeyRing } from "../../lib/storage/key-ring.ts";
import { readBackupBody, readManifest, verifyBody } from "../../lib/storage/stored-backup.ts";
import { askLastgood } from "../world/run-lastgood.ts";

/** A physical backup of a file with forty orders, as version 1 stored it: as it is, and sealed with a key of 32 bytes 7. */
const GOLDEN = path.join(import.meta.dirname, "backup-v1");
const DATABASE = "7adb0af3-4451-43df-b05e-bd0b949cf95d";
const PLAIN = `${DATABASE}/11111111-1111-4111-8111-111111111111`;
const SEALED = `${DATABASE}/22222222-2222-4222-8222-222222222222`;
const KEY = Buffer.alloc(32, 7).toString("base64");
const { sha256 } = JSON.parse(readFileSync(path.join(GOLDEN, "expected.json"), "utf8")) as { sha256: string };

let folder: string;
let files: FileStorage;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "backup-v1-"));
  cpSync(path.join(GOLDEN, "store"), path.join(folder, "store"), { recursive: true });
  files = new FileStorage(path.join(folder, "store"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a backup of version 1", () => {
  test.each([
    ["as it is", PLAIN],
    ["sealed", SEALED],
  ])("%s is understood, verified and unpacked as it was", async (_, prefix) => {
    const storage = prefix === SEALED ? new EncryptedStorage(files, parseKeyRing(KEY)) : files;
    const manifest = await readManifest(storage, prefix);
    expect(manifest).toMatchObject({ version: 1, databaseId: DATABASE, format: "sqlite-image", label: "golden" });
    if (!manifest) throw new Error("there is a manifest");
    await verifyBody(storage, prefix, manifest, () => undefined, new AbortController().signal);
    const hash = createHash("sha256");
    for await (const piece of readBackupBody(storage, prefix, manifest)) hash.update(piece);
    expect(hash.digest("hex")).toBe(sha256);
  });

  test("is restored by the command line alone", async () => {
    const output = path.join(folder, "restored.db");
    await askLastgood(["restore-offline", "--backup", path.join(folder, "store", PLAIN), "--output", output]);
    const db = new DatabaseSync(output, { readOnly: true });
    expect(db.prepare("SELECT count(*) AS n, max(words) AS last FROM orders").get()).toEqual({
      n: 40,
      last: "order 9",
    });
    db.close();
  });

  test("(control) one byte of it that is another one is noticed", async () => {
    const image = path.join(folder, "store", PLAIN, "image");
    const bytes = readFileSync(image);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(image, bytes);
    const manifest = await readManifest(files, PLAIN);
    if (!manifest) throw new Error("there is a manifest");
    const verified = verifyBody(files, PLAIN, manifest, () => undefined, new AbortController().signal);
    await expect(verified).rejects.toMatchObject({ code: "storage_damaged" });
  });
});
