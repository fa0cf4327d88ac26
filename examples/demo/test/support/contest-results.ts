/** The table of the page, as it is without a script. */
import type { Visitor } from './visitor.ts'

export interface Result {
  label: string
  ours: Row
  ordinary: Row
}

interface Row {
  acknowledged: number
  lost: number
  errors: number
}

export async function resultsOf(visitor: Visitor): Promise<Result[]> {
  const { text } = await visitor.get()
  const table = text.slice(text.indexOf('id="results"'))
  return [...table.matchAll(/class="fault-name">(.*?) <time>/g)].map(({ 1: label, index }) => ({
    label: label!,
    ours: rowOf('ours', table.slice(index)),
    ordinary: rowOf('ordinary', table.slice(index)),
  }))
}

function rowOf(store: string, table: string): Row {
  const cells = new RegExp(`class="${store}">.*?</th>(.*?)</tr>`, 's').exec(table)![1]!
  const [acknowledged, lost, errors] = [...cells.matchAll(/<td[^>]*>(\d+)<\/td>/g)].map(([, count]) => Number(count))
  return { acknowledged: acknowledged!, lost: lost!, errors: errors! }
}
