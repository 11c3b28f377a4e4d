import type { AgentsView, AgentView, CreatedEnrolmentView } from "../../client/agent-types.ts";
import { formatBytes } from "../../client/format-bytes.ts";
import { confirm } from "../remote/confirm.ts";
import { cellTime, timeWords } from "../remote/moment.ts";
import { type Cell, factLines, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

const list = verb({
  about: "the machines that databases live on, and whether they answer",
  options: {},
  examples: [["agents list", "region, version, last seen, databases, free space"]],
  async run(call) {
    const found = await call.api.get<AgentsView>(`${call.namespace}/agents`);
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      tableLines(
        [
          { head: "region" },
          { head: "machine" },
          { head: "state" },
          { head: "last seen" },
          { head: "version" },
          { head: "address" },
          { head: "databases", align: "right" },
          { head: "free", align: "right" },
          { head: "id" },
        ],
        found.agents.map((one): Cell[] => [
          one.region,
          one.hostName,
          stateCell(one),
          cellTime(one.seenAtMs, zone),
          one.version,
          one.address ?? "socket",
          one.databases,
          one.disk === null ? null : formatBytes(one.disk.freeBytes),
          one.id,
        ]),
      ),
    );
    return 0;
  },
});

function stateCell({ state, answers, problem }: AgentView): Cell {
  if (state === "running" && answers === false) return { text: problem ?? "does not answer", as: "bad" };
  return { text: state, as: state === "running" ? "good" : state === "silent" ? "bad" : "dim" };
}

const enrolToken = verb({
  about: "a one-time token with which a machine becomes an agent, told once",
  options: {
    region: { value: "region", about: "where the machine is, a name of your own" },
    replaces: { value: "agent", about: "the id of a lost agent, whose databases the machine takes over" },
  },
  examples: [
    ["agents enrol-token --region office", "then lastgood enrol on the machine"],
    ["agents enrol-token --replaces <id>", "for the machine that takes a lost one's place"],
  ],
  notes: ["The machine gets this installation's secret: give the token to nobody who must not have that."],
  async run(call, { region, replaces }) {
    if ((region === undefined) === (replaces === undefined)) throw call.wrongly("Give either --region or --replaces");
    const made = await call.api.post<CreatedEnrolmentView>(`${call.namespace}/agents/enrolments`, { region, replaces });
    const command = `lastgood enrol --console ${call.settings.url} --token ${made.token}`;
    call.output.answer({ ...made, command }, () => [
      ...factLines([
        ["region", made.region],
        ["good until", timeWords(made.expiresAtMs, call.settings.zone)],
        ["id", made.id],
      ]),
      "",
      "On the machine, once and within an hour:",
      `  ${command}`,
    ]);
    return 0;
  },
});

const revokeToken = verb({
  about: "make a token for a machine worthless",
  takes: ["<id>"],
  options: {},
  examples: [["agents revoke-token <id>", "the id that enrol-token told"]],
  async run(call, _values, [id = ""]) {
    await call.api.delete(`${call.namespace}/agents/enrolments/${encodeURIComponent(id)}`);
    call.output.answer({ revoked: id }, () => ["The token is worthless now."]);
    return 0;
  },
});

const retire = verb({
  about: "end an agent that owns no databases any more, for good",
  takes: ["<id>"],
  options: { yes: { about: "do not ask" } },
  examples: [["agents retire <id> --yes", "without being asked"]],
  async run(call, { yes = false }, [id = ""]) {
    const at = `${call.namespace}/agents/${encodeURIComponent(id)}`;
    const agent = await call.api.get<AgentView>(at);
    const where = `${agent.hostName ?? "a machine that never started"} in ${agent.region}`;
    const lines = [`The agent on ${where} ends for good; should it run, it stops within seconds.`];
    await confirm(call, { lines, name: null, flag: "--yes", given: yes });
    const retired = await call.api.post<AgentView>(`${at}/retire`, undefined);
    call.output.answer({ ...retired }, () => ["It is retired."]);
    return 0;
  },
});

/** The machines that databases live on. */
export const agents = group("agents", "the machines that databases live on", {
  list,
  "enrol-token": enrolToken,
  "revoke-token": revokeToken,
  retire,
});
