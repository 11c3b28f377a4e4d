import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RuleBreak } from "../sqlite/rules/rule-breaks.ts";
import { ATTACKS, openApprovalWorld } from "./approval-scenarios.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

const PROJECT = path.resolve(import.meta.dirname, "../../..");
const HERE = "tests/integration/services";

const inFile =
  (file: string) =>
  (from: string, to: string): RuleBreak => ({ file, from, to });
const rules = inFile("lib/domain/approval.ts");
const decide = inFile("lib/services/approvals/decide-approval.ts");
const run = inFile("lib/services/approvals/run-approval.ts");
const change = inFile("lib/services/approvals/change-approval.ts");
const required = inFile("lib/services/approvals/approval-required.ts");
const find = inFile("lib/services/approvals/find-approval.ts");
const set = inFile("lib/services/policies/set-policy.ts");
const allowed = inFile("lib/services/policies/require-allowed.ts");

/** What stops each attack: without it the attack's outcome must be another one. */
const CHECKS: Record<string, RuleBreak[]> = {
  own: [decide("if (row.requestedBy === principal.userId) {", "if (row.requestedBy === null) {")],
  changed: [change('data: endedColumns({ status: "void", because }, nowMs()),', "data: { openKey: null },")],
  replayed: [run('status: "used", restoreId, endedAtMs', 'status: "approved", endedAtMs')],
  stale: [run("if (digest !== row.digest) throw staleDigest();", "")],
  swapped: [run("draft.resolved.bookmark !== payload.to.bookmark", "!draft.resolved.bookmark")],
  stolen: [find("if (row.requestedBy === principal.userId) return;", "return;")],
  removed: [rules("if (counted.length < neededNow(request, bound)) {", "if (counted.length < 0) {")],
  demoted: [rules("if (!bound.mayAsk)", "if (bound.mayAsk === null)")],
  tightened: [
    rules("if (bound.policyVersion !== request.policyVersion)", "if (bound.policyVersion < 0)"),
    rules("if (bound.digest !== request.digest)", "if (bound.digest === request.requestedBy)"),
  ],
  restored: [rules("if (bound.digest !== request.digest)", "if (bound.digest === request.requestedBy)")],
  late: [rules("nowMs >= untilMs", "nowMs < 0")],
  unanswered: [rules("nowMs >= untilMs", "nowMs < 0")],
  offHours: [allowed("if (mayBeginAt(rules.hours, timeMs)) return;", "if (timeMs > 0) return;")],
  direct: [required("if (!byRight || neededApprovals(rules, principal.role) > 0) {", "if (!byRight) {")],
  loosened: [set("neededApprovals(current.rules, principal.role) > 0", "false")],
  deleted: [required("if (neededApprovals(rules, principal.role) > 0) throw", "if (row.id === null) throw")],
  unlabelled: [allowed("if (pattern === null) return;", "if (pattern !== label) return;")],
  loosenedOnce: [
    run('status: "used", restoreId, endedAtMs', 'status: "approved", endedAtMs'),
    rules("if (bound.policyVersion !== request.policyVersion)", "if (bound.policyVersion < 0)"),
    rules("if (bound.digest !== request.digest)", "if (bound.digest === request.requestedBy)"),
  ],
};

/** The run on PostgreSQL repeats the attacks; what the checks are good for was shown by then. */
const isAgain = process.env.LASTGOOD_TEST_METADATA === "postgres";
let world: MetadataWorld;
const controls = new Map<string, Promise<string>>();
beforeAll(async () => {
  world = await openMetadataWorld();
  if (!isAgain) startControls();
});
afterAll(() => world.close());

/** Begins all controls, two at a time: each is a process of its own, and the attacks themselves run beside them. */
function startControls(): void {
  const lanes = [Promise.resolve(), Promise.resolve()];
  for (const [index, [name, breaks]] of Object.entries(CHECKS).entries()) {
    const outcome = (lanes[index % 2] ?? Promise.resolve()).then(() => outcomeWithout(name, breaks));
    lanes[index % 2] = outcome.then(
      () => undefined,
      () => undefined,
    );
    controls.set(name, outcome);
  }
}

/** The attack in a process of its own whose sources were changed as they were loaded. */
async function outcomeWithout(name: string, breaks: readonly RuleBreak[]): Promise<string> {
  for (const { file, from } of breaks) {
    const found = readFileSync(path.join(PROJECT, file), "utf8").split(from).length - 1;
    if (found !== 1) throw new Error(`${file} has "${from}" ${found} times`);
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--import",
      path.join(PROJECT, "tests/integration/sqlite/rules/break-rule.ts"),
      path.join(PROJECT, HERE, "run-attack.ts"),
      name,
    ],
    { cwd: PROJECT, env: { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify(breaks) } },
  );
  return (JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { outcome: string }).outcome;
}

test("each attack has a check that stops it, and each check an attack", () => {
  expect(Object.keys(CHECKS).sort()).toEqual(Object.keys(ATTACKS).sort());
});

describe.each(Object.entries(ATTACKS))("%s", (name, attack) => {
  test(attack.fact, async () => {
    expect(await attack.run(await openApprovalWorld(world))).toBe(attack.safe);
  });

  if (!isAgain) {
    test("is noticed once the check is taken out", async () => {
      const outcome = await controls.get(name);
      expect(outcome).not.toBe(attack.safe);
      expect(outcome).toMatch(/^[a-z_]+/);
    });
  }
});
