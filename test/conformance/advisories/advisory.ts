// One row of the table of advisories.

export interface Advisory {
  readonly id: string;
  /** Whose fault it was, and which. */
  readonly concern: string;
  /** Why it cannot concern this agent, where that is not for a test to show. */
  readonly reason?: string;
  readonly check?: () => Promise<unknown> | unknown;
}
