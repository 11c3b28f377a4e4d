import { LastgoodError } from "../../domain/errors.ts";
import { DATABASE_PLACE, type Variable } from "../../domain/integration.ts";

/**
 * Refuses variables that would write over one another: two of one name, or one name for several databases. Throws `invalid_input`.
 */
export function requireDistinct(variables: readonly Variable[], databases: readonly string[] | null): void {
  const seen = new Set<string>();
  for (const { name } of variables) {
    if (seen.has(name)) {
      throw new LastgoodError("invalid_input", `The variable ${name} is there twice.`, {
        field: "variables",
        hint: "Give each its own name.",
      });
    }
    seen.add(name);
    if (databases?.length !== 1 && !name.includes(DATABASE_PLACE)) {
      throw new LastgoodError("invalid_input", `${name} would be pushed for several databases, one over the other.`, {
        field: "variables",
        hint: `Write ${DATABASE_PLACE} where the database's name is to stand, or choose one database.`,
      });
    }
  }
}
