import { type ClientRequestArgs, Agent as PlainAgent } from "node:http";
import { type RequestOptions, Agent as SecureAgent } from "node:https";
import { isIP, type LookupFunction, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { checkHost, type EgressRules } from "../../egress-rules.ts";
import { egressRules } from "./address-rules.ts";
import { answerLookup } from "./answer-lookup.ts";

type Connected = (error: Error | null, stream: Duplex) => void;

/**
 * Agents for a client that makes its connections itself (that of S3). Each name is resolved and checked for each connection, which
 * goes to the addresses that were checked and to no others; a host that is an address itself is checked as well. What is
 * refused fails with `address_refused`.
 */
export function checkedAgents(rules: EgressRules = egressRules()): { httpAgent: PlainAgent; httpsAgent: SecureAgent } {
  return { httpAgent: new CheckedPlainAgent(rules), httpsAgent: new CheckedSecureAgent(rules) };
}

class CheckedPlainAgent extends PlainAgent {
  readonly #rules: EgressRules;

  constructor(rules: EgressRules) {
    super({ keepAlive: true, lookup: checkedLookup("http:", rules) });
    this.#rules = rules;
  }

  override createConnection(options: ClientRequestArgs, connected: Connected = () => undefined) {
    return checkedConnect(options, "http:", this.#rules, connected, () => super.createConnection(options, connected));
  }
}

class CheckedSecureAgent extends SecureAgent {
  readonly #rules: EgressRules;

  constructor(rules: EgressRules) {
    super({ keepAlive: true, lookup: checkedLookup("https:", rules) });
    this.#rules = rules;
  }

  override createConnection(options: RequestOptions, connected: Connected = () => undefined) {
    return checkedConnect(options, "https:", this.#rules, connected, () => super.createConnection(options, connected));
  }
}

/** `lookup` as `net.connect` wants it, that answers checked addresses alone. */
function checkedLookup(protocol: string, rules: EgressRules): LookupFunction {
  return (host, options, answer) => {
    checkHost(host, protocol, rules).then(
      (addresses) => answerLookup(addresses, options, answer),
      (error: Error) => answer(error, "", 0),
    );
  };
}

/** A host that is an address is never looked up: it is checked before the connection is made. */
function checkedConnect(
  { host, hostname }: ClientRequestArgs,
  protocol: string,
  rules: EgressRules,
  connected: Connected,
  connect: () => Duplex | null | undefined,
): Duplex | null | undefined {
  const name = host ?? hostname ?? "localhost";
  if (isIP(name) === 0) return connect();
  checkHost(name, protocol, rules).then(
    () => {
      const stream = connect();
      if (stream) connected(null, stream);
    },
    (error: Error) => connected(error, new Socket()),
  );
  return undefined;
}
