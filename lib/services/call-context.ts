import type { Actor, CallOrigin } from "../domain/actor.ts";
import type { OneCall } from "./idempotency/note-effect.ts";

/** Who calls a use-case, and from where. Made by the adapters (routes, server actions, the agent), never by use-cases. */
export type CallContext = {
  actor: Actor;
  origin: CallOrigin;
  /** The call's row where it carries an Idempotency-Key: see `answerOnce`. */
  once?: OneCall;
};

/** An agent that reports what became of its work. */
export function agentContext(agentId: string, requestId: string): CallContext {
  return { actor: { kind: "agent", agentId }, origin: { requestId, address: null } };
}

/** The caller that is Lastgood itself, for what nobody asked for. */
export function systemContext(requestId: string): CallContext {
  return { actor: { kind: "system" }, origin: { requestId, address: null } };
}
