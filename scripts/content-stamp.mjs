import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Files below a path, sorted; the path itself when it is a file; none when it does not exist. */
function listFiles(root, relative, skip) {
  const stat = statSync(path.join(root, relative), { throwIfNoEntry: false });
  if (!stat || skip(relative)) return [];
  if (stat.isFile()) return [relative];
  if (!stat.isDirectory()) return [];
  return readdirSync(path.join(root, relative))
    .sort()
    .flatMap((name) => listFiles(root, path.join(relative, name), skip));
}

/**
 * One hash over names and contents of files and folders: equal exactly when nothing changed.
 * @param {string} root
 * @param {readonly string[]} entries relative to root; folders count with all below them
 * @param {(relative: string) => boolean} [skip]
 * @returns {string} hex SHA-256
 */
export function hashContents(root, entries, skip = () => false) {
  const hash = createHash("sha256");
  for (const file of entries.flatMap((entry) => listFiles(root, entry, skip))) {
    const content = readFileSync(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** The text of a stamp, or null when there is none. @param {string} file */
export function readStamp(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  }
}

/** Writes a stamp whole or not at all. @param {string} file @param {string} text */
export function writeStamp(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}
