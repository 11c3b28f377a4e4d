import ts from "typescript";
import { describe, expect, it } from "vitest";
import { BASE_BACKUP_POINTS } from "../crash/points/base-backup-points.ts";
import { GIVE_BACK_POINTS } from "../crash/points/give-back-points.ts";
import { KILL_POINTS } from "../crash/points/kill-points.ts";
import { ONE_COMMIT_POINTS } from "../crash/points/one-commit-points.ts";
import { BACKUP_POINTS, DOCUMENT_POINTS } from "../crash/points/stored-points.ts";
import { PUT_BACK_POINTS, SWAP_POINTS } from "../crash/points/swap-points.ts";
import { TRANSFER_POINTS } from "../crash/points/transfer-points.ts";
import { AGENT_POINTS, COPY_POINTS, STORED_POINTS } from "../crash/stages/stage-points.ts";
import { isCode, type ProjectFile, readProject } from "../tidy/project-files.ts";
import { visitNodes } from "../tidy/source-imports.ts";
import { CLUSTER_ERASE_POINTS } from "../world/cluster-erase-points.ts";
import { ERASE_POINTS } from "../world/erase-points.ts";

/** The names that a file gives to `reachPoint`; null where it is no literal. */
function pointsOf(file: ProjectFile): (string | null)[] {
  const points: (string | null)[] = [];
  if (!file.text.includes("reachPoint")) return points;
  visitNodes(file, (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== "reachPoint") return;
    const [name] = node.arguments;
    points.push(name && ts.isStringLiteral(name) ? name.text : null);
  });
  return points;
}

const inSources = readProject("lib").filter(isCode).flatMap(pointsOf);

describe("the points at which a process may die", () => {
  it("have names of the form part.step, each in one place of the sources", () => {
    expect(inSources.filter((name) => name === null || !/^[a-z]+\.[a-z]+(-[a-z]+)*$/.test(name))).toEqual([]);
    expect(inSources.filter((name, i) => inSources.indexOf(name) !== i)).toEqual([]);
  });

  it("are all known to the runs that kill there, and those know no others", () => {
    const known = [
      ...Object.keys(KILL_POINTS),
      ...GIVE_BACK_POINTS,
      ...ONE_COMMIT_POINTS,
      ...AGENT_POINTS,
      ...COPY_POINTS,
      ...STORED_POINTS,
      ...DOCUMENT_POINTS,
      ...BACKUP_POINTS,
      ...SWAP_POINTS,
      ...PUT_BACK_POINTS,
      ...BASE_BACKUP_POINTS,
      ...TRANSFER_POINTS,
      ...ERASE_POINTS,
      ...CLUSTER_ERASE_POINTS,
    ];
    expect([...inSources].sort()).toEqual(known.sort());
  });

  it("are at least fifty, in every part of the engine that writes", () => {
    expect(inSources.length).toBeGreaterThanOrEqual(50);
    const parts = new Set(inSources.map((name) => name?.split(".")[0]));
    expect([...parts]).toEqual(
      expect.arrayContaining(["base", "capture", "mirror", "heal", "restart", "seal", "prune", "apply", "restore"]),
    );
  });
});
