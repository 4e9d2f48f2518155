/** Replaces `../NodeLayers.ts`: the transports of Effect 3. */
import * as Bridge from "../../../../effect3/test/driver/Bridge.ts"
import type * as NodeLayers from "../NodeLayers.ts"
import { native } from "./Http.ts"

export const isBridged: typeof NodeLayers.isBridged = true

export const undici: typeof NodeLayers.undici = 7

const { layers } = Bridge

export const nodeLayers: typeof NodeLayers.nodeLayers = {
  fetch: native(layers.fetch),
  undici: native(layers.undici),
  undiciOverHttp2: native(layers.undiciWith({ allowH2: true })),
  undiciWith: (options) => native(layers.undiciWith(options)),
  undiciThrough: (proxy) => native(layers.undiciBy(proxy)),
  nodeHttp: native(layers.nodeHttp),
  nodeHttpWith: (options) => native(layers.nodeHttpWith(options))
}
