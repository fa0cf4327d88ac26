/**
 * A response whose head leaves after the save. The first of `writeHead`, `flushHeaders`, `write` and `end` starts the commit; what a pipe
 * does, it does through these. Until the commit is done head and body are kept here, then they go to Node in order and this is out of
 * the way: at once where nothing has to be stored. Informational responses do not pass here, so they are never held.
 */
import type { ServerResponse } from 'node:http'
import type { HeadPatch, OpenSession } from '@sentinel-session/core'
import { applyPatch, textOf } from './exchange.ts'
import { answerInstead, dropAnswer } from './failed-answer.ts'
import { headArguments, isRefused, putHeaders } from './head-arguments.ts'
import { type Held, headHasLeft, reportHeld } from './held-report.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever a handler passes goes to Node as it is
type Method = (...args: any[]) => any
type Methods = Record<'writeHead' | 'flushHeaders' | 'write' | 'end', Method>
type Commit = OpenSession<object, object>['commit']

/** A source that was piped into the response. */
interface Source {
  unpipe(destination: ServerResponse): unknown
}

export class HeldResponse implements Held {
  readonly #res: ServerResponse
  readonly #commit: Commit
  readonly #fail: (error: unknown) => void
  /** As they were found: Node's, or those of a middleware around this one, such as compression. */
  readonly #found: Methods & { on: Method }
  readonly #ours: Methods
  readonly #sources: Source[] = []
  #stage: 'open' | 'held' | 'past' | 'failed' = 'open'
  /** The head is one that Node makes by itself. */
  #isImplicit = false
  readonly #calls: (() => void)[] = []
  #bytes = 0
  #isEnded = false
  #needsDrain = false

  /** `fail` is told when the commit fails; it answers on the same response. */
  static hold(res: ServerResponse, commit: Commit, fail: (error: unknown) => void): void {
    new HeldResponse(res, commit, fail)
  }

