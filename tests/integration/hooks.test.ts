import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeHooks, findHooks } from "../../lib/agent/hooks/find-hooks.ts";
import { RestoreHooks } from "../../lib/agent/hooks/restore-hooks.ts";
import { runHook } from "../../lib/agent/hooks/run-hook.ts";
import type { ProtectedDatabase, Run } from "../../lib/engines/engine.ts";

let folder: string;
let notes: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "hooks-"));
  notes = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shop: ProtectedDatabase = {
  id: "6f0a4b7e-0000-4000-8000-000000000001",
  name: "shop",
  engine: "sqlite",
  origin: "attached",
  path: "/srv/shop.db",
  windowDays: 30,
};
const note = (text: string) => void notes.push(text);

function put(name: string, script: string, mode = 0o755): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, mode);
  return file;
}

function runOf(signal = new AbortController().signal): Run & { stages: string[] } {
  const stages: string[] = [];
  return { signal, stages, note, progress: (stage) => void stages.push(stage) };
}

/** Waits until a file holds a process's id, and whether that process is still there. */
async function pidIn(file: string): Promise<number> {
  for (;;) {
    try {
      const pid = Number(readFileSync(file, "utf8"));
      if (pid > 0) return pid;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
    await sleep(10);
  }
}

function isThere(pid: number): boolean {
  try {
    // A process that has ended and that nobody has asked about yet counts as gone.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isThere(pid)) await sleep(10);
}

describe("which programs are hooks", () => {
  test("those of the folder, and a database's own in their place", () => {
    const [before, own] = [put("before-restore", "true"), put("shop/after-restore", "true")];
    expect(findHooks(folder, { id: shop.id, name: "other" })).toEqual({ before, after: null });
    expect(findHooks(folder, shop)).toEqual({ before: null, after: own });
    const byId = put(`${shop.id}/before-restore`, "true");
    expect(findHooks(folder, shop)).toEqual({ before: byId, after: null });
    expect(findHooks(null, shop)).toEqual({ before: null, after: null });
  });

  test("a database's name leads to no other folder and is no option", () => {
    const outside = mkdtempSync(path.join(tmpdir(), "outside-"));
    writeFileSync(path.join(outside, "before-restore"), "#!/bin/sh\ntrue\n", { mode: 0o755 });
    const general = put("before-restore", "true");
    const hostile = [
      `../${path.basename(outside)}`,
      outside,
      "..",
      ".",
      "",
      "before-restore",
      "--help",
      "shop/../..",
      "shop\0",
    ];
    for (const name of hostile) {
      expect(findHooks(folder, { id: "x", name }), name).toEqual({ before: general, after: null });
    }
    rmSync(outside, { recursive: true });
  });

  test("none that others could change, none through a link, none that cannot be run; the refusal names the file", () => {
    const file = put("before-restore", "true", 0o775);
    expect(() => findHooks(folder, shop)).toThrow(`${file} can be changed by other users`);
    chmodSync(file, 0o644);
    expect(() => findHooks(folder, shop)).toThrow(`${file} cannot be run`);
    rmSync(file);
    symlinkSync("/bin/true", file);
    expect(() => findHooks(folder, shop)).toThrow(`${file} is no file of its own`);
    rmSync(file);
    put("before-restore", "true");
    chmodSync(folder, 0o777);
    expect(() => findHooks(folder, shop)).toThrow(`${folder} can be changed by other users`);
    expect(describeHooks(folder, shop)).toMatchObject({ before: false, after: false });
    expect(describeHooks(folder, shop).problem).toContain(folder);
    chmodSync(folder, 0o700);
    expect(describeHooks(folder, shop)).toEqual({ before: true, after: false, problem: null });
  });
});

describe("a hook", () => {
  test("gets its facts and nothing of the agent's own environment, and no argument", async () => {
    process.env.LASTGOOD_SECRET_OF_THIS_TEST = "canary";
    const file = put("before-restore", `echo "args $# in $PWD"; env | sort`);
    await runHook({ file, facts: { LASTGOOD_DATABASE_NAME: "$(touch /tmp/x); --help" }, note });
    delete process.env.LASTGOOD_SECRET_OF_THIS_TEST;
    expect(notes[0]).toBe("args 0 in /");
    expect(notes).toContain("LASTGOOD_DATABASE_NAME=$(touch /tmp/x); --help");
    const names = notes.slice(1).map((line) => line.split("=")[0] ?? "");
    expect(names.filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name)).sort()).toEqual([
      "LANG",
      "LASTGOOD_DATABASE_NAME",
      "PATH",
    ]);
  });

  test("may print what it wants: people see at most a hundred plain lines", async () => {
    const file = put(
      "before-restore",
      String.raw`printf '\033[31mred\033[0m \007bell\033]0;title\007\n'; seq 1 500; printf 'x%.0s' $(seq 1 3000)`,
    );
    await runHook({ file, facts: {}, note });
    expect(notes[0]).toMatch(/^red bell/);
    expect(notes.join("")).not.toMatch(/\p{Cc}/u);
    expect(notes).toHaveLength(101);
    expect(notes.at(-1)).toBe("(More output is left out.)");
  });

  test("that fails, cannot start, or takes too long is named", async () => {
    const file = put("before-restore", "echo no; exit 3");
    await expect(runHook({ file, facts: {}, note })).rejects.toThrow(`${file} failed with exit code 3.`);
    writeFileSync(file, "#!/no/such/interpreter\n");
    await expect(runHook({ file, facts: {}, note })).rejects.toThrow(`${file} could not be started`);
    const slow = put("after-restore", "sleep 600 & echo $! > $PIDS; wait");
    const pids = path.join(folder, "pids");
    const late = runHook({ file: slow, facts: { PIDS: pids }, limitMs: 300, note });
    await expect(late).rejects.toThrow("took longer than");
    await untilGone(await pidIn(pids));
    expect(notes).toEqual(["no"]);
  });

  test("ends with all that it started when the restore is cancelled, also where it will not listen", async () => {
    const file = put("before-restore", "trap '' TERM; sleep 600 & echo $! > $PIDS; while true; do wait; done");
    const pids = path.join(folder, "pids");
    const abort = new AbortController();
    const running = runHook({ file, facts: { PIDS: pids }, signal: abort.signal, note });
    running.catch(() => undefined);
    const pid = await pidIn(pids);
    abort.abort(new Error("cancelled"));
    await expect(running).rejects.toThrow("cancelled");
    await untilGone(pid);
  });
});

describe("hooks around a restore", () => {
  const restore = { restoreId: "r", toTimeMs: 1_795_244_288_123, fenceSeconds: null, attempt: 1 };

  test("the one after runs once the one before was begun, however it ends, and its failure is only told", async () => {
    put("before-restore", "exit 1");
    put("after-restore", "echo $LASTGOOD_OUTCOME of $LASTGOOD_DATABASE_NAME at $LASTGOOD_MOMENT; exit 1");
    const hooks = new RestoreHooks(folder, shop, restore, runOf());
    await hooks.after("completed");
    expect(notes).toEqual([]);
    await expect(hooks.before()).rejects.toThrow("failed with exit code 1");
    await hooks.after("failed");
    await hooks.after("completed");
    expect(notes.filter((line) => line.startsWith("failed of"))).toEqual([
      "failed of shop at 2026-11-21T06:58:08.123Z",
    ]);
    expect(notes.at(-1)).toMatch(/^Failed: the hook after the restore\./);
  });

  test("the one after runs where an earlier run of the agent may have begun the one before", async () => {
    put("after-restore", "echo ran");
    await new RestoreHooks(folder, shop, { ...restore, attempt: 2 }, runOf()).after("completed");
    expect(notes).toContain("ran");
  });
});
