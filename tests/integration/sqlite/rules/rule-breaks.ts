/** How a rule is switched off: in one source file of the engine, a text that must occur exactly once becomes another. */
export type RuleBreak = { file: string; from: string; to: string };

/** A rule, the scenario that shows that it holds, and the ways to switch it off, each of which that scenario must notice. */
export type RuleProof = {
  title: string;
  scenario: string;
  /** Changes under which the scenario runs in any case, so that it need not wait for what takes minutes in service. */
  always?: readonly RuleBreak[];
  breaks: Readonly<Record<string, readonly RuleBreak[]>>;
};

const inFile =
  (file: string) =>
  (from: string, to: string): RuleBreak => ({ file: `lib/engines/sqlite/${file}`, from, to });

const wake = inFile("wal/wake-log.ts");
const hold = inFile("keeper/log-hold.ts");
const relieve = inFile("keeper/relieve-log.ts");
const kept = inFile("keeper/kept-database.ts");
const judge = inFile("reader/restart-rules.ts");
const words = inFile("reader/keeper-words.ts");
const live = inFile("reader/live-files.ts");
const follower = inFile("reader/commit-follower.ts");
const capture = inFile("reader/database-capture.ts");
const locked = inFile("apply/locked-log.ts");
const append = inFile("apply/append-commit.ts");
const pageOne = inFile("apply/patch-page-one.ts");
const backup = inFile("restore/backup-child.ts");
const limit = inFile("keeper/log-limit.ts");
const durable = (from: string, to: string): RuleBreak => ({ file: "lib/storage/durable-file.ts", from, to });

