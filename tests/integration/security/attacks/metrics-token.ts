import { LastgoodError } from "../../../../lib/domain/errors.ts";
import { readEnv } from "../../../../lib/env.ts";
import { requireMetricsToken } from "../../../../lib/services/metrics/require-metrics-token.ts";

const refuses = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof LastgoodError) return true;
    throw error;
  }
};

/** The figures of all namespaces open to the operator's token alone, which is long, and to nobody where there is none. */
export async function attack(folder: string): Promise<string | null> {
  const envOf = (token: string) =>
    readEnv({ NODE_ENV: "production", LASTGOOD_DATA: folder, LASTGOOD_METRICS_TOKEN: token });
  if (envOf("").metricsToken !== null) return "an empty token is one";
  for (const weak of ["secret", "x".repeat(31)]) if (!refuses(() => envOf(weak))) return `"${weak}" was taken`;
  const token = "t".repeat(32);
  const hostile = [null, "", "Bearer ", "Bearer null", "Bearer undefined", `Basic ${token}`, `Bearer ${token}t`, token];
  for (const header of hostile) {
    if (!refuses(() => requireMetricsToken(header, token))) return `${header} was let in`;
    if (!refuses(() => requireMetricsToken(header, null))) return `${header} was let in where nobody has a token`;
  }
  return refuses(() => requireMetricsToken(`Bearer ${token}`, token)) ? "the operator was refused" : null;
}
