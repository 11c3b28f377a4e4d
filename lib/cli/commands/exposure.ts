import { copyWords, lossPhrase, proofWords, recoveryWords, sourceWords } from "../../client/exposure-words.ts";
import { formatAgo } from "../../client/format-duration.ts";
import type { Exposure, ExposureCopy, WholeExposure } from "../../domain/exposure.ts";
import { EXIT } from "../command.ts";
import { timeWords } from "../remote/moment.ts";
import { type Cell, factLines, tableLines } from "../text/table.ts";
import { alone, verb } from "../verb.ts";

/** What would be lost if the machine died now: of everything, or of one database. */
export const exposure = alone(
  "exposure",
  verb({
    about: "what would be lost if the machine died now; exit code 6 where no copy lies elsewhere",
    takes: ["[name|id]"],
    options: {},
    examples: [
      ["exposure", "one line a database, and all together"],
      ["exposure shop", "which copies there are, and how long coming back takes"],
    ],
    async run(call, _values, [reference]) {
      const nowMs = Date.now();
      if (reference === undefined) {
        const whole = await call.api.get<WholeExposure>(`${call.namespace}/exposure`);
        call.output.answer({ ...whole }, () => [
          ...factLines([["lost if this machine died now", lossCell(whole.lost, nowMs)]]),
          "",
          ...wholeLines(whole, nowMs),
        ]);
        return whole.lost.kind === "everything" ? EXIT.busy : EXIT.ok;
      }
      const database = await call.databaseNamed(reference);
      const found = await call.api.get<Exposure>(`${database.route}/exposure`);
      call.output.answer({ ...found }, () => lines(found, call.settings.zone, nowMs));
      return found.lost.kind === "everything" ? EXIT.busy : EXIT.ok;
    },
  }),
);

function lossCell(lost: Exposure["lost"], nowMs: number): Cell {
  const text = lossPhrase(lost, nowMs);
  if (lost.kind === "nothing") return { text, as: "good" };
  return { text, as: lost.kind === "some" && !lost.andUncaptured ? "warning" : "bad" };
}

function wholeLines({ databases }: WholeExposure, nowMs: number): string[] {
  return tableLines(
    [
      { head: "database" },
      { head: "lost" },
      { head: "comes back from" },
      { head: "in" },
      { head: "last proven restore" },
    ],
    databases.map((one): Cell[] => [
      one.database,
      lossCell(one.lost, nowMs),
      sourceWords(one),
      recoveryWords(one, nowMs),
      proofCell(one, nowMs),
    ]),
  );
}

function proofCell({ proof }: Exposure, nowMs: number): Cell {
  const { words, remark } = proofWords(proof, nowMs);
  const text = remark === "" ? words : `${words}, ${remark}`;
  return proof.state === "proven" ? text : { text, as: proof.state === "failed" ? "bad" : "warning" };
}

function behindWords({ behindSinceMs }: ExposureCopy, nowMs: number): Cell {
  return behindSinceMs === null ? null : { text: `behind since ${formatAgo(behindSinceMs, nowMs)}`, as: "warning" };
}

function lines(found: Exposure, zone: string, nowMs: number): string[] {
  return [
    ...factLines([
      ["database", found.database],
      ["lost if this machine died now", lossCell(found.lost, nowMs)],
      ["of what was written by", found.countedUntilMs === null ? null : timeWords(found.countedUntilMs, zone)],
      ["comes back from", sourceWords(found)],
      ["in", recoveryWords(found, nowMs)],
      ["last proven restore", proofCell(found, nowMs)],
      [
        "history",
        found.sharesDisk === null ? null : found.sharesDisk ? "on the database's own disk" : "on another disk",
      ],
    ]),
    "",
    ...(found.copies.length === 0
      ? ["There is no copy beside the history on this machine. Store backups in a bucket, or keep a second copy."]
      : tableLines(
          [{ head: "copy" }, { head: "as of" }, { head: "would be lost" }, { head: "note" }],
          found.copies.map((copy): Cell[] => [
            copyWords(copy),
            timeWords(copy.timeMs, zone),
            copy.place === "this_machine" ? { text: "the copy as well", as: "bad" } : lossCell(copy.lost, nowMs),
            copy.problem ??
              behindWords(copy, nowMs) ??
              (copy.isNear ? "its address is this machine" : copy.needsKey ? "needs your key" : null),
          ]),
        )),
  ];
}
