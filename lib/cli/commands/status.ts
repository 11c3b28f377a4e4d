import type { HealthView } from "../../client/api-types.ts";
import { formatBytes } from "../../client/format-bytes.ts";
import { formatAgo } from "../../client/format-duration.ts";
import { EXIT } from "../command.ts";
import type { Api } from "../remote/api.ts";
import type { Cell } from "../text/table.ts";
import { tableLines } from "../text/table.ts";
import { alone, verb } from "../verb.ts";

/** The first page in text: every database, how its protection stands, and whether every process is there. */
export const status = alone(
  "status",
  verb({
    about: "whether Lastgood is whole and every database protected; exit code 6 where it is not",
    options: {},
    examples: [
      ["status", "one line a database"],
      ["status --json", "the same for a monitor"],
    ],
    async run(call) {
      const [health, all] = [await readHealth(call.api), await call.databases()];
      const databases = all.map((one) => ({ ...one, isProtected: one.capture?.state === "protected" }));
      const ok = health.ready && databases.every(({ isProtected }) => isProtected);
      const down = Object.entries(health.parts).filter(([, state]) => state !== "ready");
      call.output.answer({ ok, health, databases }, () => [
        ...(down.length === 0 ? [] : [`not ready: ${down.map(([part, state]) => `${part} ${state}`).join(", ")}`, ""]),
        ...tableLines(
          [{ head: "database" }, { head: "protection" }, { head: "captured" }, { head: "size", align: "right" }],
          databases.map(({ name, state, capture, isProtected, problem }): Cell[] => [
            name,
            isProtected
              ? { text: "protected", as: "good" }
              : { text: capture?.problem?.cause ?? problem ?? capture?.state ?? state, as: "bad" },
            capture?.capturedThroughMs == null ? null : formatAgo(capture.capturedThroughMs, Date.now()),
            capture?.databaseBytes == null ? null : formatBytes(capture.databaseBytes),
          ]),
        ),
      ]);
      return ok ? EXIT.ok : EXIT.busy;
    },
  }),
);

/** Not being ready is answered with 503 and the same body, which no other refusal has. */
async function readHealth(api: Api): Promise<HealthView> {
  return (await api.send<HealthView>("/api/health", { alsoFine: 503 })).body;
}
