import type { RuleBreak } from "../sqlite/rules/rule-breaks.ts";

/** An attack of docs/testing.md by its case, and the ways to take out the checks that stop it, each of which it must notice. */
export type Defence = { title: string; attack: string; breaks: Readonly<Record<string, readonly RuleBreak[]>> };

const inFile =
  (file: string) =>
  (from: string, to: string): RuleBreak => ({ file, from, to });

const port = inFile("lib/agent/private-server.ts");
const proof = inFile("lib/agent/peer-proof.ts");
const client = inFile("lib/agent/client.ts");

export const DEFENCES: readonly Defence[] = [
  {
    title: "case 0: somebody who is not the console on the agent's private port",
    attack: "agent-port",
    breaks: {
      "no proof asked for": [port("if (proof === null) return refuseStranger(outgoing, log);", "")],
      "proofs that count again": [proof("|| !this.#isNew(nonce, nowMs)", "")],
      "proofs that count for ever": [proof("Math.abs(nowMs - Number(time)) > VALID_MS ||", "")],
      "proofs for any question": [
        proof('mac(this.#key, "console", method, target, time, nonce)', 'mac(this.#key, "console", nonce)'),
        proof('mac(key, "console", method, target, time, nonce)', 'mac(key, "console", nonce)'),
      ],
      "an agent that need not prove itself": [
        client("if (!isAgent(expected, answer.headers[PROOF_HEADER])) {", "if (false) {"),
      ],
      "a socket that others may open": [port("await chmod(socketPath, 0o600);", "await chmod(socketPath, 0o666);")],
    },
  },
];
