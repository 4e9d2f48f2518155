import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Layer } from "effect"

/** The emulator, its faults and its HTTP server. Each use builds new ones. */
export const serving = (emulator: Emulator.Options, server?: EmulatorServer.Options) =>
  EmulatorServer.layer(server).pipe(
    Layer.provideMerge(Emulator.layer(emulator)),
    Layer.provideMerge(Faults.layer()),
    Layer.fresh
  )
