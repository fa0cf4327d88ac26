/** Of which of Go's types an object in a session was read. Beside the object, not in it: another codec may get it to store. */

/** What an object becomes by itself. */
const PLAIN = 'map[string]interface {}'

const types = new WeakMap<object, string>()

/**
 * The name by which Go registered the type of a value that was read from a Beego session, such as `main.Cart`: of objects that were
 * structs, maps, complex numbers or values which encode themselves, where an interface held them. Undefined for all else, for
 * `map[string]interface {}`, which a plain object becomes by itself, for copies, and for what was made here.
 *
 * @example goTypeOf(ctx.session.get('cart')) // 'main.Cart'
 */
export function goTypeOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? types.get(value) : undefined
}

export function withGoType<X extends object>(object: X, name: string | undefined): X {
  if (name !== undefined && name !== PLAIN) types.set(object, name)
  return object
}
