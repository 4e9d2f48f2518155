import { Effect } from "effect"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { certificate } from "../../../../test/support/Certificate.ts"

/** Has Node's own transports trust an authority while the scope lasts. */
export const trust = (authority: { readonly cert: string }) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = getCACertificates("default")
      setDefaultCACertificates([...before, authority.cert])
      return before
    }),
    (before) => Effect.sync(() => setDefaultCACertificates(before))
  )

/** A certificate that they trust. */
export const trusted = Effect.suspend(() => {
  const made = certificate()
  return Effect.as(trust(made), made)
})
