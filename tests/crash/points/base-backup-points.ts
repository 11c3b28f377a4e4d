/** Where whoever takes a base backup of a cluster may die before it counts. */
export const BASE_BACKUP_POINTS = ["base.taken", "base.named"] as const;
