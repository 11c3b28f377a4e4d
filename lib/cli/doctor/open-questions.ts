import { openMetadataFile, openMetadataServer, type RowReader } from "../../db/read-rows.ts";
import type { MetadataPlace } from "../../metadata-place.ts";

/** Reads rows of the metadata, whichever provider holds it; changes nothing. */
export type MetadataQuestions = RowReader;

/** Opens the metadata to be read. Throws what opening it threw. */
export function openQuestions(place: MetadataPlace): Promise<MetadataQuestions> {
  return place.provider === "sqlite" ? openMetadataFile(place.file) : openMetadataServer(place.url);
}
