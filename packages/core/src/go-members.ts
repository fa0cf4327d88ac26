/** The members of a JSON object as Go's encoding/json matches them to the fields of a struct. */

/** By lower-case name: the case does not matter, the later of two spellings counts, and `null` is as if it were not there. */
export function goMembers(parsed: object): ReadonlyMap<string, unknown> {
  const present = Object.entries(parsed).filter(([, value]) => value !== null && value !== undefined)
  return new Map(present.map(([name, value]) => [name.toLowerCase(), value]))
}
