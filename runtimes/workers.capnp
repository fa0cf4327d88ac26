using Workerd = import "/workerd/workerd.capnp";

# Loopback is no public address, and a Worker reaches nothing else by itself.
const network :Workerd.Service = (name = "internet", network = (allow = ["local", "private", "public"]));

# On this date a Worker has no module of Node.
const gateway :Workerd.Config = (
  services = [.network, (name = "app", worker = (
    modules = [(name = "worker.mjs", esModule = embed "dist/worker-gateway.mjs")],
    bindings = [
      (name = "GATEWAY_URL", fromEnvironment = "GATEWAY_URL"),
      (name = "GATEWAY_KEY", fromEnvironment = "GATEWAY_KEY"),
    ],
    compatibilityDate = "2024-09-01",
  ))],
  sockets = [(name = "http", http = (), service = "app")],
);

const ioredis :Workerd.Config = (
  services = [.network, (name = "app", worker = (
    modules = [(name = "worker.mjs", esModule = embed "dist/worker-ioredis.mjs")],
    bindings = [(name = "SAVE_PATH", fromEnvironment = "SAVE_PATH")],
    compatibilityDate = "2026-07-01",
    compatibilityFlags = ["nodejs_compat"],
  ))],
  sockets = [(name = "http", http = (), service = "app")],
);
