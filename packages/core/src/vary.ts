/** The Vary header with one more name (RFC 9110, 12.5.5). */
export function withVary(current: string | null | undefined, name: string): string {
  if (!current) return name
  const named = current.split(',').map(item => item.trim().toLowerCase())
  return named.includes('*') || named.includes(name.toLowerCase()) ? current : `${current}, ${name}`
}
