import { z } from "zod";
import type { HealthView } from "../../client/api-types.ts";
import { answerOf } from "./answer-schema.ts";

const part = z.enum(["ready", "starting", "down"]);

export const healthAnswer = answerOf<HealthView>()(
  z
    .strictObject({
      ready: z.boolean(),
      parts: z.strictObject({
        console: part,
        agent: part,
        keeper: part,
        spare: part,
        reader: part,
        receiver: part,
      }),
    })
    .meta({ id: "Health" }),
);
