import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { CuttableDisk, makeDiskFolder, removeDiskFolder } from "./cuttable-disk.ts";
import { PowerSwitch } from "./power-switch.ts";

/** What of each kind of write was there after a power cut. */
export type Premise = {
  /** Written and synced, name included. */
  synced: boolean;
  /** Written and not synced. */
  unsynced: boolean;
  /** Synced and appended to: the synced part, the appended part. */
  syncedPart: boolean;
  appendedPart: boolean;
  /** Synced, renamed, and the directory synced or not. */
  renamedSynced: boolean;
  renamedUnsynced: boolean;
};

const CONTENT = Buffer.alloc(10_000, "c");

/**
 * Cuts a file system and looks what is left. Everything else that the power cuts say rests on this: that what was synced
 * stays and what was not synced is lost.
 */
export async function provePremise(): Promise<Premise> {
  const folder = makeDiskFolder();
  const power = new PowerSwitch();
  try {
    const disk = new CuttableDisk(folder, "premise");
    const file = (name: string) => path.join(disk.mount, name);
    const write = (name: string, isSynced: boolean) => {
      const fd = openSync(file(name), "a");
      writeSync(fd, CONTENT);
      if (isSynced) fsyncSync(fd);
      closeSync(fd);
    };
    write("synced", true);
    write("appended", true);
    write("draft", true);
    renameSync(file("draft"), file("renamed-synced"));
    syncFolder(disk.mount);
    // From here on nothing is synced again: any fsync commits the whole journal, with the names of all others.
    write("other-draft", true);
    write("appended", false);
    writeFileSync(file("unsynced"), CONTENT);
    mkdirSync(file("folder-unsynced"));
    renameSync(file("other-draft"), file("renamed-unsynced"));
    await power.cut({ mounts: [disk.mount], first: [], last: [] });
    await disk.comeBack();
    const has = (name: string) => sizeOf(file(name)) === CONTENT.length;
    const appended = sizeOf(file("appended"));
    return {
      synced: has("synced"),
      unsynced: has("unsynced"),
      syncedPart: appended >= CONTENT.length,
      appendedPart: appended > CONTENT.length,
      renamedSynced: has("renamed-synced"),
      renamedUnsynced: has("renamed-unsynced"),
    };
  } finally {
    power.end();
    removeDiskFolder(folder);
  }
}

/** Whether power cuts lose what they should and nothing else. */
export function premiseHolds(premise: Premise): boolean {
  const { synced, unsynced, syncedPart, appendedPart, renamedSynced, renamedUnsynced } = premise;
  return synced && syncedPart && renamedSynced && !unsynced && !appendedPart && !renamedUnsynced;
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  fsyncSync(fd);
  closeSync(fd);
}

/** Bytes of content as it was written; -1 when the file is not there or holds something else. */
function sizeOf(file: string): number {
  try {
    const found = readFileSync(file);
    return found.every((byte) => byte === CONTENT[0]) ? found.length : -1;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return -1;
    throw error;
  }
}
