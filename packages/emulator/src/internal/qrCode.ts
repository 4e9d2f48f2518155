/** QR codes for authenticator apps. */
import * as Redacted from "effect/Redacted"
import { encode } from "uqr"
import type { App } from "../View.ts"

/** Draws an app's `otpauth://` URI as SVG. It is dark on light in any colour scheme, because scanners need that. */
export const qrCode = ({ uri }: App): string => {
  const { data, size } = encode(Redacted.value(uri), { border: 4 })
  const modules = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`,
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${modules.join("")}"/></svg>`
  ].join("")
}
