import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Layer } from "effect"

/** The emulator behind its HTTP server, with faults: all three, new wherever they are provided. */
export const serving = (emulator: Emulator.Options, server?: EmulatorServer.Options) =>
  EmulatorServer.layer(server).pipe(
    Layer.provideMerge(Emulator.layer(emulator)),
    Layer.provideMerge(Faults.layer()),
    Layer.fresh
  )
