import { lstatSync, type Stats, statfsSync } from "node:fs";
import { type Finding, orWell, problem, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Network file systems and FUSE, by their numbers. https://man7.org/linux/man-pages/man2/statfs.2.html */
const REMOTE: Readonly<Record<number, string>> = {
  26985: "NFS",
  20859: "SMB",
  4283649346: "CIFS",
  4266872130: "SMB2",
  1702057286: "FUSE",
  16914839: "9P",
};

const present = (file: string): Stats | null => lstatSync(file, { throwIfNoEntry: false }) ?? null;

/** Whether the data directory is there, belongs to one user alone, and lies where locks hold. */
export function checkDataDirectory(
  { paths }: Patient,
  fileSystemOf = (data: string) => statfsSync(data).type,
): Finding[] {
  const data = present(paths.data);
  if (data === null) {
    return [
      problem(
        `There is no data directory ${paths.data}.`,
        "Name it with --data or LASTGOOD_DATA, as the unit's /var/lib/lastgood; a first start of Lastgood makes it.",
      ),
    ];
  }
  if (!data.isDirectory()) {
    return [problem(`${paths.data} is no folder.`, "Let LASTGOOD_DATA name the folder itself, and no link to it.")];
  }
  const found = [...foreignFiles(paths, data.uid), ...openFiles(paths, data)];
  const remote = REMOTE[fileSystemOf(paths.data) >>> 0];
  if (remote !== undefined) {
    found.push(
      warning(
        `The data directory lies on ${remote}: locks and shared memory may not hold there, and capture needs both.`,
        "Move it to a local disk while Lastgood is stopped.",
      ),
    );
  }
  return orWell(found, `The data directory ${paths.data} belongs to user ${data.uid} alone.`);
}

/** What somebody else has made in it, as a start by root does. */
function foreignFiles(paths: Patient["paths"], owner: number): Finding[] {
  const ours = [paths.metadata, paths.secret, paths.registry, paths.history, paths.hosted, paths.backups, paths.run];
  const foreign = ours.filter((file) => {
    const is = present(file);
    return is !== null && is.uid !== owner;
  });
  if (foreign.length === 0) return [];
  return [
    problem(
      `${foreign.join(", ")} belong${foreign.length === 1 ? "s" : ""} to another user than the data directory.`,
      `Stop Lastgood, chown -R ${owner} ${paths.data}, and start it as that user alone.`,
    ),
  ];
}

function openFiles(paths: Patient["paths"], data: Stats): Finding[] {
  const found: Finding[] = [];
  if ((data.mode & 0o077) !== 0) found.push(warning(`Other users can enter ${paths.data}.`, `chmod 700 ${paths.data}`));
  for (const file of [paths.secret, paths.metadata]) {
    const is = present(file);
    if (is && (is.mode & 0o077) !== 0) found.push(problem(`Other users can read ${file}.`, `chmod 600 ${file}`));
  }
  if ((data.mode & 0o300) !== 0o300)
    found.push(problem(`Not even its owner can write to ${paths.data}.`, `chmod 700 ${paths.data}`));
  return found;
}
