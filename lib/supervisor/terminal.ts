import { styleText } from "node:util";
import type { Captured } from "./captured-databases.ts";

type Style = Parameters<typeof styleText>[0];

const clock = () => new Date().toTimeString().slice(0, 8);

/** What the person who started Lastgood sees. Colours only where a terminal shows them. */
export class Terminal {
  readonly #output: NodeJS.WriteStream;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
    // A terminal that was closed fails each write; capture goes on without anybody reading along.
    output.on("error", () => undefined);
  }

  #paint(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#output });
  }

  #print(...lines: string[]): void {
    this.#output.write(`${lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}\n`);
  }

  /** Where the console is, and on the first start the one-time link. */
  ready(facts: { url: string | null; setupUrl: string | null; data: string; logs: string; tookMs: number }): void {
    const field = (name: string, value: string) => `${this.#paint("dim", name.padEnd(10))} ${value}`;
    this.#print(
      "",
      `${this.#paint(["bold", "green"], "Ready")} ${this.#paint("dim", `in ${(facts.tookMs / 1000).toFixed(1)} s`)}`,
      "",
    );
    if (facts.url === null) this.#print(field("Agent", "without a console of its own"));
    else this.#print(field("Console", this.#paint("bold", facts.url)));
    if (facts.setupUrl) {
      this.#print(
        "",
        "First start. This link makes the owner's account; it works once:",
        this.#paint(["bold", "cyan"], facts.setupUrl),
        "",
      );
    }
    this.#print(
      field("Data", facts.data),
      field("Logs", facts.logs),
      "",
      // A service has nobody at its terminal.
      ...(this.#output.isTTY ? [this.#paint("dim", "Ctrl-C stops everything."), ""] : []),
    );
  }

  /** Something that went on by itself, yet should be known. */
  notice(source: string, text: string, level: "info" | "warning" | "error"): void {
    const style: Style = level === "error" ? "red" : level === "warning" ? "yellow" : "dim";
    this.#print(`${this.#paint("dim", clock())} ${this.#paint(style, source.padEnd(10))} ${text}`);
  }

  /** What is unprotected from now on. */
  stopping({ attachedPaths, attachedServers, hosted }: Captured): void {
    this.#print("", this.#paint("bold", "Stopping."));
    if (attachedPaths.length > 0) {
      const subject = attachedPaths.length === 1 ? "This database is" : `These ${attachedPaths.length} databases are`;
      this.#print(`${subject} ${this.#paint("yellow", "unprotected from now on")}, until Lastgood is started again:`);
      this.#print(...attachedPaths.map((file) => `  ${file}`));
      this.#print("What is committed meanwhile may become one single step of the history, shown as a gap.");
    }
    if (attachedServers > 0) {
      const whose =
        attachedServers === 1
          ? "The attached server keeps its log"
          : `${attachedServers} attached servers keep their log`;
      this.#print(`${whose} until then, on ${attachedServers === 1 ? "its" : "their"} own disk.`);
    }
    if (hosted > 0)
      this.#print(
        `${hosted === 1 ? "One hosted database is" : `${hosted} hosted databases are`} not served until then.`,
      );
  }

  stopped(tookMs: number): void {
    this.#print("", `Stopped ${this.#paint("dim", `in ${(tookMs / 1000).toFixed(1)} s`)}`, "");
  }

  /** Why it cannot start or go on: the cause, then the next step. */
  failure(message: string, hint: string | undefined, logPath?: string): void {
    this.#print("", this.#paint("red", message));
    if (hint) this.#print(hint);
    if (logPath) this.#print(`Details: ${logPath}`);
    this.#print("");
  }
}
