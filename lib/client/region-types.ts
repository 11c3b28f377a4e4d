/** Where databases can live. `pitrAvailable`: any moment of a database's window can be restored there. */
export type RegionView = { id: string; engines: ("sqlite" | "postgres")[]; pitrAvailable: boolean };
