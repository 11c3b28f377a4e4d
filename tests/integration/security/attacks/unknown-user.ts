import { sameText } from "../../../../lib/services/audit/audit-key.ts";
import { checkPassword, hashPassword } from "../../../../lib/services/auth/hash-password.ts";

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function timeOf(run: () => Promise<boolean>): Promise<number> {
  const startedMs = performance.now();
  await run();
  return performance.now() - startedMs;
}

/** Case 42: whether there is such a user cannot be told by time; nor is a secret compared sign by sign. */
export async function attack(): Promise<string | null> {
  const known = await hashPassword("the right password");
  await checkPassword("warm", null);
  const [users, strangers]: [number[], number[]] = [[], []];
  for (let round = 0; round < 7; round++) {
    users.push(await timeOf(() => checkPassword("a wrong password", known)));
    strangers.push(await timeOf(() => checkPassword("a wrong password", null)));
  }
  const ratio = median(strangers) / median(users);
  if (ratio < 0.5) return `an unknown user costs ${ratio.toFixed(2)} of a known one`;
  if (await checkPassword("nobody has this password", null)) return "nobody's password lets somebody in";
  return sameText("abc", "abd") || sameText("abc", "abcd") ? "different texts are the same" : null;
}
