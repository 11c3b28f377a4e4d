// Loaded ahead of a process (node --import) to switch a rule off in it: LASTGOOD_TEST_BREAK holds a list of `RuleBreak`s.
import { registerHooks } from "node:module";
import type { RuleBreak } from "./rule-breaks.ts";

const breaks = JSON.parse(process.env.LASTGOOD_TEST_BREAK ?? "[]") as RuleBreak[];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const due = breaks.filter(({ file }) => url.endsWith(`/${file}`));
    if (due.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { from, to } of due) source = source.replace(from, () => to);
    return { ...loaded, source };
  },
});
