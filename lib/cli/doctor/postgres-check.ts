import { type RegisteredCluster, readClusterRegistry } from "../../engines/postgres/cluster-registry.ts";
import { findPrograms } from "../../engines/postgres/programs/find-programs.ts";
import { type Finding, orWell, problem, warning, well } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Whether the programs of PostgreSQL are there that the protected clusters need. */
export async function checkPostgres(patient: Patient): Promise<Finding[]> {
  const { clusters } = readClusterRegistry(patient.paths.clusterRegistry);
  const programs = findPrograms(patient.env?.postgresPrograms ?? null);
  const [newest] = programs;
  if (newest === undefined) return noPrograms(clusters);
  const found: Finding[] = [];
  if (newest.mode === "limited") {
    const next = "Install the distribution's client package of PostgreSQL (apt-get install postgresql-client).";
    found.push(
      warning(`PostgreSQL ${newest.major} is here without its client programs: clusters cannot be verified.`, next),
    );
  }
  const majors = new Set(programs.map(({ major }) => major));
  for (const { name, major } of await usedMajors(patient)) {
    if (majors.has(major)) continue;
    found.push(
      problem(
        `The cluster ${name} is of PostgreSQL ${major}, whose programs are not here: it can neither run nor be restored.`,
        `Install postgresql-${major}, or let LASTGOOD_POSTGRES name the folder with its programs.`,
      ),
    );
  }
  const which = programs.map(({ major }) => major).join(", ");
  return orWell(found, `PostgreSQL ${which}: programs for ${clusters.length} protected clusters.`);
}

function noPrograms(clusters: readonly RegisteredCluster[]): Finding[] {
  if (clusters.length === 0) return [well("No PostgreSQL here, and no cluster is protected.")];
  return [
    problem(
      `${clusters.length} clusters are protected, and this machine has no programs of PostgreSQL.`,
      "Install the distribution's postgresql, or let LASTGOOD_POSTGRES name the folder with its programs.",
    ),
  ];
}

async function usedMajors(patient: Patient): Promise<{ name: string; major: number }[]> {
  const metadata = await patient.metadata();
  const rows = await metadata?.rows(
    `SELECT "name", "serverVersion" AS "major" FROM "Database" WHERE "engine" = 'postgres' AND "deletedAtMs" IS NULL AND "serverVersion" IS NOT NULL`,
  );
  return (rows ?? []).map(({ name, major }) => ({ name: String(name), major: Number(major) }));
}
