/** What a commit puts on the response head: `append` for Set-Cookie and Vary, `set` for Cache-Control and the header of `options.header`. */
export type HeadPatch = Record<'append' | 'set', readonly (readonly [name: string, value: string])[]>
