import { afterAll, beforeAll, expect, test } from "vitest";
import { disk, useDisk } from "../../lib/storage/disk.ts";
import { makeShape } from "./make-action.ts";
import { Rig } from "./rig.ts";
import { World } from "./world.ts";

const SETTINGS = { cachePages: 100, autoCheckpoint: 1000, synchronous: "NORMAL" } as const;

let rig: Rig;
beforeAll(() => {
  rig = new Rig();
});
afterAll(() => rig.close());

test("a look that finds capture idle while a batch becomes durable forgets nothing of the batch", async () => {
  const world = await World.open(rig, 1, { ...makeShape(1, 0), pageSize: 4096 });
  const put = { what: "put", table: 0, from: 1, count: 3, bytes: 100, salt: 5 } as const;
  const commit = () =>
    world.ask({ ask: "run", on: "a0", transactions: [{ operations: [put], end: "commit" }] }, SETTINGS);
  await commit();
  await world.flush();
  world.time.skip(6000);
  await commit();
  let looks = 0;
  const { fdatasync } = disk;
  const undo = useDisk({
    fdatasync: (fd) => {
      looks++;
      world.reader?.poll();
      return fdatasync(fd);
    },
  });
  try {
    await world.flush();
    expect(looks).toBeGreaterThan(0);
    expect(world.bookmarks.newest.state).toBe(world.oracle.newest);
    expect(world.isProtected).toBe(true);
  } finally {
    undo();
    await world.end();
  }
});
