import path from "node:path";
import { type Command, EXIT, optionsOnly } from "../command.ts";
import type { Output } from "../output.ts";
import { calledWrongly, parseArguments } from "../parse-arguments.ts";
import { requireInstallation } from "./account.ts";

const VERB = "tier";
const USAGE = `usage: lastgood ${VERB} [options]
       lastgood ${VERB} --namespace <name> --set <tier> [options]

For whoever runs this Lastgood: what its namespaces are offered of PostgreSQL. Works on the metadata itself, on the console's
machine and as its user; the console may be running, and goes by it from its next question on.

  free, micro            no point-in-time recovery of clusters
  small, medium, large   windows of up to 7, 14 and 30 days
  none                   no bounds

Tiers count where Lastgood runs with LASTGOOD_TIERS=on. They bound what is new: a smaller tier deletes nothing. The audit log
tells of each change.

  --namespace <name>     which namespace; without it all are listed
  --set <tier>           the tier from now on
  --data <folder>        the data directory; LASTGOOD_DATA, or .lastgood here
  --json                 one JSON object instead of text, errors too

With DATABASE_URL the namespaces are there; the secret that seals the audit log still comes from the data directory, or from
LASTGOOD_SECRET.

exit codes: 0 done, 1 failed, 2 called wrongly, 3 not found, 5 this user may not`;

const OPTIONS = {
  data: { type: "string" },
  namespace: { type: "string" },
  set: { type: "string" },
  json: { type: "boolean" },
} as const;

/** Shows and sets the tiers of namespaces. */
export const tier: Command = { usage: USAGE, run, shape: optionsOnly(OPTIONS) };

async function run(args: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = parseArguments(VERB, args, OPTIONS);
  if (positionals.length > 0) throw calledWrongly(VERB, `There is nothing to do with ${positionals.join(" ")}`);
  const { namespace, set } = values;
  if ((namespace === undefined) !== (set === undefined)) {
    throw calledWrongly(VERB, "Say which namespace and which tier, with --namespace and --set");
  }
  const data = path.resolve(values.data ?? process.env.LASTGOOD_DATA ?? ".lastgood");
  requireInstallation(data);
  process.env.LASTGOOD_DATA = data;
  const { listTiers, setTier } = await import("../../services/namespaces/set-tier.ts");
  const { closeMetadata } = await import("../../db/client.ts");
  try {
    if (namespace === undefined || set === undefined) {
      const namespaces = await listTiers();
      output.answer({ namespaces }, () => namespaces.map((one) => `${one.namespace}  ${one.tier ?? "none"}`));
    } else {
      const done = await setTier(namespace, set === "none" ? null : set);
      output.answer(done, () => [`${done.namespace}: ${done.tier ?? "none"} (before: ${done.before ?? "none"})`]);
    }
    return EXIT.ok;
  } finally {
    await closeMetadata();
  }
}
