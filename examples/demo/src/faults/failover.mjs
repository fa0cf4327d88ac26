/** What an operator does before maintenance. Sentinel promotes at once, and demotes the old primary some ten seconds later. */
export const failover = {
  label: 'Planned failover',
  begin: async (_, primary) => `SENTINEL FAILOVER: away from :${primary.port}.`,
  end: trio => trio.failover(),
}
