import { HistoryWriter } from "../../../lib/engines/sqlite/history/history-writer.ts";

// Preloaded into the reader: segments are full so soon that each round seals some.
const SEAL_AT = { bytes: 2 * 1024 * 1024, commits: 16 };
const { open } = HistoryWriter;
HistoryWriter.open = (directory, sealAt = SEAL_AT) => open(directory, sealAt);
