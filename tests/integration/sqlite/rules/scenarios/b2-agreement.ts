import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { LastgoodError } from "../../../../../lib/domain/errors.ts";
import { AppliedWorld } from "../applied-world.ts";
import type { Scenario } from "../scenario.ts";

/** Damages the checksum of the log's last frame; the `-wal` carries no locks, so this process may open it. */
function damageLastFrame(wal: string): void {
  const fd = openSync(wal, "r+");
  const at = fstatSync(fd).size - 4096 - 8;
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  byte.writeUInt8(byte.readUInt8(0) ^ 1);
  writeSync(fd, byte, 0, 1, at);
  closeSync(fd);
}

export const scenario: Scenario = async (folder) => {
  const world = new AppliedWorld(folder, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)", "INSERT INTO t VALUES (1, 1)");
  damageLastFrame(`${world.file}-wal`);
  try {
    await world.goBack();
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "restore_failed") return null;
    throw error;
  }
  return "a commit was appended behind a frame that no recovery would accept";
};
