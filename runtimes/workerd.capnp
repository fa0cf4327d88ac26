using Workerd = import "/workerd/workerd.capnp";

# From this date on the modules of Node are there, which the tests use to compare with.
const config :Workerd.Config = (
  services = [(name = "core", worker = (
    modules = [
      (name = "worker.mjs", esModule = embed "worker.mjs"),
      (name = "tests.mjs", esModule = embed "dist/tests.mjs"),
    ],
    compatibilityDate = "2026-11-01",
  ))],
);
