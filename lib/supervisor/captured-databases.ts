import { LastgoodError } from "../domain/errors.ts";
import { readRegistry } from "../engines/sqlite/registry.ts";

/** What is captured, seen from the person who stops it: paths of attached files, and how many we host ourselves. */
export type Captured = { attachedPaths: string[]; hosted: number };

/** A registry that cannot be read is no reason not to stop: it counts as nothing captured. */
export function capturedDatabases(registryFile: string): Captured {
  try {
    const { databases } = readRegistry(registryFile);
    return {
      attachedPaths: databases.filter(({ origin }) => origin === "attached").map((database) => database.path),
      hosted: databases.filter(({ origin }) => origin === "hosted").length,
    };
  } catch (error) {
    if (error instanceof LastgoodError) return { attachedPaths: [], hosted: 0 };
    throw error;
  }
}
