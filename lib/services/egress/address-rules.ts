import { type EgressRules, rulesThatAllow } from "../../egress-rules.ts";
import { readEnv } from "../../env.ts";

/** The rules that the environment gives (`LASTGOOD_EGRESS_ALLOW`). */
export function egressRules(): EgressRules {
  return rulesThatAllow(readEnv().egressAllow);
}
