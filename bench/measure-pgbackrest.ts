import { execFile } from "node:child_process";
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { clusterUser } from "../lib/engines/postgres/programs/cluster-user.ts";
import type { HostedCluster } from "../tests/world/cluster-world.ts";
import { copyAll, folderBytes, timed } from "./copy-folder.ts";
import { type Figure, medianOf, ratioOf } from "./figure.ts";

const run = promisify(execFile);
const PROGRAM = "/usr/bin/pgbackrest";
const GOAL_RATIO = 0.8;

/**
 * pgBackRest on a stopped copy of the same cluster, where it is installed: a full backup with the compression of ours, and its delta
 * restore over the copy. Ours counts until it is writable, pgBackRest's without starting a server.
 * @param ours milliseconds of whole restores in place, to writable
 */
export async function measurePgBackRest(
  { places }: HostedCluster,
  sizeGb: number,
  ours: readonly number[],
): Promise<Figure[]> {
  if (!existsSync(PROGRAM)) return [];
  const root = path.join(places.root, "beside");
  const copy = path.join(root, "copied");
  const repository = path.join(root, "repository");
  const user = clusterUser();
  for (const folder of [root, repository]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (user) chownSync(folder, user.uid, user.gid);
  }
  const config = path.join(root, "pgbackrest.conf");
  writeFileSync(
    config,
    `[global]\nrepo1-path=${repository}\nlog-path=${root}\nlock-path=${root}\nspool-path=${root}\ncompress-type=zst\ncompress-level=1\nprocess-max=2\nstart-fast=y\n[bench]\npg1-path=${copy}\n`,
    { mode: 0o644 },
  );
  const order = (...args: string[]) =>
    run(PROGRAM, [`--config=${config}`, "--stanza=bench", ...args], { cwd: "/", ...user });
  try {
    await copyAll(places.live, copy);
    rmSync(path.join(copy, "postmaster.pid"), { force: true });
    await order("--no-online", "stanza-create");
    const [backupMs] = await timed(() => order("--no-online", "--type=full", "backup"));
    const restores: number[] = [];
    for (let round = 0; round < ours.length; round++) {
      const [restoreMs] = await timed(() => order("--delta", "--type=none", "restore"));
      restores.push(restoreMs);
    }
    const ratio = ratioOf(ours, restores);
    return [
      {
        name: `restore of ${sizeGb} GB to writable beside pgBackRest's delta`,
        value: medianOf(ours),
        unit: "ms",
        baseline: medianOf(restores),
        ratio,
        goal: `ratio <= ${GOAL_RATIO}`,
        isMet: ratio.median <= GOAL_RATIO,
        note: `its backup took ${Math.round(backupMs)} ms and ${Math.round(folderBytes(repository) / 1e6)} MB; a delta over files that are the same already, no server started`,
      },
    ];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
