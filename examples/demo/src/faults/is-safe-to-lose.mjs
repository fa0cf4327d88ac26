/** Whether another node can take over from the primary. */
export function isSafeToLose(nodes) {
  const is = (role, state) => nodes.some(node => node.role === role && node.state === state)
  return is('primary', 'alive') && is('replica', 'in sync')
}
