/** The cookies of one user. They are sent back by name, also those that are meant for https: loopback counts as secure. */
export function createJar() {
  const cookies = new Map()
  return {
    /** From the Set-Cookie headers of a response. */
    take(setCookies) {
      for (const header of setCookies) {
        const [pair, ...attributes] = header.split(';')
        const at = pair.indexOf('=')
        const name = pair.slice(0, at).trim()
        if (attributes.some(isOver)) cookies.delete(name)
        else cookies.set(name, pair.slice(at + 1).trim())
      }
    },
    /** The Cookie header; '' when there are none. */
    header: () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
  }
}

function isOver(attribute) {
  const [name, value = ''] = attribute.split('=').map(part => part.trim())
  if (name.toLowerCase() === 'max-age') return Number(value) <= 0
  return name.toLowerCase() === 'expires' && Date.parse(value) <= Date.now()
}
