import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { checkDisk } from "../../lib/cli/doctor/disk-check.ts";
import type { Patient } from "../../lib/cli/doctor/patient.ts";
import { readEnv } from "../../lib/env.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";

/** What the doctor complains of, of a disk of 100 GB of which half is free. */
function complaints(limits: Record<string, string>): string[] {
  const env = readEnv({ NODE_ENV: "production", LASTGOOD_DATA: tmpdir(), ...limits });
  const patient = { env, paths: runtimePaths(tmpdir()) } as Patient;
  return checkDisk(patient, () => ({ freeBytes: 50e9, sizeBytes: 100e9, freeFiles: 900, files: 1000 }))
    .filter(({ status }) => status !== "ok")
    .map(({ status, says }) => `${status}: ${says}`);
}

it("names a budget larger than the disk, a floor above what is free, and what is no number", () => {
  expect(complaints({ LASTGOOD_DISK_BUDGET_GB: "90", LASTGOOD_DISK_FLOOR_GB: "10" })).toEqual([]);
  expect(complaints({ LASTGOOD_DISK_BUDGET_GB: "200" })).toEqual([expect.stringMatching(/^warning: .*bounds nothing/)]);
  expect(complaints({ LASTGOOD_DISK_FLOOR_GB: "60" })).toEqual([
    "problem: LASTGOOD_DISK_FLOOR_GB leaves 60 GB free, and only 50 GB are: nothing is captured.",
  ]);
  expect(complaints({ LASTGOOD_DISK_FLOOR_GB: "100" })).toEqual([expect.stringContaining("the whole disk has 100 GB")]);
  // Nothing starts with these, which the check of the environment tells.
  for (const name of ["LASTGOOD_DISK_BUDGET_GB", "LASTGOOD_DISK_FLOOR_GB"]) {
    expect(() => complaints({ [name]: "much" })).toThrow(name);
  }
});
