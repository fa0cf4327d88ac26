/**
 * Express changes the prototypes of a request and its response. V8 before 13 (Node 20 and 22) gives such an object a new hidden class with
 * each property that is put on it: some 2 us a time, and no inline cache knows the object again. One that has lost a property is a
 * dictionary, and costs neither.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** As Express leaves them. */
type MaybeLinked = IncomingMessage & { res?: ServerResponse }

const isCostly = Number.parseInt(process.versions.v8, 10) < 13

/** Before anything is put on them. Nothing that a handler could see is changed; those of plain Node are left alone. */
export function shedHiddenClass(req: MaybeLinked, res: ServerResponse): void {
  if (!isCostly || req.res !== res || res.req !== req) return
  Reflect.deleteProperty(req, 'res')
  req.res = res
  Reflect.deleteProperty(res, 'req')
  Object.assign(res, { req })
}
