/** The page that all of them serve: who is logged in, and the way to log in and out, wherever one is. */

/** @param {string} framework @param {{ get(key: string): any }} session */
export function page(framework, session) {
  const user = session.get('user')
  const form = user === undefined ? '/login' : '/logout'
  return `<!doctype html>
<html lang="en">
<title>${framework}</title>
<h1>${framework}</h1>
<p>${user === undefined ? 'Nobody is logged in.' : `Logged in as ${user} by ${session.get('by')}.`}</p>
<form method="post" action="${form}"><button>${user === undefined ? 'Log in' : 'Log out'}</button></form>
</html>`
}

/** @param {string} framework @param {import('@sentinel-session/core').SessionStore} session */
export function logIn(framework, session) {
  session.regenerate()
  session.set('user', 'Ada')
  session.set('by', framework)
}
