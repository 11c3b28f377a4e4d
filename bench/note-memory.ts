import { writeFileSync } from "node:fs";
import path from "node:path";

/** Loaded into processes that are measured (`--import`): each leaves its greatest resident size, in bytes, under its script's name. */
const folder = process.env.BENCH_MEMORY;
if (folder) {
  process.once("exit", () => {
    const name = path.basename(process.argv[1] ?? "process", ".ts");
    writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(process.resourceUsage().maxRSS * 1024));
  });
}
