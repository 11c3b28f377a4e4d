import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { frameBytes, frameOffset } from "../../../../lib/engines/sqlite/wal/wal-layout.ts";
import { afterTest, CapturedProgram } from "./captured-program.ts";

const mayMount = process.getuid?.() === 0;

describe("the disk keeps the lessons of others", () => {
  test.skipIf(!mayMount)(
    "a full disk is told, never swallowed, and afterwards nothing is missing but a told gap (needs root for a small tmpfs)",
    { timeout: 90_000 },
    async () => {
      const program = await CapturedProgram.open();
      const { history } = program.pair.paths;
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=80m", "tmpfs", history]);
      afterTest(() => execFileSync("umount", ["-l", history]));
      await program.attach();
      const { txid } = await program.pair.flush("db");
      const { bavail, bsize } = statfsSync(history);
      const filler = path.join(history, "filler");
      writeFileSync(filler, Buffer.alloc(bavail * bsize - 40_000));
      for (let i = 0; i < 30; i++) await program.session.sql("insert into t(v) values (randomblob(4000))");
      const stopped = await program.pair.until("db", "stopped");
      expect(stopped.problem?.cause).toContain("full");
      expect(stopped.problem?.remedy).toContain("room");
      rmSync(filler);
      await program.pair.until("db", "protected", 30_000);
      const after = await program.history();
      expect(after.newest().txid).toBeGreaterThan(txid);
      expect(after.gaps().length).toBeLessThanOrEqual(1);
      await program.expectState(after.newest().txid, await program.session.copy());
    },
  );

  test("frames beyond 4 GiB of a log have exact offsets", () => {
    for (const pageSize of [512, 4096, 65536]) {
      const frame = Math.ceil(2 ** 32 / frameBytes(pageSize)) + 7;
      expect(BigInt(frameOffset(frame, pageSize))).toBe(32n + BigInt(frame - 1) * BigInt(frameBytes(pageSize)));
      expect(frameOffset(frame, pageSize)).toBeGreaterThan(2 ** 32);
    }
  });
});
