import path from "node:path";
import type { Finding } from "../../../domain/preflight.ts";

/** Folders whose files are no files. */
const SPECIAL = ["/proc", "/sys", "/dev", "/run/udev"];

/** A folder below which files may be attached: as it was configured, and where it really is. */
export type AttachRoot = { configured: string; real: string };

export type PlacedPath = { path: string; refusal: null } | { path: string; refusal: Finding };

/**
 * Places a path in one of the attach roots, without looking at any file: absolute, below a root, no special folder. The
 * returned path stands below the root's real place, so that following it meets no symbolic link of the root's own.
 */
export function placeAttachPath(input: string, roots: readonly AttachRoot[]): PlacedPath {
  if (input === "" || input.includes("\0") || !path.isAbsolute(input)) {
    return refused(input, "not_absolute", "The path is not absolute.", "Give the whole path, beginning with a slash.");
  }
  const wanted = path.normalize(input);
  if (SPECIAL.some((folder) => isBelow(wanted, folder))) {
    return refused(wanted, "special_path", "The path leads into a folder of the system.", "Choose a database file.");
  }
  for (const { configured, real } of roots) {
    for (const root of [configured, real]) {
      if (isBelow(wanted, root)) return { path: path.join(real, path.relative(root, wanted)), refusal: null };
    }
  }
  const list = roots.map(({ configured }) => configured).join(", ");
  return refused(
    wanted,
    "outside_roots",
    "The file lies outside of the folders from which files may be attached.",
    `Move it below one of ${list}, or add its folder to LASTGOOD_ATTACH_ROOTS and restart.`,
  );
}

/** Whether a path lies below a folder; not the folder itself. Both absolute. */
export function isBelow(inner: string, folder: string): boolean {
  const relative = path.relative(folder, inner);
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function refused(at: string, code: string, cause: string, remedy: string): PlacedPath {
  return { path: at, refusal: { code, cause, remedy } };
}
