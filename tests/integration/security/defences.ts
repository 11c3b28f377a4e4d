import type { RuleBreak } from "../sqlite/rules/rule-breaks.ts";

/** An attack of docs/testing.md by its case, and the ways to take out the checks that stop it, each of which it must notice. */
export type Defence = { title: string; attack: string; breaks: Readonly<Record<string, readonly RuleBreak[]>> };

const inFile =
  (file: string) =>
  (from: string, to: string): RuleBreak => ({ file, from, to });

const port = inFile("lib/agent/private-server.ts");
const proof = inFile("lib/agent/peer-proof.ts");
const client = inFile("lib/agent/client.ts");

const perform = inFile("lib/services/perform.ts");
const databases = inFile("lib/services/databases/find-database.ts");
const setUp = inFile("lib/services/auth/setup-token.ts");
const metrics = inFile("lib/services/metrics/require-metrics-token.ts");
const secret = inFile("lib/services/load-secret.ts");
const env = inFile("lib/env.ts");
const chain = inFile("lib/services/audit/verify-chain.ts");
const password = inFile("lib/services/auth/hash-password.ts");
const key = inFile("lib/services/audit/audit-key.ts");
const place = inFile("lib/engines/sqlite/preflight/attach-path.ts");
const look = inFile("lib/engines/sqlite/preflight/preflight-file.ts");
const jsonBody = inFile("lib/web/read-json-body.ts");
const route = inFile("lib/web/route.ts");
const names = inFile("lib/domain/names.ts");
const auth = inFile("lib/web/auth-options.ts");
const guard = inFile("lib/web/guard-requests.ts");
const raw = inFile("lib/web/refuse-request.ts");
const queryChild = inFile("lib/engines/sqlite/hosted/query-child.ts");
const runner = inFile("lib/engines/sqlite/hosted/run-statements.ts");
const lane = inFile("lib/engines/sqlite/hosted/query-lane.ts");
const schemas = inFile("lib/web/api-schemas.ts");
const view = inFile("lib/engines/sqlite/view/view-connection.ts");
const viewFiles = inFile("lib/engines/sqlite/view/past-file-system.ts");
const viewProcess = inFile("lib/engines/sqlite/view/view-process.ts");
const viewLane = inFile("lib/engines/sqlite/view/view-lane.ts");
const wasm = inFile("lib/engines/sqlite/view/wasm-sqlite.ts");
const rules = inFile("lib/egress-rules.ts");
const target = inFile("lib/services/egress/check-target.ts");
const outside = inFile("lib/services/egress/request-outside.ts");
const agents = inFile("lib/services/egress/checked-agents.ts");
const noAuthorizer = view("if (!refusal) return 0;", "if (!refusal || Date.now() > 0) return 0;");

