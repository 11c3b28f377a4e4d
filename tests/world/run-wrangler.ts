import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import path from "node:path";
import type { Ran } from "./run-lastgood.ts";
import type { StartedLastgood } from "./start-lastgood.ts";

/** Of the version that the tests come with; LASTGOOD_TEST_WRANGLER names the folder of another one's package. */
const PROGRAM = path.join(
  process.env.LASTGOOD_TEST_WRANGLER ?? path.dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
  "bin/wrangler.js",
);

/** Runs the real wrangler against a Lastgood of a test; `folder` is where its configuration would be. */
export async function runWrangler(
  { url, token, namespace }: Pick<StartedLastgood, "url" | "token" | "namespace">,
  folder: string,
  args: readonly string[],
): Promise<Ran> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      NODE_ENV: "production",
      PATH: process.env.PATH ?? "",
      // Its one file of many megabytes is compiled once for all of its calls.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "",
      HOME: folder,
      NO_COLOR: "1",
      CI: "1",
      CLOUDFLARE_API_BASE_URL: `${url}/client/v4`,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_ACCOUNT_ID: namespace,
      WRANGLER_SEND_METRICS: "false",
    },
  });
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout.on("data", (text: Buffer) => {
    ran.out += text.toString();
  });
  child.stderr.on("data", (text: Buffer) => {
    ran.err += text.toString();
  });
  await once(child, "close");
  ran.code = child.exitCode;
  return ran;
}
