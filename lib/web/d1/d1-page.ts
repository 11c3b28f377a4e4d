import { d1Result } from "./d1-envelope.ts";
import { d1PageSchema } from "./d1-schemas.ts";

/** One page of a short list; clients ask on until one is short. */
export function d1Page(all: readonly unknown[], query: URLSearchParams): Response {
  const { page, per_page } = d1PageSchema.parse(Object.fromEntries(query));
  const result = all.slice((page - 1) * per_page, page * per_page);
  return d1Result(result, { result_info: { page, per_page, count: result.length, total_count: all.length } });
}
