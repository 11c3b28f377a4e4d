import path from "node:path";
import { LastgoodError } from "../domain/errors.ts";

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
};

const WILDCARDS: Record<string, string> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
const inUrl = (host: string) => (host.includes(":") ? `[${host}]` : host);

/** @throws LastgoodError `invalid_input` that names the variable */
export function readSettings(env: NodeJS.ProcessEnv, workingDirectory: string): SupervisorSettings {
  const host = env.HOST || "127.0.0.1";
  const portText = env.PORT || "3000";
  const port = Number(portText);
  if (!/^\d+$/.test(portText) || port < 1 || port > 65535) {
    throw new LastgoodError("invalid_input", `PORT is "${portText}", which is no port.`, {
      field: "PORT",
      hint: "Set PORT to a number from 1 to 65535, or leave it out for 3000.",
    });
  }
  const localUrl = `http://${inUrl(WILDCARDS[host] ?? host)}:${port}`;
  return {
    host,
    port,
    url: publicUrl(env.LASTGOOD_URL || localUrl),
    localUrl,
    data: path.resolve(workingDirectory, env.LASTGOOD_DATA || ".lastgood"),
  };
}

function publicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new LastgoodError("invalid_input", `LASTGOOD_URL is "${text}", which is no web address.`, {
      field: "LASTGOOD_URL",
      hint: "Give the address that people type, for example https://lastgood.example.org.",
    });
  }
  return url.href.replace(/\/+$/, "");
}
