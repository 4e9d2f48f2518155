/** Starts the site with the settings from the environment. SIGINT and SIGTERM stop it gracefully. */
import { NodeRuntime } from "@effect/platform-node"
import { Layer } from "effect"
import { Live } from "./Live.ts"
import * as Server from "./Server.ts"
import * as Telemetry from "./Telemetry.ts"

Server.layer.pipe(Layer.provide(Live), Layer.provide(Telemetry.layer), Layer.launch, NodeRuntime.runMain)
