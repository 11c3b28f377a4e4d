import { setTimeout as sleep } from "node:timers/promises";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { HistoryWriter } from "../history/history-writer.ts";
import type { RestartWindow } from "../history/payload.ts";
import type { LogPosition } from "../history/records.ts";
import { type IndexHeader, readFrameHeader } from "../wal/wal-layout.ts";
import { wallClock } from "../wall-clock.ts";
import { LogGap, LogUnavailable, readingLive } from "./capture-problem.ts";
import { CommitCopier } from "./commit-copier.ts";
import type { LiveFiles } from "./live-files.ts";
import type { LogScanner } from "./log-scanner.ts";
import type { Mirror } from "./mirror.ts";
import { judgeRestart, type Restart, type Salts, sameLog, samePosition } from "./restart-rules.ts";

/** "all": every commit published when it looked is durable. "waiting": the log is between two states, look again. */
export type CaughtUp = "all" | "waiting";

/** A published frame that fails its checksum this often in a row is not being replaced: the log is damaged. */
const MOST_MISREADS = 200;
/** How long a keeper that is connected may take to vouch for its window. */
const SALT_TRIES = 50;
const VOUCHER_WITHIN_MS = 10_000;
/** Seals between two records of the mirror's checksums; what came later is verified at a start. */
const CHECKSUMS_EVERY_SEALS = 4;

/** Follows one log from a position and makes its commits durable in the history. */
export class CommitFollower {
  position: LogPosition;
  /** The clock just before the look that last found everything captured. */
  caughtUpMs = 0;
  private readonly files: LiveFiles;
  private readonly writer: HistoryWriter;
  private readonly mirror: Mirror;
  private readonly copier: CommitCopier;
  private misreads = 0;
  private vouched: Salts | null = null;
  /** Since when the log has been another one that nobody has vouched for yet. */
  private otherSinceMs: number | null = null;
  private seals = 0;

  constructor(files: LiveFiles, writer: HistoryWriter, mirror: Mirror, scanner: LogScanner) {
    this.files = files;
    this.writer = writer;
    this.mirror = mirror;
    this.copier = new CommitCopier(writer, mirror, scanner);
    this.position = writer.position;
    writer.onSeal = () => {
      this.seals++;
    };
  }

  /** Whether there may be something to do. Throws `LogUnavailable` while the log cannot be looked at. */
  hasNews(): boolean {
    if (!this.files.look()) throw new LogUnavailable("nobody has the database open");
    const nowMs = wallClock.now();
    if (this.writer.hasFailed) return true;
    const header = this.files.readIndexHeader();
    if (!header) return true;
    const isNew = header.frames !== this.position.frame || !sameLog(this.position, header);
    if (!isNew) this.caughtUpMs = nowMs;
    return isNew;
  }

  /** The salts of the log right now, or null when it cannot be read even after a moment. */
  async saltsNow(): Promise<Salts | null> {
    for (let tries = 0; tries < SALT_TRIES; tries++) {
      const header = this.files.look() ? this.files.readIndexHeader() : null;
      if (header) return { salt1: header.salt1, salt2: header.salt2 };
      await sleep(1);
    }
    return null;
  }

  /** The window that a keeper may still vouch for: recorded last, and nothing was said of it yet. */
  get openedWindow(): RestartWindow | null {
    const { window } = this.writer;
    return window && !window.confirmed && !this.vouched ? window : null;
  }

  /** A living keeper says that the log with these salts comes right behind that window; null: none does, it is void. */
  settleWindow(vouched: Salts | null): void {
    this.vouched = vouched;
    if (!vouched) this.writer.window = null;
  }

  /** After a start: whether the log is still the one that the history ends in, or may follow it. */
  judge(mayVouch: boolean): Restart {
    const header = this.header();
    if (!sameLog(this.position, header)) return this.acceptOther(header, mayVouch);
    if (header.frames < this.position.frame) return "gap";
    return this.isAtPosition(header) ? "accepted" : "gap";
  }

  /** Copies what is published when it looks, in batches that each become durable at once. Throws `LogGap`. */
  async catchUp(mayVouch: boolean): Promise<CaughtUp> {
    if (!this.files.look()) return "waiting";
    const nowMs = wallClock.now();
    const header = this.files.readIndexHeader();
    if (!header) return "waiting";
    if (!sameLog(this.position, header)) {
      const judged = this.acceptOther(header, mayVouch);
      if (judged === "wait") return "waiting";
      if (judged === "gap") throw new LogGap("the log was restarted and nobody vouches for its end");
    }
    if (header.frames < this.position.frame) throw new LogGap("the log has fewer frames than were copied");
    while (this.position.frame < header.frames) {
      if (!(await this.copyStretch(header, nowMs))) return this.misread();
    }
    if (header.sum1 !== this.position.sum1 || header.sum2 !== this.position.sum2) {
      // An empty log's header holds sums of no frame.
      if (header.frames > 0) return this.misread();
    }
    await this.flush();
    reachPoint("capture.caught-up");
    this.misreads = 0;
    this.caughtUpMs = nowMs;
    return "all";
  }

