/** Runs the HTTP server of a contestant: prints its port, and ends with the harness, however that ends. */
export function serve(server) {
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
  process.stdin.on('error', () => process.exit())
  process.stdin.on('end', () => process.exit()).resume()
}
