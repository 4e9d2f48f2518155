import * as Redacted from "effect/Redacted"
import { encode } from "uqr"
import type { App } from "../View.ts"

/**
 * An enrolment as a QR code in SVG, dark on light in any colour scheme: scanners
 * want it so.
 *
 * @param app what is enrolled
 */
export const qrCode = ({ uri }: App): string => {
  const { data, size } = encode(Redacted.value(uri), { border: 4 })
  const modules = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`,
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${modules.join("")}"/></svg>`
  ].join("")
}
