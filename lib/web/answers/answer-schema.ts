import { z } from "zod";
import type { Bookmark } from "../../domain/bookmark.ts";

/**
 * The schema of an answer whose type the console's own pages use as well. It does not compile where schema and type are not
 * the same, so that neither moves without the other.
 */
export const answerOf =
  <Type>() =>
  <Schema extends z.ZodType<Type>>(schema: Schema & ([Type] extends [z.output<Schema>] ? unknown : never)): Schema =>
    schema;

/** Names one commit of one database. */
export const bookmark = z.custom<Bookmark>((value) => typeof value === "string").meta({ type: "string" });
/** Unix milliseconds. */
export const time = z.int();
export const timeOrNull = time.nullable();
export const text = z.string();
export const textOrNull = text.nullable();
export const count = z.int();
export const countOrNull = count.nullable();
/** For `after` (or `before`) of the next page. */
export const nextPage = text.nullable().meta({ description: "What `after` takes for the next page; null at the end." });

/** A page of a list: the rows under their name, and the cursor of the page after it. */
export const pageOf = <Name extends string, Row extends z.ZodType>(name: Name, row: Row) =>
  z.strictObject({ [name]: z.array(row), next: nextPage } as Record<Name, z.ZodArray<Row>> & { next: typeof nextPage });
