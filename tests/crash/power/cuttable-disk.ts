import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PREFIX = "lastgood-power-";
const MEMORY = "/dev/shm";
const IMAGE_BYTES = 256 * 1024 * 1024;
const NEEDED_BYTES = 1024 * 1024 * 1024;
const UNMOUNT_WITHIN_MS = 15_000;
/**
 * As little as possible reaches the device unless it was asked for: no journal commit by the clock, none of the writing
 * back by which ext4 forgives a missing fsync before a rename, and a commit of the journal waits for no file's data.
 */
const MOUNT_OPTIONS = "loop,noatime,noauto_da_alloc,commit=3600,data=writeback";

/** A file system of its own in an image file, mounted by a loop device. */
export class CuttableDisk {
  readonly mount: string;
  readonly #image: string;
  #isMounted = false;

  /** @param folder one made by `makeDiskFolder` */
  constructor(folder: string, name: string) {
    this.#image = path.join(imageFolderOf(folder), `${name}.img`);
    this.mount = path.join(folder, name);
    mkdirSync(this.mount);
    const fd = openSync(this.#image, "wx", 0o600);
    ftruncateSync(fd, IMAGE_BYTES);
    closeSync(fd);
    const settled = "lazy_itable_init=0,lazy_journal_init=0";
    run("mkfs.ext4", ["-q", "-F", "-b", "4096", "-N", "4096", "-J", "size=8", "-m", "0", "-E", settled, this.#image]);
    this.attach();
  }

  attach(): void {
    run("mount", ["-t", "ext4", "-o", MOUNT_OPTIONS, this.#image, this.mount]);
    this.#isMounted = true;
  }

  /** Takes the dead file system away and lets the journal be replayed and checked, as a machine does when it starts. */
  async comeBack(): Promise<void> {
    await this.detach();
    const { status, stdout, stderr } = spawnSync("e2fsck", ["-p", this.#image], { encoding: "utf8" });
    // 1: something was put right, as blocks of files that were unlinked while somebody had them open.
    if (status !== 0 && status !== 1) throw new Error(`e2fsck found damage: ${stdout}${stderr}`);
    this.attach();
  }

  /** Those who were killed may take a moment to let go of it. */
  async detach(): Promise<void> {
    if (!this.#isMounted) return;
    for (const deadline = performance.now() + UNMOUNT_WITHIN_MS; ; await sleep(5)) {
      const { status, stderr } = spawnSync("umount", [this.mount], { encoding: "utf8" });
      if (status === 0) break;
      if (performance.now() > deadline) throw new Error(`${this.mount} stays in use: ${stderr}`);
    }
    this.#isMounted = false;
  }
}

/**
 * A folder, named after this process, for mounts, and one of the same name for their images: in memory where there is room,
 * so that only what is measured is slow. Nothing below /dev may be attached, so the mounts are elsewhere.
 */
export function makeDiskFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  mkdirSync(imageFolderOf(folder), { recursive: true, mode: 0o700 });
  return folder;
}

const imageFolderOf = (folder: string) => path.join(imageRoom(), path.basename(folder), "images");

let chosenRoom: string | null = null;

function imageRoom(): string {
  if (chosenRoom === null) {
    const { bavail, bsize } = existsSync(MEMORY) ? statfsSync(MEMORY) : { bavail: 0, bsize: 0 };
    chosenRoom = bavail * bsize > NEEDED_BYTES ? MEMORY : tmpdir();
  }
  return chosenRoom;
}

/** Unmounts whatever is mounted below such a folder and removes it with its images, whatever state they are in. */
export function removeDiskFolder(folder: string): void {
  const part = `/${path.basename(folder)}/`;
  for (const mount of mountsWith(part)) {
    if (spawnSync("umount", [mount]).status !== 0) spawnSync("umount", ["-l", mount]);
  }
  for (const device of loopDevicesWith(part)) spawnSync("losetup", ["-d", device]);
  for (const room of [MEMORY, tmpdir(), path.dirname(folder)]) {
    rmSync(path.join(room, path.basename(folder)), { recursive: true, force: true });
  }
}

/** Removes what runs left behind that were killed themselves: mounts, loop devices and folders. */
export function removeLeftDisks(): void {
  const found = [MEMORY, tmpdir()]
    .filter((room) => existsSync(room))
    .flatMap((room) => readdirSync(room).map((name) => path.join(room, name)));
  for (const mount of mountsWith(`/${PREFIX}`)) found.push(path.dirname(mount));
  for (const folder of new Set(found)) {
    const name = path.basename(folder);
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) removeDiskFolder(folder);
  }
}

/** Why power cannot be cut on this machine, or null when it can. */
export function whyNoPowerCuts(): string | null {
  if (process.platform !== "linux") return "power is cut by ext4 on Linux, which this is not";
  if (process.getuid?.() !== 0) return "mounting an image needs root";
  for (const tool of ["mkfs.ext4", "e2fsck", "mount", "umount", "python3"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `${tool} is missing`;
  }
  const folder = makeDiskFolder();
  try {
    new CuttableDisk(folder, "trial");
    return null;
  } catch (error) {
    return `an image cannot be mounted: ${error instanceof Error ? error.message.trim() : String(error)}`;
  } finally {
    removeDiskFolder(folder);
  }
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}

function mountsWith(part: string): string[] {
  const points = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "");
  return points.filter((point) => point.includes(part)).reverse();
}

function loopDevicesWith(part: string): string[] {
  const { stdout } = spawnSync("losetup", ["-l", "-n", "-O", "NAME,BACK-FILE"], { encoding: "utf8" });
  return (stdout ?? "").split("\n").flatMap((line) => {
    const [device = "", file = ""] = line.trim().split(/\s+/);
    return file.includes(part) ? [device] : [];
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
