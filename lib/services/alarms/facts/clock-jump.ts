import { type FactSource, listWatched } from "./fact-source.ts";

/** The clock of the agent's machine was set, or the machine was halted: times of commits around then are doubtful. */
export const clockJump: FactSource = {
  kinds: ["clock_jump"],
  async find(world) {
    const { agentId, seen } = world;
    const namespaces = [...new Set((await listWatched(world)).map(({ namespaceId }) => namespaceId))];
    return seen.clockJumps.flatMap(({ atMs, byMs }) =>
      namespaces.map((namespaceId) => ({
        kind: "clock_jump" as const,
        subject: { agentId, namespaceId },
        cause: String(atMs),
        sinceMs: atMs,
        text: `The clock of the agent's machine ${byMs < 0 ? "fell back" : "jumped ahead"} by ${Math.round(Math.abs(byMs) / 1000)} s.`,
        remedy: "Check its time service. Times of commits around then are doubtful; their order is not.",
        figures: { by_ms: Math.round(byMs) },
      })),
    );
  },
};
