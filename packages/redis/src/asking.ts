/** Commands for a node that is just getting their slot: it serves them to those alone who say that they were sent, each time anew. */
import type { Reply, Sending } from './command.ts'

export function asking({ parts, durability, isDone }: Sending): Sending {
  return {
    parts: parts.flatMap(part => [['ASKING'], part]),
    durability,
    isDone: replies => isDone(withoutAsking(replies)),
  }
}

/** The replies to the commands themselves. */
export function withoutAsking(replies: readonly Reply[]): Reply[] {
  return replies.filter((_, at) => at % 2 === 1)
}
