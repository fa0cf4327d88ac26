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

export const SESSIONS = { small: SMALL, large: LARGE }

/** Each a request line, and which session its visitors have: none, or one of two hundred. */
export const WORKLOADS = [
  { name: 'anonymous', method: 'GET', path: '/anonymous', session: null },
  { name: 'read', method: 'GET', path: '/read', session: 'small' },
  { name: 'read 20 KB', method: 'GET', path: '/read', session: 'large' },
  { name: 'write', method: 'POST', path: '/write', session: 'small' },
  { name: 'login', method: 'POST', path: '/login?session=small', session: null },
]