  private constructor(res: ServerResponse, commit: Commit, fail: (error: unknown) => void) {
    this.#res = res
    this.#commit = commit
    this.#fail = fail
    const { writeHead, flushHeaders, write, end, on } = res
    this.#found = { writeHead, flushHeaders, write, end, on }
    this.#ours = {
      writeHead: (...args) => this.#writeHead(args),
      flushHeaders: () => this.#flushHeaders(),
      write: (...args) => this.#write(args),
      end: (...args) => this.#end(args),
    }
    res.writeHead = this.#ours.writeHead
    res.flushHeaders = this.#ours.flushHeaders
    res.write = this.#ours.write
    res.end = this.#ours.end
    res.on('pipe', this.#piped)
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  get needsDrain(): boolean {
    return this.#needsDrain && !this.#isEnded
  }

  get bytes(): number {
    return this.#bytes
  }

  #writeHead(args: unknown[]): unknown {
    const head = headArguments(args)
    if (this.#stage === 'failed') return this.#res
    if (this.#stage === 'held') throw headHasLeft('write')
    if (this.#stage === 'past' || this.#res.headersSent || isRefused(head)) return this.#node('writeHead', args)
    // 101 by hand: from here on the connection speaks another protocol.
    if (head.status < 200) {
      this.#stepAside()
      return this.#node('writeHead', args)
    }
    putHeaders(this.#res, head.headers)
    this.#res.statusCode = head.status
    if (head.message !== undefined) this.#res.statusMessage = head.message
    if (!this.#isImplicit) this.#calls.push(() => this.#node('writeHead', [this.#res.statusCode]))
    this.#begin()
    return this.#res
  }

  #flushHeaders(): void {
    if (this.#stage === 'failed') return
    this.#beginImplicitly()
    this.#pass('flushHeaders', [])
  }

  #write(args: unknown[]): unknown {
    if (this.#stage === 'failed') return false
    const [chunk] = args
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return this.#node('write', args)
    this.#beginImplicitly()
    if (this.#stage === 'past') return this.#node('write', args)
    // Node says what is wrong with a write after the end: it needs no chunk for that.
    this.#pass('write', this.#isEnded ? ['', ...args.slice(1)] : args)
    if (this.#isEnded) return false
    this.#bytes += Buffer.byteLength(chunk)
    this.#needsDrain ||= this.#bytes >= this.#res.writableHighWaterMark
    return !this.#needsDrain
  }

  #end(args: unknown[]): unknown {
    if (this.#stage === 'failed') return this.#res
    const [chunk] = args
    const isChunk = typeof chunk === 'string' || chunk instanceof Uint8Array
    if (chunk && !isChunk && typeof chunk !== 'function') return this.#node('end', args)
    this.#beginImplicitly()
    this.#pass('end', args)
    if (isChunk) this.#bytes += Buffer.byteLength(chunk)
    this.#isEnded = true
    return this.#res
  }

  /** To Node, now or in its turn. */
  #pass(name: keyof Methods, args: unknown[]): void {
    if (this.#stage === 'past') this.#node(name, args)
    else this.#calls.push(() => this.#node(name, args))
  }

  #node(name: keyof Methods, args: unknown[]): unknown {
    return this.#found[name].apply(this.#res, args)
  }

  readonly #piped = (source: Source): void => {
    this.#sources.push(source)
    // A pipe into a response that nobody waits for may never write.
    if (this.#res.destroyed) this.#beginImplicitly()
    else this.#res.once('close', () => this.#beginImplicitly())
  }

  /** By `res.writeHead`: a middleware inside this one may have its own on top, and gets to see the head before the session is stored. */
  #beginImplicitly(): void {
    if (this.#stage !== 'open') return
    if (!this.#res.headersSent) {
      this.#isImplicit = true
      try {
        this.#res.writeHead(this.#res.statusCode)
      } finally {
        this.#isImplicit = this.#stage !== 'open'
      }
    }
    if (this.#stage === 'open') this.#begin()
  }

  #begin(): void {
    const res = this.#res
    const { statusCode: status, statusMessage } = res
    const told = this.#commit({ status, cacheControl: textOf(res, 'Cache-Control') })
    if (!(told instanceof Promise)) {
      this.#release(told)
      return
    }
    this.#stage = 'held'
    const tell = reportHeld(res, this)
    told.then(
      patch => {
        tell()
        res.statusCode = status
        res.statusMessage = statusMessage
        this.#release(patch)
      },
      error => {
        tell()
        this.#drop(error)
      },
    )
  }

  #release(patch: HeadPatch): void {
    const res = this.#res
    if (this.#isImplicit) res.writeHead = this.#found.writeHead
    this.#stepAside()
    try {
      applyPatch(patch, res)
      for (const call of this.#calls.splice(0)) call()
    } catch (error) {
      dropAnswer(res, error)
      applyPatch(patch, res)
      this.#fail(error)
      return
    }
    if (this.#needsDrain && !res.writableNeedDrain && !res.writableEnded && !res.destroyed) res.emit('drain')
  }

  #drop(error: unknown): void {
    this.#stepAside()
    this.#stage = 'failed'
    this.#calls.length = 0
    // Also where a middleware inside this one put its own on top: those have had their head.
    Object.assign(this.#res, this.#found)
    for (const source of this.#sources) source.unpipe(this.#res)
    dropAnswer(this.#res, error)
    if (this.#isEnded) this.#fail(error)
    else answerInstead(this.#res, () => this.#fail(error))
  }

  /** Whoever has put a method of its own on top keeps it, and gets through. */
  #stepAside(): void {
    const res = this.#res
    this.#stage = 'past'
    res.off('pipe', this.#piped)
    const [found, ours] = [this.#found, this.#ours]
    if (res.writeHead === ours.writeHead) res.writeHead = found.writeHead
    if (res.flushHeaders === ours.flushHeaders) res.flushHeaders = found.flushHeaders
    if (res.write === ours.write) res.write = found.write
    if (res.end === ours.end) res.end = found.end
  }
}
