/** What the page plots, read from the stream that it follows. */

export interface Figures {
  requests: number
  p50: number | null
  p99: number | null
  errors: number
}

export interface Second {
  ours: Figures
  ordinary: Figures
  marks: { kind: string; text: string }[]
}

/** The first one that is so. */
export async function firstSecond(origin: string, isSo: (second: Second) => boolean): Promise<Second> {
  const answer = await fetch(`${origin}/contest/live`)
  let text = ''
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    const events = (text + chunk).split('\n\n')
    text = events.pop()!
    for (const event of events) {
      const data = /^event: second\ndata: (.*)$/.exec(event)?.[1]
      const second = data === undefined ? undefined : (JSON.parse(data) as Second)
      if (second !== undefined && isSo(second)) return second
    }
  }
  throw new Error('The stream of figures ended.')
}
