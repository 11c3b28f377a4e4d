import { z } from "zod";
import { LastgoodError } from "../../domain/errors.ts";

export const d1ExportSchema = z.object({
  output_format: z.literal("polling", 'The output_format is "polling".'),
  current_bookmark: z.string().max(128).nullish(),
  dump_options: z
    .object({
      no_schema: z.boolean().nullish(),
      no_data: z.boolean().nullish(),
      tables: z.array(z.string().max(1000)).max(1000, "At most 1000 tables.").nullish(),
    })
    .nullish(),
});

/** What of the database is written. Throws `invalid_input` where that is neither schema nor rows. */
export function toSqlTextOptions({ dump_options }: z.output<typeof d1ExportSchema>) {
  const { no_schema, no_data, tables } = dump_options ?? {};
  if (no_schema && no_data) {
    throw new LastgoodError("invalid_input", "Neither schema nor data was asked for.", {
      field: "dump_options.no_data",
      hint: "Leave out no_schema or no_data.",
    });
  }
  return { schema: !no_schema, data: !no_data, tables: tables ?? [] };
}
