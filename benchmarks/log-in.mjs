/** A new session with these values, of a user where one is named, without a framework. */
export async function logIn(provider, values, userId) {
  const session = await provider.sessionRead('')
  for (const [key, value] of Object.entries(values)) session.set(key, value)
  if (userId !== undefined) session.bind(userId)
  await session.save()
  return session
}