export const DEFENCES: readonly Defence[] = [
  {
    title: "cases 1 to 5: another namespace's owner, or one's own with a foreign id",
    attack: "other-namespace",
    breaks: {
      "databases of any namespace": [
        databases(
          'if (databases === "all") return { namespaceId: namespace.id };',
          'if (databases === "all") return {};',
        ),
      ],
      "refusals that are not audited": [
        perform('if (!(error instanceof LastgoodError) || error.code === "unauthenticated") return;', "return;"),
      ],
    },
  },
  {
    title: "cases 6 and 8: a role or token that lacks the right, or has lost it",
    attack: "lost-rights",
    breaks: {
      "roles not asked": [perform("if (!roleMay(role, action)) {", "if (Date.now() < 0) {")],
      "scopes not asked": [perform('if (scopes === "all" || scopes.includes(action)) return;', "return;")],
    },
  },
  {
    title: "cases 13 and 14: addresses, methods and bodies that no page takes, ahead of the framework",
    attack: "raw-requests",
    breaks: {
      "no guard": [guard("if (refusal) {", "if (refusal && Date.now() < 0) {")],
      "any address": [raw("if (!isReadable(path)) {", "if (Date.now() < 0) {")],
      "bodies for pages": [raw('if (method !== "POST" || id === undefined) {', "if (Date.now() < 0) {")],
      "actions of any site": [raw("if (!isSameOrigin(headers", "if (Date.now() < 0 && !isSameOrigin(headers")],
      "ids of any shape": [raw('if (typeof id === "string" && ACTION_ID.test(id)) return null;', "return null;")],
    },
  },
  {
    title: "case 16: a form of another site, or JSON that is sent as text",
    attack: "foreign-bodies",
    breaks: {
      "any type of body": [jsonBody('type.trim().toLowerCase() !== "application/json" ||', "")],
      "any origin": [
        route('if (method !== "GET" && ctx.actor.kind === "user") requireSameOrigin(request.headers);', ""),
      ],
    },
  },
  {
    title: "case 17: the first-run page with a wrong token, in a race, after a restart",
    attack: "set-up",
    breaks: {
      "any token counts": [setUp("if (matches && users === 0) return;", "if (users === 0) return;")],
      "the token counts for ever": [
        setUp("if (matches && users === 0) return;", "if (matches) return;"),
        setUp("await tx.setting.deleteMany({ where: { key: SETUP_TOKEN } });", "await Promise.resolve(tx);"),
      ],
      "a restart opens it again": [
        setUp("return (await metadata().user.count()) === 0;", "return (await metadata().user.count()) < 10;"),
      ],
    },
  },
  {
    title: "case 18: a secret that is missing, short or damaged",
    attack: "weak-secret",
    breaks: {
      "a built-in one": [secret('randomBytes(32).toString("base64url")', '"built-in".repeat(6)')],
      "short ones from the environment": [
        env('z.string().min(32, "LASTGOOD_SECRET', 'z.string().min(1, "LASTGOOD_SECRET'),
      ],
      "damaged ones": [secret("if (secret.length < MIN_LENGTH) {", "if (secret.length < 1) {")],
    },
  },
  {
    title: "figures of all namespaces, asked for without the operator's token",
    attack: "metrics-token",
    breaks: {
      "no comparison": [metrics("timingSafeEqual(digestOf(given), digestOf(expected))", "given.length > 0")],
      "without a token in the environment": [
        metrics(
          "if (expected !== null && given !== undefined &&",
          "if (expected === null) return;\n  if (given !== undefined &&",
        ),
      ],
      "short ones": [env('.min(32, "LASTGOOD_METRICS_TOKEN', '.min(1, "LASTGOOD_METRICS_TOKEN')],
    },
  },
  {
    title: "cases 19 to 21: an address that leads inside, by spelling, name, a change of the name or a redirect",
    attack: "webhook-address",
    breaks: {
      "private addresses": [rules('plain.range() !== "unicast" ||', "")],
      "a cloud's own address": [rules(" || SERVICES_OF_CLOUDS.includes(plain.toString())", "")],
      "IPv6 that nobody has": [rules("!plain.match(GLOBAL_UNICAST)", "!plain")],
      "any scheme": [target("!/^https?:$/.test(url.protocol)", "!/:$/.test(url.protocol)")],
      "passwords in addresses": [target('if (url.username !== "" || url.password !== "") {', "if (Date.now() < 0) {")],
      "no TLS": [rules('if (verdict === "public" && protocol !== "https:") {', "if (Date.now() < 0) {")],
      "the first address of a name alone": [
        rules("for (const { address } of addresses) {", "for (const { address } of addresses.slice(0, 1)) {"),
      ],
      "addresses checked when saved alone": [
        outside(
          "checkTarget(asked.url, { ...(asked.rules && { rules: asked.rules }) })",
          'Promise.resolve({ url: new URL(asked.url), addresses: [{ address: "127.0.0.1", family: 4 }] })',
        ),
      ],
      "a name asked again for the connection": [
        outside(
          "lookup: (_host, options, answer) => answerLookup(addresses, options, answer),",
          "lookup: (host, options, answer) =>\n" +
            "  void asked.rules?.resolve(host).then((found) => answerLookup(found, options, answer)),",
        ),
      ],
      "redirects followed": [
        outside(
          "(response) => {",
          "(response) => {\n  const { location } = response.headers;\n" +
            "  if (location) return void send({ url: new URL(location), addresses }, asked, signal).then(resolve, reject);",
        ),
      ],
      "answers of any length": [outside("if (length >= answerBytes) break;", "")],
      "answers of any duration": [outside("AbortSignal.timeout(asked.timeoutMs)", "AbortSignal.timeout(60_000)")],
      "a client's own names": [agents("checkHost(host, protocol, rules).then(", "rules.resolve(host).then(")],
      "a client's own addresses": [agents("if (isIP(name) === 0) return connect();", "if (name) return connect();")],
    },
  },
  {
    title: "cases 23 to 25: a path that leads elsewhere, or to no plain file",
    attack: "attach-path",
    breaks: {
      "anywhere on the machine": [place("if (isBelow(wanted, root)) return", "return")],
      "hard links": [look("if (found.nlink > 1n) return refusals.hardLink;", "")],
    },
  },
  {
    title: "cases 26 and 32: names and labels that a shell, a header or an eye takes for something else",
    attack: "hostile-names",
    breaks: {
      "any signs in a name": [names("/^[A-Za-z0-9][A-Za-z0-9._-]*$/", "/^/")],
      "names like options": [names("/^[A-Za-z0-9][A-Za-z0-9._-]*$/", "/^[A-Za-z0-9._-]+$/")],
      "names of several lines": [names("/^[A-Za-z0-9][A-Za-z0-9._-]*$/", "/^[A-Za-z0-9][A-Za-z0-9._-]*$/m")],
      "any signs in a label": [names("(label) => !UNPRINTABLE.test(label)", "() => true")],
    },
  },
  {
    title: "case 36: a database with hostile views and triggers",
    attack: "hostile-database",
    breaks: {
      "a schema that is trusted": [queryChild("PRAGMA trusted_schema = OFF;", "PRAGMA trusted_schema = ON;")],
      "no defensive mode": [queryChild("defensive: true,", "defensive: false,")],
      "no authorizer": [
        runner("connection.setAuthorizer((action, first, second) => this.#authorize(action, first, second));", ""),
      ],
    },
  },
  {
    title: "case 37: queries and answers without end",
    attack: "endless-query",
    breaks: {
      "no time limit": [
        lane("setTimeout(() => stop.abort(queryTooSlow(limitMs)), limitMs)", "setTimeout(() => {}, 0)"),
      ],
      "answers of any size": [lane("resultLimitBytes: limits.resultBytes", "resultLimitBytes: 1e15")],
    },
  },
  {
    title: "cases 36 and 37, looking at the past: writing, ATTACH, extensions, other files, limits",
    attack: "view-sql",
    breaks: {
      "no authorizer": [noAuthorizer],
      "writes that only the authorizer refuses": [
        noAuthorizer,
        view("if (capi.sqlite3_stmt_readonly(statement) === 0) {", "if (Date.now() < 0) {"),
      ],
      "any file by any name": [viewFiles("name !== 0 && wasm.cstrToJs(name) === PAST_FILE &&", "")],
      "a schema that is trusted": [view("[CONFIG.trustedSchema, 0],", "[CONFIG.trustedSchema, 1],")],
      "no time limit": [view("(performance.now() > this.#deadlineMs ? 1 : 0)", "0")],
      "any number of rows": [view("if (--room.rows < 0)", "if (room.rows < 0)")],
      "answers of any size": [view("if (room.bytes < 0) throw", "if (Date.now() < 0) throw")],
      "any memory": [
        view("PRAGMA hard_heap_limit = ", "PRAGMA soft_heap_limit = "),
        wasm("Math.ceil(memoryBytes / PAGE_BYTES)", "32768"),
      ],
    },
  },
  {
    title: "cases 36 and 37, looking at the past: the process itself",
    attack: "view-process",
    breaks: {
      "a process that may read everything": [viewProcess('"--permission",', "")],
      "nobody who ends it": [viewLane("const kill = () => process.kill();", "const kill = () => undefined;")],
    },
  },
  {
    title: "case 38: operators and unknown fields in input",
    attack: "operators",
    breaks: {
      "input as it came": [route("definition.body?.parse(raw) as Body", "raw as Body")],
      "unknown fields passed over": [schemas(".strictObject(updateDatabaseFields)", ".object(updateDatabaseFields)")],
    },
  },
  {
    title: "case 40: a link that wants to lead elsewhere after signing in",
    attack: "callback-url",
    breaks: {
      "whatever begins like home": [
        auth("({ baseUrl }) => baseUrl", "({ url, baseUrl }) => (url.startsWith(baseUrl) ? url : baseUrl)"),
      ],
      "any place": [auth("({ baseUrl }) => baseUrl", "({ url }) => url")],
    },
  },
  {
    title: "case 42: telling a user that is not there by time",
    attack: "unknown-user",
    breaks: {
      "no hash for nobody": [
        password("nobody ??= hashPassword", "if (passwordHash === null) return false;\n  nobody ??= hashPassword"),
      ],
      "nobody's password lets in": [password("return passwordHash !== null && matches;", "return matches;")],
      "texts of one length are the same": [
        key(
          "return left.length === right.length && timingSafeEqual(left, right);",
          "return left.length === right.length;",
        ),
      ],
    },
  },
  {
    title: "case 44: editing, deleting, inventing or cutting off audit entries",
    attack: "audit-log",
    breaks: {
      "links not compared": [chain("if (linkOf(place.link, entry) !== hash.link) {", "if (Date.now() < 0) {")],
      "numbers not followed": [
        chain("if (entry.seq !== expected) {", "if (Date.now() < 0) {"),
        chain("if (linkOf(place.link, entry) !== hash.link) {", "if (Date.now() < 0) {"),
      ],
      "entries without a hash passed over": [
        chain("if (hash === null) return {", "if (hash === null) return null;\n  if (Date.now() < 0) return {"),
      ],
      "anchors not compared": [chain("if (beyond && BigInt(beyond.seq) > place.seq)", "if (beyond && Date.now() < 0)")],
    },
  },
  {
    title: "case 0: somebody who is not the console on the agent's private port",
    attack: "agent-port",
    breaks: {
      "no proof asked for": [port("if (proof === null) return refuseStranger(outgoing, log);", "")],
      "proofs that count again": [proof("|| !this.#isNew(nonce, nowMs)", "")],
      "proofs that count for ever": [proof("Math.abs(nowMs - Number(time)) > VALID_MS ||", "")],
      "proofs for any question": [
        proof('mac(this.#key, "console", one, method, target, time, nonce)', 'mac(this.#key, "console", nonce)'),
        proof('mac(key, "console", audience, method, target, time, nonce)', 'mac(key, "console", nonce)'),
      ],
      "proofs for any agent": [
        proof('mac(this.#key, "console", one, method,', 'mac(this.#key, "console", method,'),
        proof('mac(key, "console", audience, method,', 'mac(key, "console", method,'),
      ],
      "an agent that need not prove itself": [
        client("if (isAgent(expected, answer.headers[PROOF_HEADER])) return null;", "return null;"),
      ],
      "a socket that others may open": [port("await chmod(socketPath, 0o600);", "await chmod(socketPath, 0o666);")],
    },
  },
];
