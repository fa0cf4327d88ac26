/** The cart is one key of the session. Changes are pure functions, so that two tabs that add at once lose nothing. */

export const ITEMS = ['Tea', 'Coffee', 'Cocoa']

export const isItem = item => ITEMS.includes(item)

export const addItem =
  item =>
  (cart = {}) => ({ ...cart, [item]: (cart[item] ?? 0) + 1 })

export const removeItem =
  item =>
  ({ [item]: count = 0, ...others } = {}) =>
    count > 1 ? { ...others, [item]: count - 1 } : others
