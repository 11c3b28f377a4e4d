import type { FuzzedCall } from "./fuzz-calls.ts";

/** Ids that answers told, by the address they were told at, so that later calls go below it: to what was made before. */
export class LearntIds {
  readonly #ids = new Map<string, string[]>();
  #turn = 0;

  /** Takes the ids out of a good answer in JSON. */
  learn({ path }: FuzzedCall, status: number, text: string): void {
    if (status >= 300 || !text.startsWith("{") || text.length > 200_000) return;
    const known = this.#ids.get(path) ?? [];
    const found = [...text.matchAll(/"(?:id|uuid|restoreId|key)":"([^"\\]{1,200})"/g)].map(([, id]) => id ?? "");
    this.#ids.set(path, [...new Set([...found, ...known])].slice(0, 30));
  }

  /** The same call, in two of three cases at something that there is: its last parameters are learnt ones. */
  use(call: FuzzedCall): FuzzedCall {
    if (this.#turn++ % 3 === 0) return call;
    const params = { ...call.params };
    for (const { index, 1: name = "" } of call.path.matchAll(/\/\{([a-z_]+)\}/g)) {
      const known = this.#ids.get(call.path.slice(0, index)) ?? [];
      const id = known[this.#turn % Math.max(1, known.length)];
      // Databases are in the pool: those of the list are sometimes deleted, or somebody else's.
      if (id !== undefined && name !== "db" && name !== "account") params[name] = id;
    }
    return { ...call, params };
  }
}
