/** Where databases can live. `pitrAvailable`: any moment of a database's window can be restored there. */
export type RegionView = {
  id: string;
  engines: ("sqlite" | "postgres")[];
  pitrAvailable: boolean;
  /** Whether an agent has started there, so that databases can be made. */
  hasStarted: boolean;
  /** Whether what is made at this console comes to be there unless another region is named. */
  isUsual: boolean;
};
