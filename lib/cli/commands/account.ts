import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../domain/errors.ts";
import { metadataPlace } from "../../metadata-place.ts";
import { runtimePaths } from "../../runtime-paths.ts";
import { type Command, EXIT, optionsOnly } from "../command.ts";
import type { Output } from "../output.ts";
import { calledWrongly, parseArguments } from "../parse-arguments.ts";

const VERB = "account";
const USAGE = `usage: lastgood ${VERB} reset --email <address> [options]

For somebody who lost their password or their second factor. Works on the metadata itself, on the console's machine and as
its user; the console may be running.

  reset                  give the account a new password, printed once; turn its second factor off; end its sessions.
                         Roles and API tokens stay. The audit log tells of it

  --email <address>      whose account
  --data <folder>        the data directory; LASTGOOD_DATA, or .lastgood here
  --json                 one JSON object instead of text, errors too

With DATABASE_URL the account is there; the secret that seals the audit log still comes from the data directory, or from
LASTGOOD_SECRET.

exit codes: 0 done, 1 failed, 2 called wrongly, 3 not found, 5 this user may not`;

const OPTIONS = { data: { type: "string" }, email: { type: "string" }, json: { type: "boolean" } } as const;

/** Lets somebody in again who lost password or second factor. */
export const account: Command = { usage: USAGE, run, shape: optionsOnly(OPTIONS) };

async function run(args: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = parseArguments(VERB, args, OPTIONS);
  if (positionals.join(" ") !== "reset") throw calledWrongly(VERB, "Say reset");
  if (values.email === undefined) throw calledWrongly(VERB, "Say whose account, with --email");
  const data = path.resolve(values.data ?? process.env.LASTGOOD_DATA ?? ".lastgood");
  requireInstallation(data);
  process.env.LASTGOOD_DATA = data;
  const { resetAccount } = await import("../../services/account/reset-account.ts");
  const { closeMetadata } = await import("../../db/client.ts");
  try {
    const { email, password } = await resetAccount(values.email);
    output.answer({ email, password }, () => [
      `New password of ${email}, told this once: ${password}`,
      "Second factor off, every session ended. Change the password after signing in.",
    ]);
    return EXIT.ok;
  } finally {
    await closeMetadata();
  }
}

/** Nothing is made where there is nothing: a mistyped folder must not become an installation. */
export function requireInstallation(data: string): void {
  const { secret } = runtimePaths(data);
  if (!process.env.LASTGOOD_SECRET) requireFile(secret, "the installation's secret");
  const place = metadataPlace({ ...process.env, LASTGOOD_DATA: data });
  if (place.provider === "sqlite") requireFile(place.file, "metadata");
}

function requireFile(file: string, what: string): void {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
  } catch (cause) {
    if (existsSync(file) || !(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
    const hint = "Name the data directory with --data.";
    throw new LastgoodError("not_found", `There is no file ${file} with ${what}.`, { hint }, { cause });
  }
}
