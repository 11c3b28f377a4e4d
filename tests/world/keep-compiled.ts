import path from "node:path";

/**
 * Has every process that a test starts keep what Node compiled, and find what others did: sources are TypeScript as they are, and to
 * read them anew is most of what a keeper or reader costs at its start. Changed sources are found by their content.
 */
export default function keepCompiled(): () => void {
  const outer = process.env.NODE_COMPILE_CACHE;
  process.env.NODE_COMPILE_CACHE = path.resolve(import.meta.dirname, "../../.runtime/compile-cache");
  return () => {
    if (outer === undefined) delete process.env.NODE_COMPILE_CACHE;
    else process.env.NODE_COMPILE_CACHE = outer;
  };
}
