import { rmSync } from "node:fs";
import path from "node:path";
import { childEnvironment, ROOT } from "./bootstrap.mjs";
import { hashContents, readStamp, writeStamp } from "./content-stamp.mjs";
import { withLock } from "./exclusive-lock.mjs";
import { showStep } from "./progress.mjs";
import { runLogged } from "./run-command.mjs";

const SOURCES = [
  "app",
  "components",
  "lib",
  "prisma",
  "public",
  "proxy.ts",
  "instrumentation.ts",
  "next.config.mjs",
  "postcss.config.mjs",
  "tsconfig.json",
  "package-lock.json",
];
const STAMP = path.join(ROOT, ".next", "sources.stamp");
const NEXT = path.join(ROOT, "node_modules", "next", "dist", "bin", "next");

const isTest = (file) => /\.test\.tsx?$/.test(file) || file.endsWith(".md");

/** Builds the console unless the last build was made from exactly these sources. */
export async function buildConsole() {
  await withLock(path.join(ROOT, ".runtime", "build.lock"), async () => {
    const stamp = hashContents(ROOT, SOURCES, isTest);
    if (readStamp(STAMP) === stamp) return;
    rmSync(STAMP, { force: true });
    await showStep("console", { doing: "building", done: "built" }, () =>
      runLogged(process.execPath, [NEXT, "build"], {
        cwd: ROOT,
        env: { ...childEnvironment(process.execPath), NODE_ENV: "production" },
        logPath: path.join(ROOT, ".runtime", "logs", "build.log"),
        failure: "The console could not be built.",
        hint: "If the sources were changed here, see which file the build names; otherwise report this with the log.",
      }),
    );
    writeStamp(STAMP, stamp);
  });
}
