import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { RestoreEnds } from "../../lib/agent/restore-ends.ts";
import type { ClaimedJob } from "../../lib/services/jobs/claim-job.ts";

const jobOf = (restoreId: string): ClaimedJob => ({
  id: randomUUID(),
  kind: "restore.run",
  payload: { restoreId },
  databaseId: null,
  stage: null,
  attempt: 1,
});

describe("waiting for a restore's end", () => {
  it("everybody who waits for it is told, and nobody else", async () => {
    const ends = new RestoreEnds();
    const [one, other] = [randomUUID(), randomUUID()];
    const waiting = [ends.wait(one, 60_000), ends.wait(one, 60_000)];
    const elsewhere = ends.wait(other, 30);
    ends.tellOf(jobOf(one));
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(await elsewhere).toBe(false);
  });

  it("an end that came first is told to whoever asks later", async () => {
    const ends = new RestoreEnds();
    const restoreId = randomUUID();
    ends.tellOf(jobOf(restoreId));
    expect(await ends.wait(restoreId, 60_000)).toBe(true);
  });

  it("other jobs end no restore", async () => {
    const ends = new RestoreEnds();
    const restoreId = randomUUID();
    const release = { ...jobOf(restoreId), kind: "database.release", payload: { databaseId: restoreId } } as ClaimedJob;
    ends.tellOf(release);
    expect(await ends.wait(restoreId, 1)).toBe(false);
  });
});
