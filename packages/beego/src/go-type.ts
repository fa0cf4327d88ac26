/** Of which of Go's types an object in a session was read. */

const GO_TYPE: unique symbol = Symbol('sentinel-session.go-type')

/**
 * The name by which Go registered the type of a value that was read from a Beego session, such as `main.Cart`: of objects that were
 * structs, maps, complex numbers or values which encode themselves, where an interface held them. Undefined for all else, for copies,
 * and for what was made here.
 *
 * @example goTypeOf(ctx.session.get('cart')) // 'main.Cart'
 */
export function goTypeOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? (value as { [GO_TYPE]?: string })[GO_TYPE] : undefined
}

/** Nobody who looks at the members of the object sees the name. */
export function withGoType<X extends object>(object: X, name: string | undefined): X {
  return name === undefined ? object : Object.defineProperty(object, GO_TYPE, { value: name })
}
