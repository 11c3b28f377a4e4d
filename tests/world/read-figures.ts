/** One figure as a scraper reads it. */
export type Figure = { name: string; labels: Record<string, string>; value: number };

const LINE = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/;
const PAIR = /([a-z_][a-z0-9_]*)="((?:\\.|[^"\\])*)"/g;

/** Takes the text of /metrics apart; throws for a line that is none. */
export function readFigures(text: string): Figure[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", pairs = "", value] = LINE.exec(line) ?? [];
      if (value === undefined) throw new Error(`this is no figure: ${line}`);
      const labels = Object.fromEntries(
        [...pairs.matchAll(PAIR)].map(([, key = "", escaped = ""]) => [
          key,
          escaped.replaceAll(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one)),
        ]),
      );
      return { name, labels, value: value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value) };
    });
}

/** The one figure of that name whose labels include these; null when there is none. */
export function figureOf(figures: readonly Figure[], name: string, labels: Record<string, string> = {}): number | null {
  const found = figures.filter(
    (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  );
  if (found.length > 1) throw new Error(`${name} ${JSON.stringify(labels)} is not one figure`);
  return found[0]?.value ?? null;
}
