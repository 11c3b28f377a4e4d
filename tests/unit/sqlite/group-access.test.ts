import { describe, expect, it } from "vitest";
import { groupsOfUser, judgeSharing, type Sharing } from "../../../lib/engines/sqlite/preflight/group-access.ts";

const SHOP = 1000;
const OURS = 996;
/** A file of user and group shop, in a folder that passes its group on; Lastgood is in that group. */
const shared: Sharing = {
  file: { uid: SHOP, gid: SHOP, mode: 0o100660 },
  folder: { uid: SHOP, gid: SHOP, mode: 0o042770 },
  ownGroup: OURS,
  ownGroups: [OURS, SHOP],
  ownersGroups: [SHOP],
};
const refusalOf = (over: Partial<Sharing>) => judgeSharing({ ...shared, ...over }).refusal?.code ?? null;

describe("a file of another user", () => {
  it("is shared where what either creates beside it is reached by both through one group", () => {
    expect(judgeSharing(shared)).toEqual({ refusal: null, warning: null });
    expect(refusalOf({ folder: { ...shared.folder, mode: 0o040770 }, ownGroup: SHOP })).toBeNull();
  });

  it("is shared with root, who needs no group", () => {
    const ofRoot = { ...shared, file: { ...shared.file, uid: 0, gid: OURS }, ownGroups: [OURS], ownersGroups: [0] };
    expect(judgeSharing({ ...ofRoot, folder: { uid: 0, gid: OURS, mode: 0o042770 } }).refusal).toBeNull();
    expect(judgeSharing({ ...ofRoot, folder: { uid: 0, gid: 0, mode: 0o042755 } }).refusal?.code).toBe("other_owner");
  });

  it("is refused when any one part of that is missing", () => {
    expect(refusalOf({ ownGroups: [OURS] })).toBe("other_owner");
    expect(refusalOf({ file: { ...shared.file, mode: 0o100640 } })).toBe("other_owner");
    expect(refusalOf({ folder: { ...shared.folder, mode: 0o042750 } })).toBe("other_owner");
    // Without the folder's bit, or with another group of the folder, our -wal would be of our own group.
    expect(refusalOf({ folder: { ...shared.folder, mode: 0o040770 } })).toBe("other_owner");
    expect(refusalOf({ folder: { ...shared.folder, gid: 50 } })).toBe("other_owner");
    // The program could not open a -wal of a group that it is not in.
    expect(refusalOf({ ownersGroups: [100] })).toBe("other_owner");
  });

  it("is warned of where its owner is nobody whom this machine knows, as in a container", () => {
    const { refusal, warning } = judgeSharing({ ...shared, ownersGroups: null });
    expect([refusal, warning?.code]).toEqual([null, "unknown_member"]);
  });
});

it("the groups of a user are asked of the machine, which does not know everybody", async () => {
  expect(await groupsOfUser(0)).toContain(0);
  expect(await groupsOfUser(54_321)).toBeNull();
});
