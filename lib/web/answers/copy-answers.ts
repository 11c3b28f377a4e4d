import { z } from "zod";
import type { CopiesView, CopyView } from "../../client/copy-types.ts";
import { answerOf, count, countOrNull, text, textOrNull, timeOrNull } from "./answer-schema.ts";
import { engine, named, origin, plainState } from "./answer-shapes.ts";

export const copyAnswer = answerOf<CopyView>()(
  z
    .strictObject({
      id: text,
      databaseId: text.meta({ description: "Of the database that it is of, here or on the machine that was lost." }),
      name: textOrNull.meta({ description: "Null, like all else, where it cannot be read." }),
      engine: engine.nullable(),
      origin: origin.nullable(),
      windowDays: countOrNull,
      oldest: plainState
        .nullable()
        .meta({ description: "The oldest commit that it can be brought back to; null: an older version wrote it." }),
      newest: plainState.nullable().meta({ description: "The newest one." }),
      completeUntilMs: timeOrNull.meta({ description: "Everything that was captured before this time is in it." }),
      writtenAtMs: timeOrNull,
      sizeBytes: count,
      isNewest: z
        .boolean()
        .meta({ description: "False: an earlier history of a database of which there is a later one." }),
      isRestorable: z.boolean(),
      problem: textOrNull.meta({
        description: "Why it cannot be brought back, or what is amiss all the same; null: it is whole.",
      }),
      here: z.strictObject({ id: textOrNull, name: textOrNull, isDeleted: z.boolean() }).nullable().meta({
        description: "The database, where this Lastgood has it; without id and name where it is another namespace's.",
      }),
      broughtBack: named
        .nullable()
        .meta({ description: "The database that was made of a copy of it last and is still there." }),
    })
    .meta({ id: "SecondCopy" }),
);

export const copiesAnswer = answerOf<CopiesView>()(
  z.strictObject({
    bucket: textOrNull.meta({ description: "Null: none is named, and no second copy is kept." }),
    prefix: text,
    endpoint: textOrNull.meta({ description: "Null: AWS." }),
    region: text.meta({ description: "Whose agent read it." }),
    copies: z.array(copyAnswer),
    metadata: z
      .array(z.strictObject({ id: text, newestMs: timeOrNull, isOurs: z.boolean(), problem: textOrNull }))
      .meta({ description: "People, policies and names of each Lastgood that ships there." }),
  }),
);