  /** Copies exactly up to a position of this log that ends a commit and that a keeper holds. Throws `LogGap`. */
  async catchUpTo(end: LogPosition): Promise<void> {
    const nowMs = wallClock.now();
    const header = { ...this.header(), frames: end.frame };
    while (sameLog(this.position, end) && this.position.frame < end.frame) {
      if (!(await this.copyStretch(header, nowMs))) throw new LogGap("the log changed while a keeper held it");
    }
    if (!samePosition(this.position, end)) throw new LogGap("the log does not lead to the image's position");
  }

  /** Writes down, durably, that all up to now is captured; later commits have later times. */
  async recordWatermark(): Promise<void> {
    this.writer.addWatermark(Math.max(this.caughtUpMs, this.writer.newest.timeMs));
    await this.flush();
    reachPoint("capture.watermark-recorded");
  }

  /** Makes what is gathered durable, then brings the mirror's file to it. */
  async flush(): Promise<void> {
    await this.writer.flush();
    this.mirror.writeOut();
    if (this.seals >= CHECKSUMS_EVERY_SEALS) {
      this.seals = 0;
      await this.writeMirrorChecksums();
    }
  }

  /** For a start that has nothing to verify. */
  writeMirrorChecksums(): Promise<void> {
    return this.mirror.writeChecksums(this.writer);
  }

  /** For the log file: what a judgement on the log was made from. */
  standing(): { position: LogPosition; window: RestartWindow | null; now: object | null } {
    const header = this.files.readIndexHeader();
    const now = header && { salt1: header.salt1, salt2: header.salt2, frames: header.frames };
    return { position: this.position, window: this.writer.window, now };
  }

  /** Writes down, durably, that a keeper is allowed to restart the log where we stand. */
  async openWindow(keeper: string): Promise<void> {
    this.vouched = null;
    this.writer.addWindow({ position: this.position, keeper, confirmed: false });
    await this.flush();
    reachPoint("window.recorded");
  }

  /** Goes on from another place in the log; what was waited for at the old one is no matter any more. */
  moveTo(position: LogPosition): void {
    this.position = position;
    this.vouched = null;
    this.otherSinceMs = null;
  }

  private async copyStretch(header: IndexHeader, nowMs: number): Promise<boolean> {
    const copied = this.copier.copyStretch(this.files.walFd, header, this.position, nowMs);
    if (copied === "replaced") return false;
    if (copied === "long") {
      await this.flush();
      this.position = await this.copier.copyLong(this.files.walFd, header, this.position);
      return true;
    }
    this.position = copied;
    reachPoint("capture.commits-gathered");
    await this.flush();
    return true;
  }

  /** Goes over to a log under other salts when it follows exactly where we stand. */
  private acceptOther(header: IndexHeader, mayVouch: boolean): Restart {
    this.otherSinceMs ??= performance.now();
    const isEarly = performance.now() - this.otherSinceMs < VOUCHER_WITHIN_MS;
    const { window } = this.writer;
    const { files, position, vouched } = this;
    const judged = readingLive("log", () =>
      judgeRestart(files.walFd, position, header, window, vouched, mayVouch && isEarly),
    );
    if (judged !== "accepted") return judged;
    const log = this.files.readLogHeader(header);
    if (!log) return "wait";
    const { salt1, salt2, sums } = log;
    this.position = { salt1, salt2, frame: 0, sum1: sums[0] ?? 0, sum2: sums[1] ?? 0 };
    if (window && this.vouched) this.writer.addWindow({ ...window, confirmed: true });
    this.writer.addPosition(this.position);
    reachPoint("capture.log-accepted");
    this.vouched = null;
    this.otherSinceMs = null;
    return "accepted";
  }

  private isAtPosition(header: IndexHeader): boolean {
    const { frame, sum1, sum2, salt1, salt2 } = this.position;
    if (frame === 0) return this.files.readLogHeader(header) !== null;
    const stored = readingLive("log", () => readFrameHeader(this.files.walFd, frame, header.pageSize));
    return (
      stored !== null &&
      stored.sum1 === sum1 &&
      stored.sum2 === sum2 &&
      stored.salt1 === salt1 &&
      stored.salt2 === salt2
    );
  }

  private header(): IndexHeader {
    const header = this.files.readIndexHeader();
    if (!header) throw new LogUnavailable("the log's index is being changed");
    return header;
  }

  private misread(): CaughtUp {
    if (++this.misreads > MOST_MISREADS) throw new LogGap("published frames of the log fail their checksum");
    return "waiting";
  }
}
