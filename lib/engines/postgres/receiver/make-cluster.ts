import { randomInt } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import type { ClusterPlaces } from "../cluster.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { runProgram } from "../programs/run-program.ts";
import type { Session } from "./open-session.ts";
import { passwordVerifier } from "./password-verifier.ts";
import { makeClusterFolder, writeForCluster } from "./serving-configuration.ts";

/** The role and the database that a hosted cluster is made with, for its applications. */
export const APP = "app";
export const SUPERUSER = "lastgood";
/** Below the range that systems take ports of outgoing connections from, so that it stays free while a server is down. */
const PORTS = { from: 21_000, to: 32_000 };
const PORT_TRIES = 50;

/** Makes the data directory of a new cluster, with page checksums. What a try that broke off left behind is removed. */
export async function makeCluster(places: ClusterPlaces, programs: PostgresPrograms, password: string): Promise<void> {
  makeClusterFolder(places.root);
  const making = path.join(places.root, "live.new");
  const passwordFile = path.join(places.root, "superuser");
  rmSync(making, { recursive: true, force: true });
  writeForCluster(passwordFile, password);
  try {
    await runProgram({
      programs,
      name: "initdb",
      args: [
        ...[
          "-D",
          making,
          "--username",
          SUPERUSER,
          "--pwfile",
          passwordFile,
          "--auth=scram-sha-256",
          "--data-checksums",
        ],
        ...["--encoding=UTF8", "--locale=C.UTF-8"],
      ],
      asClusterUser: true,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(making, places.live);
}

/** Takes a stopped data directory that was made below the cluster's root as its own. */
export function takeDirectory(places: ClusterPlaces, from: string): void {
  const isBelow = path.resolve(from).startsWith(places.root + path.sep);
  if (!isBelow || !existsSync(path.join(from, "PG_VERSION"))) {
    throw new LastgoodError("internal", "What was to become a cluster is no data directory of it.");
  }
  renameSync(from, places.live);
}

/** A port that nobody listens on; `taken` are those of other clusters, which may be stopped. */
export async function choosePort(taken: ReadonlySet<number>): Promise<number> {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new LastgoodError("conflict", "No free port was found for a cluster.", {
    hint: `Free some ports between ${PORTS.from} and ${PORTS.to} of this machine and try again.`,
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** The role and database of applications; an existing role gets the password. May be repeated. */
export async function makeApp(session: Session, password: string): Promise<void> {
  const { rowCount } = await session.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [APP]);
  if (!rowCount) await session.query(`CREATE ROLE ${APP} LOGIN`);
  await setRolePassword(session, APP, password);
  const { rowCount: hasDatabase } = await session.query("SELECT 1 FROM pg_database WHERE datname = $1", [APP]);
  if (!hasDatabase) await session.query(`CREATE DATABASE ${APP} OWNER ${APP}`);
}

/** The statement holds no password, but what the server keeps of it. Throws `not_found` where there is no such role. */
export async function setRolePassword(session: Session, role: string, password: string): Promise<void> {
  const { rowCount } = await session.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]);
  if (!rowCount) {
    throw new LastgoodError("not_found", `The cluster has no role ${role}.`, { hint: "Name a role that is there." });
  }
  await session.query(`ALTER ROLE ${session.escapeIdentifier(role)} PASSWORD '${passwordVerifier(password)}'`);
}
