import { readFileSync } from "node:fs";
import { LastgoodError } from "../../domain/errors.ts";
import { canAsk } from "./confirm.ts";

/**
 * A secret that belongs on no command line, where every user of the machine could read it: out of a file, or from the standard
 * input as `-`; at a terminal it is asked for and not shown.
 */
export async function readSecret(file: string, question = "Secret: "): Promise<string> {
  if (file === "-" && canAsk()) return askHidden(question);
  try {
    const text = readFileSync(file === "-" ? 0 : file, "utf8").trim();
    if (text !== "") return text;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LastgoodError("invalid_input", `It cannot be read: ${why}.`, { hint: "Name another file." }, { cause });
  }
  throw new LastgoodError("invalid_input", "There is nothing in it.", { hint: "Give it as one line." });
}

/** One line from the terminal that does not show what is typed. */
function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = (work: () => void) => {
      stdin.setRawMode(false);
      stdin.pause();
      stdin.removeListener("data", take);
      stderr.write("\n");
      work();
    };
    const take = (text: string) => {
      for (const key of text) {
        if (key === "\r" || key === "\n" || key === "\u0004") return end(() => resolve(typed.trim()));
        if (key === "\u0003")
          return end(() => reject(new LastgoodError("cancelled", "Interrupted: nothing was kept.")));
        if (key === "\u007f" || key === "\b") typed = typed.slice(0, -1);
        else typed += key;
      }
    };
    stdin.on("data", take);
    stdin.resume();
  });
}
