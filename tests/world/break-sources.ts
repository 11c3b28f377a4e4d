import type { VitestPluginContext } from "vitest/node";

/** In one source file a text that occurs once becomes another. */
type SourceBreak = { file: string; from: string; to: string };

/**
 * A plugin for the test runner that takes checks out of the sources as they are loaded, so that a control can show that
 * tests notice: LASTGOOD_TEST_BREAK holds a list of breaks. None is given in an ordinary run.
 */
export function breakSources(text: string) {
  const breaks = JSON.parse(text) as SourceBreak[];
  const breaksOf = (id: string) => breaks.filter(({ file }) => decodeURIComponent(id).endsWith(`/${file}`));
  return {
    name: "break-sources",
    enforce: "pre" as const,
    // The runner keeps what it has transformed, whole or broken in another way: what is broken here is never taken from there.
    configureVitest({ defineCacheKeyGenerator }: VitestPluginContext): void {
      defineCacheKeyGenerator(({ id }) => (breaksOf(id).length > 0 ? false : undefined));
    },
    transform(code: string, id: string): string | null {
      const due = breaksOf(id);
      if (due.length === 0) return null;
      return due.reduce((changed, { from, to }) => {
        if (changed.split(from).length !== 2) throw new Error(`${id} does not hold this text once: ${from}`);
        return changed.replace(from, () => to);
      }, code);
    },
  };
}
