import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parseBackupBlock, toBlockUrl } from "../../lib/domain/backup-block.ts";
import { readEnv } from "../../lib/env.ts";

const parse = (backup: unknown) => parseBackupBlock(JSON.stringify({ backup }), "backup.json");

describe("the backup block's configuration", () => {
  test("is taken as the seed has it", () => {
    const block = parse({
      enabled: true,
      basePath: "/admin/backup",
      storagePath: "./backups",
      format: "json",
      maxBackups: 50,
      allowRestore: false,
      excludeTables: ["audit_logs", "backup_logs"],
      schedule: { enabled: true, cron: "0 2 * * *", retentionDays: 30 },
    });
    expect(block).toMatchObject({ maxBackups: 50, schedule: { enabled: true, cron: "0 2 * * *", zone: "UTC" } });
  });
  test("has the seed's defaults, and the safe one of the two for restores", () => {
    expect(parse({})).toEqual({
      enabled: false,
      basePath: "/admin/backup",
      storagePath: "./backups",
      format: "json",
      maxBackups: 50,
      allowRestore: false,
      excludeTables: ["audit_logs", "backup_logs"],
      schedule: { enabled: false, cron: "0 2 * * *", zone: "UTC", retentionDays: 30 },
    });
  });
  test("is refused by the name of what is wrong", () => {
    for (const [key, wrong] of [
      ["basePath", { basePath: "admin" }],
      ["basePath", { basePath: "/api/backup" }],
      ["basePath", { basePath: "/a/../b" }],
      ["format", { format: "sql" }],
      ["maxBackups", { maxBackups: 0 }],
      ["cron", { schedule: { cron: "every day" } }],
      ["retentionDays", { schedule: { retentionDays: 0 } }],
      ["databse", { databse: "acme/shop" }],
      ["database", { database: "shop" }],
    ] as const) {
      expect(() => parse(wrong), key).toThrow(key);
    }
    expect(() => parseBackupBlock("{", "backup.json")).toThrow("backup.json is no JSON");
  });
  test("keeps its files in a folder of their own", () => {
    const file = path.join(tmpdir(), `block-${process.pid}.json`);
    const backupsOf = (storagePath: string) => {
      writeFileSync(file, JSON.stringify({ backup: { enabled: true, storagePath } }));
      return readEnv({ ...process.env, LASTGOOD_DATA: "/srv/data", LASTGOOD_BACKUP_CONFIG: file }).paths.backups;
    };
    expect(backupsOf("./kept")).toBe("/srv/data/kept");
    expect(backupsOf("/mnt/backups")).toBe("/mnt/backups");
    for (const taken of [".", "..", "/", "history", "./databases/x", "tmp"]) {
      expect(() => backupsOf(taken), taken).toThrow("no folder of its own");
    }
  });
});

test("an address below the base path is the console's own, and its own is nothing once there is another", () => {
  expect(toBlockUrl("/x/y/1/restore?a=b", "/x/y")).toBe("/admin/backup/1/restore?a=b");
  expect(toBlockUrl("/x/y?after=1", "/x/y")).toBe("/admin/backup?after=1");
  expect(toBlockUrl("/x/yz", "/x/y")).toBe("/x/yz");
  expect(toBlockUrl("/admin/backup", "/x/y")).toBeNull();
  expect(toBlockUrl("/admin/backup/1", "/x/y")).toBeNull();
  expect(toBlockUrl("/admin/backups", "/x/y")).toBe("/admin/backups");
  expect(toBlockUrl("/admin/backup/1", "/admin/backup")).toBe("/admin/backup/1");
});
