/** A TCP proxy on loopback that does to a connection what networks do. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface Proxy extends AsyncDisposable {
  host: string
  port: number
  /** This share (0 to 1) of the replies is lost, and the connection with it: the server has done what it was asked. */
  loseReplies(share: number): void
  /** Every chunk waits so long, in each direction. */
  delay(ms: number): void
  /** Nothing passes any more, and nothing is closed: a black hole. `false` lets through again what comes from then on. */
  blackhole(on: boolean): void
  /** Resets every connection. */
  reset(): void
  /** How many replies were lost. */
  readonly lost: number
  stop(): Promise<void>
}

/** Looks on at one connection. */
export interface Observed {
  /** By the client, before it is passed on. */
  sent(chunk: Buffer): void
  /** From the server, before it is passed on. */
  received(chunk: Buffer): void
  closed(): void
}

/** Passes bytes between its own free port and a port of this machine. */
export function startProxy(target: { port: number }): Promise<Proxy> {
  return startObserved(target)
}

/** With somebody who looks on at each connection. */
export async function startObserved(target: { port: number }, observe?: () => Observed): Promise<Proxy> {
  const proxy = new FaultyProxy(target.port, observe)
  await proxy.listen()
  return proxy
}

class FaultyProxy implements Proxy {
  readonly host = '127.0.0.1'
  port = 0
  lost = 0
  readonly #target: number
  readonly #observe: (() => Observed) | undefined
  readonly #server: Server = createServer(socket => this.#pass(socket))
  readonly #sockets = new Set<Socket>()
  #lossShare = 0
  #delayMs = 0
  #isBlackhole = false

  constructor(target: number, observe: (() => Observed) | undefined) {
    this.#target = target
    this.#observe = observe
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, this.host, () => {
        this.port = (this.#server.address() as { port: number }).port
        resolve()
      })
    })
  }

  loseReplies(share: number): void {
    this.#lossShare = share
  }

  delay(ms: number): void {
    this.#delayMs = ms
  }

  blackhole(on: boolean): void {
    this.#isBlackhole = on
  }

  reset(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.reset()
    await new Promise(resolve => this.#server.close(resolve))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #pass(client: Socket): void {
    const server = connect(this.#target, this.host)
    const observed = this.#observe?.()
    client.on('close', () => observed?.closed())
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    client.on('data', chunk => {
      observed?.sent(chunk)
      this.#forward(chunk, server)
    })
    server.on('data', chunk => {
      observed?.received(chunk)
      if (Math.random() < this.#lossShare) {
        this.lost += 1
        client.destroy()
      } else this.#forward(chunk, client)
    })
  }

  #forward(chunk: Buffer, to: Socket): void {
    if (this.#isBlackhole) return
    if (this.#delayMs === 0) to.write(chunk)
    else setTimeout(() => to.write(chunk), this.#delayMs)
  }
}
