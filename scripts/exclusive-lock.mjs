import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 150;

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** The pid that holds the lock, or null when nobody does. @param {string} file */
function holderOf(file) {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10) || null;
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/** Takes the lock if it is free. A link is made whole or not at all, so no reader ever sees an empty lock. */
function tryTake(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${process.pid}\n`);
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Moves a dead holder's lock away; the folder beside it keeps two heirs from moving away each other's. */
function removeDead(file, deadPid) {
  const turn = `${file}.turn`;
  try {
    mkdirSync(turn);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    const since = statSync(turn, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > 10_000) rmSync(turn, { recursive: true, force: true });
    return;
  }
  try {
    if (holderOf(file) !== deadPid) return;
    renameSync(file, `${turn}/dead`);
  } finally {
    rmSync(turn, { recursive: true, force: true });
  }
}

/**
 * Runs `work` while this process alone, of all that name the same file, does so. A holder that died is succeeded.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {(holderPid: number) => void} onWait called once when somebody else is at work
 * @returns {Promise<T>}
 */
export async function withLock(file, work, onWait = () => {}) {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let told = false; !tryTake(file); await sleep(POLL_MS)) {
    const pid = holderOf(file);
    if (pid === null) continue;
    if (!isAlive(pid)) removeDead(file, pid);
    else if (!told) {
      told = true;
      onWait(pid);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
