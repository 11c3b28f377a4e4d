import { notFound } from "next/navigation";
import { LastgoodError } from "../../lib/domain/errors.ts";

/** Turns `not_found` of a use-case into the 404 page; every other error goes its way. */
export async function findOr404<Value>(lookup: Promise<Value>): Promise<Value> {
  try {
    return await lookup;
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "not_found") notFound();
    throw error;
  }
}
