import { type Cell, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

type Region = { id: string; name: string; engines: string[]; pitr_available: boolean };

const list = verb({
  about: "where agents run, and whether any moment can be restored there",
  options: {},
  examples: [["regions list", "every region of the namespace"]],
  async run(call) {
    const query = call.settings.namespaceGiven ? { namespace: call.settings.namespace } : {};
    const found = await call.api.get<{ regions: Region[] }>("/v1/regions", query);
    call.output.answer({ ...found }, () =>
      tableLines(
        [{ head: "region" }, { head: "engines" }, { head: "any moment" }],
        found.regions.map((one): Cell[] => [
          one.name,
          one.engines.join(", "),
          one.pitr_available ? { text: "yes", as: "good" } : { text: "no", as: "warning" },
        ]),
      ),
    );
    return 0;
  },
});

/** Where agents run. */
export const regions = group("regions", "where agents run", { list });
