/** What became of the commands of one batch, and what is to happen to them and to the primary. */
import type { Command, Reply } from './command.ts'
import type { Origin } from './journal.ts'
import type { Outcome } from './lane.ts'
import type { Quorum } from './quorum.ts'
import { judge } from './redis-errors.ts'

export class SentBatch {
  readonly #commands: readonly Command[]
  readonly #again = new Set<Command>()
  readonly quorum: Quorum
  /** Done, and not answered before replicas have it. */
  readonly done: { command: Command; replies: Reply[] }[] = []
  move: 'leave' | 'pause' | undefined

  constructor(commands: readonly Command[], quorum: Quorum) {
    this.#commands = commands
    this.quorum = quorum
  }

  get again(): Command[] {
    return this.#commands.filter(command => this.#again.has(command))
  }

  hear(command: Command, outcome: Outcome): void {
    if (!(outcome instanceof Error)) {
      if (this.quorum.count > 0 && command.mustBeCovered(outcome)) this.done.push({ command, replies: outcome })
      else command.answer(outcome, this.quorum.own)
      return
    }
    const verdict = judge(outcome)
    if (verdict instanceof Error) {
      command.fail(verdict)
      return
    }
    if (verdict === 'unknown') command.uncertain = true
    if (verdict === 'load-script') command.sendWholeScript()
    if (verdict === 'leave') this.#suggest('leave')
    if (verdict === 'resend') this.#suggest('pause')
    this.#again.add(command)
  }

  answerDone(origin: Origin): void {
    for (const { command, replies } of this.done) command.answer(replies, origin)
  }

  /** It may have been done for nothing: the same revisions go again. */
  doubtDone(move: 'leave' | 'pause' | undefined): void {
    for (const { command } of this.done) {
      command.uncertain = true
      this.#again.add(command)
    }
    this.#suggest(move)
  }

  /** To leave the primary outweighs a pause. */
  #suggest(move: 'leave' | 'pause' | undefined): void {
    if (move === 'leave') this.move = move
    else this.move ??= move
  }
}
