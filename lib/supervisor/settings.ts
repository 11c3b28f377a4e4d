import { readEnv } from "../env.ts";

/** What the supervisor takes from its environment. */
export type SupervisorSettings = {
  host: string;
  port: number;
  /** The public address, without a slash at its end. */
  url: string;
  /** The address at which this machine itself reaches the console. */
  localUrl: string;
  /** Absolute path of the data directory. */
  data: string;
  /** `console`: nothing but a console on a store that it shares. `agent`: all but the console. */
  processes: "all" | "console" | "agent";
};

const WILDCARDS: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** @throws LastgoodError `invalid_input` that names the variable */
export function readSettings(source: NodeJS.ProcessEnv): SupervisorSettings {
  // An empty variable means the same as none, as in compose files.
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ""));
  const env = readEnv({ ...given, NODE_ENV: source.NODE_ENV });
  const reachable = WILDCARDS[env.host] ?? env.host;
  const localUrl = `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${env.port}`;
  return {
    host: env.host,
    port: env.port,
    url: given.LASTGOOD_URL === undefined ? localUrl : env.publicUrl,
    localUrl,
    data: env.paths.data,
    processes: env.processes,
  };
}
