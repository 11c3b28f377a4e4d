import { expect, it } from "vitest";
import { findPostgres } from "../../world/find-postgres.ts";
import { loseMachine } from "./lost-machine.ts";

it("a lost machine comes back from the bucket alone, and no more is lost than exposure had said", async () => {
  const withCluster = findPostgres() !== null;
  const { losses } = await loseMachine({ withCluster, loadMs: 3000 });
  expect(losses.map(({ database }) => database)).toEqual(withCluster ? ["till", "ledger"] : ["till"]);
  for (const { acknowledged, back, lost, said } of losses) {
    expect(acknowledged).toBeGreaterThan(10);
    expect(back).toBeGreaterThan(0);
    expect(lost).toBeLessThanOrEqual(said);
  }
});
