// Capture stops, cannot be told of for a look, and goes on, in a process whose sources may have been changed; prints what was raised, told,
// kept and resolved.
import { metadata } from "../../../lib/db/client.ts";
import { decideAlarms } from "../../../lib/services/alarms/decide-alarms.ts";
import { agentContext } from "../../../lib/services/call-context.ts";
import { openMetadataWorld } from "./open-metadata-world.ts";
import { openScheduleWorld } from "./schedule-world.ts";

process.env.LASTGOOD_SMTP_URL = "smtp://127.0.0.1:1";
process.env.LASTGOOD_ALARM_FROM = "alarms@lastgood.example";
const metadataWorld = await openMetadataWorld();
try {
  const { agent, databaseId } = await openScheduleWorld(metadataWorld);
  const known = { cluster: null, capturedThroughMs: 1, deletes: [] };
  const gap = { fromMs: 1, toMs: 2, reason: "." };
  const look = (gaps: (typeof gap)[] | null) =>
    decideAlarms(agentContext(agent.agentId, "alarms"), agent, {
      nowMs: Date.now(),
      seen: { databases: new Map([[databaseId, { ...known, gaps }]]), clockJumps: [] },
    });
  const states = async () =>
    (await metadata().alarm.findMany({ orderBy: { createdAtMs: "asc" } })).map(({ state }) => state);
  await look([gap]);
  await look([gap]);
  const raised = await states();
  const [events, mails] = [await metadata().event.count(), await metadata().alarmMail.count()];
  await look(null);
  const untold = await states();
  await look([]);
  process.stdout.write(`${JSON.stringify({ raised, events, mails, untold, over: await states() })}\n`);
} finally {
  await metadataWorld.close();
}
process.exit(0);
