import { cleanCell } from "./clean-text.ts";
import { type Paint, paint } from "./paint.ts";
import { padToWidth, textWidth } from "./text-width.ts";

/** One cell: text of anybody, cleaned here, and how it is shown. */
export type Cell = string | number | null | { text: string; as: Paint };
export type Column = { head: string; align?: "left" | "right" };

const toText = (cell: Cell): string => {
  if (cell === null) return "-";
  return cleanCell(typeof cell === "object" ? cell.text : String(cell));
};

/** Rows under their heads, columns aligned, two spaces apart, without trailing blanks; `none` where there is none. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  if (rows.length === 0) return [paint("dim", "none")];
  const texts = rows.map((row) => row.map(toText));
  const widths = columns.map(({ head }, at) =>
    texts.reduce((most, row) => Math.max(most, textWidth(row[at] ?? "")), textWidth(head)),
  );
  const line = (cells: readonly string[], paints: readonly (Paint | null)[]) =>
    cells
      .map((text, at) => {
        const isLast = at === cells.length - 1;
        const { align = "left" } = columns[at] ?? {};
        const padded = isLast && align === "left" ? text : padToWidth(text, widths[at] ?? 0, align);
        const as = paints[at];
        return as ? paint(as, padded) : padded;
      })
      .join("  ")
      .trimEnd();
  return [
    line(
      columns.map(({ head }) => head),
      columns.map(() => "dim" as const),
    ),
    ...rows.map((row, at) =>
      line(
        texts[at] ?? [],
        row.map((cell) => (cell !== null && typeof cell === "object" ? cell.as : null)),
      ),
    ),
  ];
}

/** Facts about one thing, one a line, their names aligned; those that are null are left out. */
export function factLines(facts: readonly (readonly [name: string, value: Cell | undefined])[]): string[] {
  const shown = facts.filter(([, value]) => value !== null && value !== undefined);
  const width = shown.reduce((most, [name]) => Math.max(most, textWidth(name)), 0);
  return shown.map(([name, value]) => {
    const cell = value ?? null;
    const text = toText(cell);
    const as = cell !== null && typeof cell === "object" ? cell.as : null;
    return `${paint("dim", padToWidth(name, width))}  ${as ? paint(as, text) : text}`.trimEnd();
  });
}
