import { z } from "zod";
import { regionSchema } from "../domain/enrolment.ts";

/** What somebody says of a machine that is to become an agent. */
export const createEnrolmentSchema = z.strictObject({
  region: regionSchema.optional().meta({ description: "Where the machine is; needed unless it replaces an agent." }),
  replaces: z.uuid().optional().meta({ description: "The lost agent whose place it takes." }),
});
