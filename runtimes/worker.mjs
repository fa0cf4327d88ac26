/** For workerd, which calls it by `workerd test`. It allows no work while a module loads. */
const worker = {
  async test() {
    const { runAll } = await import('tests.mjs')
    console.log(`RESULT ${JSON.stringify(await runAll())}`)
  },
}

// biome-ignore lint/style/noDefaultExport: workerd asks for it
export default worker
