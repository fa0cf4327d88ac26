/** What a request does, and which sessions it finds. */

/** Some 500 bytes as JSON, as a shop keeps them. */
const SMALL = {
  user: { id: 'u-1842', name: 'Ada Lovelace', roles: ['customer', 'reviewer'], locale: 'en-GB' },
  cart: Array.from({ length: 4 }, (_, n) => ({
    sku: `sku-${1000 + n}`,
    name: `Tea number ${n}`,
    quantity: n + 1,
    price: 4.5,
  })),
  csrf: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
  n: 0,
}

/** Some 20 KB: 300 lines in the cart. */
const LARGE = {
  ...SMALL,
  cart: Array.from({ length: 300 }, (_, n) => ({
    sku: `sku-${1000 + n}`,
    name: `Tea number ${n}`,
    quantity: 1,
    price: 4.5,
  })),
}

/** In bytes as JSON: what the growth of a session is measured at. */
export const SIZES = [500, 2_000, 5_000, 10_000, 20_000, 50_000]

export const SESSIONS = { small: SMALL, large: LARGE, ...Object.fromEntries(SIZES.map(size => [size, ofSize(size)])) }

/** Each a request line, and which session its visitors have: none, or one of two hundred. */
export const WORKLOADS = [
  { name: 'anonymous', method: 'GET', path: '/anonymous', session: null },
  { name: 'read', method: 'GET', path: '/read', session: 'small' },
  { name: 'read 20 KB', method: 'GET', path: '/read', session: 'large' },
  { name: 'write', method: 'POST', path: '/write', session: 'small' },
  { name: 'login', method: 'POST', path: '/login?session=small', session: null },
]

/** As many lines in the cart as come next to the size. */
function ofSize(bytes) {
  const [line] = LARGE.cart
  const others = JSON.stringify({ ...LARGE, cart: [] }).length
  const lines = Math.round((bytes - others) / (JSON.stringify(line).length + 1))
  return { ...LARGE, cart: Array.from({ length: lines }, (_, n) => ({ ...line, sku: `sku-${1000 + n}` })) }
}