/** The rules by which a log is kept (A) and appended to (B), and one of files; what each means stands in docs/architecture.md. */
export const RULES: readonly RuleProof[] = [
  {
    title: "A1: a wake is one frame of page 1 that nobody can see",
    scenario: "a1-wake",
    breaks: {
      "a wake that writes nothing": [wake('connection.exec("COMMIT");', 'connection.exec("ROLLBACK");')],
      "a wake that changes what it sets": [wake("Number(version)", "Number(version) + 1")],
    },
  },
  {
    title: "A2: while a pin stands no frame behind it is backfilled and the log does not restart",
    scenario: "a2-pin",
    breaks: { "a transaction that never reads": [hold("hand.read.get();", "")] },
  },
  {
    title: "A3: the log restarts only behind what the reader has copied, and nobody commits while it is asked",
    scenario: "a3-window",
    breaks: {
      "the reader's answer does not count": [relieve('if (copied !== frames) return "refused";', "")],
      "the write lock is not taken": [relieve('if (!(await hold.lock(signal))) return "idle";', "")],
    },
  },
  {
    title: "A4: a bridge stands until a wake has succeeded, so the log restarts once and not twice",
    scenario: "a4-bridge",
    breaks: {
      "the bridge is dropped before the wake": [
        hold(
          'this.held.connection.exec("ROLLBACK");\n    reachPoint("hold.older-dropped");\n    [this.held, this.openFree] = [free, this.held];\n    this.isPin = typeof when === "string";',
          'if (this.held.connection.isTransaction) this.held.connection.exec("ROLLBACK");\n    [this.held, this.openFree] = [free, this.held];\n    this.isPin = typeof when === "string";\n    if (!this.isPin) this.held.connection.exec("ROLLBACK");',
        ),
      ],
    },
  },
  {
    title: "A5: a keeper yields to a checkpoint only as far as the reader has copied",
    scenario: "a5-yield",
    breaks: {
      "it steps aside wherever the log ends": [
        hold('typeof when === "object" && this.takenBelow > when.notBeyond', "Date.now() < 0"),
      ],
    },
  },
  {
    title: "A6: a log under new salts is accepted for a window at exactly this position or by proof, else it is a gap",
    scenario: "a6-new-salts",
    breaks: {
      "a window at another position counts": [judge("samePosition(window.position, position)", "true")],
      "the next salt is proof enough": [judge("// The file ends exactly there", "return true; // The file ends there")],
      "any salt may follow": [judge("if (header.salt1 !== (position.salt1 + 1) >>> 0) return false;", "")],
      "a frame of the old log is no matter": [judge("!sameLog(position, next) &&", "")],
    },
  },
  {
    title: "A6: the window is durable before the keeper hears that all is copied",
    scenario: "a6-window-first",
    breaks: {
      "the window is not written down": [capture("await follower.openWindow(keeper);", "")],
      "the window is written without a flush": [
        follower('await this.flush();\n    reachPoint("window.recorded");', ""),
      ],
    },
  },
  {
    title: "A7: only the keeper of the window, or its heir, may vouch, and only while it lives",
    scenario: "a7-vouching",
    breaks: {
      "any keeper's word counts": [
        words("window.keeper === word.keeper || word.heirOf.includes(window.keeper)", "true"),
      ],
      "a dead keeper's word counts": [
        words(
          "if (isAlive === false) continue;\n      if (isAlive === null || salts === null) {",
          "if (salts === null) {",
        ),
      ],
    },
  },
  {
    title: "A8: a log that was replaced, or has fewer frames under the same salts, is a gap",
    scenario: "a8-replaced-log",
    breaks: {
      "the file that is open counts, whatever its name means now": [
        live("if (now && known?.inode === now.ino) return;", "if (known) return;"),
      ],
      "fewer frames are no matter": [
        follower(
          'if (header.frames < this.position.frame) throw new LogGap("the log has fewer frames than were copied");',
          "if (header.frames < this.position.frame) this.position = { ...this.position, frame: header.frames, sum1: header.sum1, sum2: header.sum2 };",
        ),
      ],
    },
  },
  {
    title: "A9: without a reader, or without the spare once there was one, the log does not restart",
    scenario: "a9-no-restart",
    breaks: {
      "a restart without the reader": [
        kept(
          "return reader && this.mayRestart(hold) ? reader.copied(this.id, hold.id) : null;",
          "return reader ? reader.copied(this.id, hold.id) : hold.look().frames;",
        ),
        kept("return this.partners.reader !== null && (!lacksSpare || isTooLong);", "return true;"),
      ],
      "a restart without the spare": [
        kept("const lacksSpare = this.spareSeen && !this.hasSpare();", "const lacksSpare = false;"),
      ],
    },
  },
  {
    title: "A9: a log that nobody copies is given up beyond a limit, as one reported gap",
    scenario: "a9-limit",
    always: [limit("logBytes: 1024 ** 3, uncopiedMs: 60_000", "logBytes: 4 * 1024 ** 2, uncopiedMs: 500")],
    breaks: {
      "there is no limit": [limit("return now - this.uncopiedSinceMs >= this.limit.uncopiedMs;", "return false;")],
      "it is let go and not emptied, and held as before": [
        kept("await this.letGo();\n    await this.checkpointer", "await this.checkpointer"),
      ],
    },
  },
  {
    title: "B1: no raw file is closed while SQLite's locks stand, so nobody else gets the write lock",
    scenario: "b1-locks",
    breaks: {
      "the index is opened and closed under the lock": [
        locked(
          "const header = readIndexHeader(files.shm);",
          'const header = readIndexHeader(files.shm);\n    disk.closeSync(disk.openSync(connection.location() + "-shm", "r"));',
        ),
      ],
    },
  },
  {
    title: "B2: a log whose last frame is not the one that its index names is not appended to",
    scenario: "b2-agreement",
    breaks: {
      "the last frame is not looked at": [
        locked('if (!isLast) throw contradiction("the last frame is not the one that its index names");', ""),
      ],
    },
  },
  {
    title: "B3: the frames are durable before the index knows them, and copy 2 of the header comes before copy 1",
    scenario: "b3-order",
    breaks: {
      "the frames are not synced": [append("disk.fdatasyncSync(files.wal);", "")],
      "copy 1 of the header comes first": [
        append("writeWhole(shmFd, header, INDEX_HEADER);\n", "writeWhole(shmFd, header, 0);\n"),
        append(
          'reachPoint("apply.second-header-written");\n  writeWhole(shmFd, header, 0);',
          'steps.at("between headers");\n  writeWhole(shmFd, header, INDEX_HEADER);',
        ),
      ],
    },
  },
  {
    title: "B5: behind the publishing the connection runs nothing but ROLLBACK",
    scenario: "b5-stale-cache",
    breaks: {
      "a statement follows": [
        locked(
          'reachPoint("apply.rolled-back");\n    connection.close();',
          'if (connection.isTransaction) connection.exec("ROLLBACK");\n    connection.exec("PRAGMA user_version = 7");\n    connection.close();',
        ),
      ],
    },
  },
  {
    title: "B6: page 1 gets a schema cookie that no connection has seen, and the new size",
    scenario: "b6-page-one",
    breaks: {
      "the live schema cookie stays": [
        pageOne(
          "const cookie = Math.max(live.readUInt32BE(SCHEMA_COOKIE), page.readUInt32BE(SCHEMA_COOKIE), cookieFloor) + 1;",
          "const cookie = live.readUInt32BE(SCHEMA_COOKIE) + (cookieFloor & 0);",
        ),
      ],
      "the old size stays": [
        pageOne(
          "page.writeUInt32BE(sizeAfterPages, PAGE_COUNT);",
          "page.writeUInt32BE(live.readUInt32BE(PAGE_COUNT), PAGE_COUNT);",
        ),
      ],
    },
  },
  {
    title: "B8: an image that is not what was prepared is never copied over the live database",
    scenario: "b8-empty-image",
    breaks: {
      "whatever is there is copied": [
        backup("if (found.pages === pages && found.pageSize === pageSize && pages > 0) return image;", "return image;"),
      ],
    },
  },
  {
    title: "a name that was given to a file of the history is durable before anybody is told of what it holds",
    scenario: "durable-names",
    breaks: {
      "the directory is not synced": [
        durable(
          "disk.fsyncSync(fd);\n  } finally {\n    disk.closeSync(fd);\n  }\n}\n\n/** Gives",
          "} finally {\n    disk.closeSync(fd);\n  }\n}\n\n/** Gives",
        ),
      ],
    },
  },
];
