import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FUZZ_EXCEPT, fuzzLastgood } from "../../world/fuzz-lastgood.ts";
import { openFuzzWorld } from "../../world/open-fuzz-world.ts";
import type { StartedLastgood } from "../../world/start-lastgood.ts";

const SECONDS = Number(process.env.LASTGOOD_FUZZ_SECONDS ?? "8");
/** A busy machine may be slow; `npm run fuzz` has a bound for answers. */
const LIMIT_MS = 30_000;

/** An address whose answers are replaced, by which, and what that is found for; a status of null: none comes. */
type Break = { at: RegExp; status: number | null; text: string; says: string };

/** Calls made out of the OpenAPI document against a whole Lastgood; to come last, since they change what they can. */
export function fuzzScenario(lastgood: () => StartedLastgood, session: () => Record<string, string>): void {
  describe("calls made out of the OpenAPI document, by everybody", () => {
    let world: Awaited<ReturnType<typeof openFuzzWorld>>;
    beforeAll(async () => {
      world = await openFuzzWorld(lastgood(), [session()]);
    });
    afterAll(() => world.close());
    // A cluster takes longer to be made than this goes on.
    const options = {
      except: FUZZ_EXCEPT,
      limitMs: LIMIT_MS,
      leaveOut: ({ body }: { body: string | null }) => body?.includes('"postgres"') === true,
    };

    test("are never answered 500, with what is inside or somebody else's, or as it is told nowhere", {
      timeout: (SECONDS + 90) * 1000,
    }, async () => {
      const report = await fuzzLastgood(world, { ...options, seconds: SECONDS });
      expect(report.failures, JSON.stringify({ ...report, failures: [] })).toEqual([]);
      expect(Object.keys(report.byStatus)).toEqual(expect.arrayContaining(["200", "400", "401", "403", "404"]));
      expect(report.calls).toBeGreaterThan(50);
    });

    test("find a console of which single answers are broken, telling, or never come", async () => {
      const { token, data, url: behind } = lastgood();
      const breaks: Record<string, Break> = {
        readWindow: { at: /\/databases\/[^/?]+\/window/, status: null, text: "", says: "no answer within" },
        listDatabases: { at: /\/databases(\?|$)/, status: 404, text: "at /lib/services/perform.ts", says: "inside" },
        readNamespace: { at: /\/namespaces\/[^/?]+(\?|$)/, status: 404, text: token, says: "must not" },
        listMembers: { at: /\/members(\?|$)/, status: 404, text: data, says: "must not" },
        readHealth: { at: /\/api\/health/, status: 500, text: "", says: "500" },
      };
      const front = createServer((incoming, outgoing) => {
        const broken = Object.values(breaks).find(({ at }) => at.test(incoming.url ?? ""));
        if (!broken) {
          const to = request(`${behind}${incoming.url}`, { method: incoming.method, headers: incoming.headers });
          to.once("response", (answer) => answer.pipe(outgoing.writeHead(answer.statusCode ?? 0, answer.headers)));
          to.once("error", () => outgoing.destroy());
          incoming.pipe(to);
          return;
        }
        incoming.resume();
        if (broken.status === null) return;
        outgoing.writeHead(broken.status, { "content-type": "application/problem+json" }).end(broken.text);
      });
      await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
      const only = (call: { id: string }) => !Object.hasOwn(breaks, call.id);
      const report = await fuzzLastgood({ ...world, url }, { ...options, seconds: 2, limitMs: 500, leaveOut: only });
      front.closeAllConnections();
      front.close();
      const found = report.failures.map((one) => one.split("\n")[0] ?? "");
      for (const [id, { says }] of Object.entries(breaks)) {
        expect(
          found.filter((one) => one.startsWith(`${id}: `) && one.includes(says)),
          id,
        ).not.toEqual([]);
      }
    });
  });
}
