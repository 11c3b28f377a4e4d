import { type Finding, problem, well } from "./finding.ts";

/** What the sources run on: see docs/decisions/0004-runtime.md. */
const NEEDED = "Node 24.21 or a later 24, or 26 and newer";

/** Whether this Node runs the sources as they are. */
export function checkNode(version: string): Finding[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if ((major === 24 && minor >= 21) || major >= 26) return [well(`Node ${version} runs Lastgood.`)];
  return [
    problem(
      `This is Node ${version}; Lastgood needs ${NEEDED}.`,
      "Start it by npm run up or bin/lastgood.mjs, which fetch one.",
    ),
  ];
}
