import type { DeliveriesView, WebhookView } from "../../client/webhook-types.ts";
import { cellTime } from "../remote/moment.ts";
import { wholeOf } from "../settings/settings.ts";
import { type Cell, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

const list = verb({
  about: "who is told of what happens",
  options: {},
  examples: [["webhooks list", "addresses, and how the last delivery went"]],
  async run(call) {
    const path = `${call.namespace}/webhooks`;
    const found = { webhooks: await call.api.list<{ webhooks: WebhookView }>(path, "webhooks") };
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      tableLines(
        [
          { head: "name" },
          { head: "address" },
          { head: "events" },
          { head: "state" },
          { head: "last attempt" },
          { head: "pending", align: "right" },
          { head: "id" },
        ],
        found.webhooks.map((one): Cell[] => [
          one.name,
          one.url,
          one.types === "all" ? "all" : one.types.join(", "),
          one.active ? { text: "active", as: "good" } : { text: one.problem ?? "off", as: "warning" },
          one.lastAttempt === null
            ? null
            : {
                text: `${cellTime(one.lastAttempt.timeMs, zone) ?? ""} ${one.lastAttempt.status ?? one.lastAttempt.error ?? ""}`,
                as: one.lastAttempt.ok ? "good" : "bad",
              },
          one.pending,
          one.id,
        ]),
      ),
    );
    return 0;
  },
});

const deliveries = verb({
  about: "what was sent to a webhook, the newest first",
  takes: ["<id>"],
  options: { limit: { value: "deliveries", about: "at most so many, up to 200" } },
  examples: [["webhooks deliveries <id>", "attempts and answers"]],
  async run(call, { limit }, [id = ""]) {
    const path = `${call.namespace}/webhooks/${encodeURIComponent(id)}/deliveries`;
    const found = await call.api.get<DeliveriesView>(path, { limit: wholeOf(call.verb, "limit", limit) });
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      tableLines(
        [
          { head: "when" },
          { head: "event" },
          { head: "status" },
          { head: "attempts", align: "right" },
          { head: "answer" },
        ],
        found.deliveries.map((one): Cell[] => {
          const last = one.attempts.at(-1);
          return [
            cellTime(one.createdAtMs, zone),
            one.type,
            one.status,
            one.attempts.length,
            last?.error ?? last?.status ?? null,
          ];
        }),
      ),
    );
    return 0;
  },
});

const test = verb({
  about: "send a test event",
  takes: ["<id>"],
  options: {},
  examples: [["webhooks test <id>", "then webhooks deliveries <id> shows what came back"]],
  async run(call, _values, [id = ""]) {
    const path = `${call.namespace}/webhooks/${encodeURIComponent(id)}/test`;
    const sent = await call.api.post<Record<string, unknown>>(path, undefined);
    call.output.answer({ ...sent }, () => [`On its way. lastgood webhooks deliveries ${id} shows what comes back.`]);
    return 0;
  },
});

/** Who is told; addresses and secrets are set in the console. */
export const webhooks = group("webhooks", "who is told of what happens", { list, deliveries, test });
