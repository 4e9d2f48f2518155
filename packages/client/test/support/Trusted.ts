/** Certificates that Node's own transports trust. */
import { Effect } from "effect"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { certificate, type Certificate } from "../../../../test/support/Certificate.ts"

/** Makes Node's transports trust an authority until this process ends. Setting it back takes longer than most tests. */
export const trust = (authority: Certificate): void =>
  setDefaultCACertificates([...getCACertificates("default"), authority.cert])

let shared: Certificate | undefined

/** A certificate for loopback that Node's transports trust: one for all servers of this process. */
export const trustedCertificate = Effect.sync(() => {
  if (shared === undefined) {
    shared = certificate()
    trust(shared)
  }
  return shared
})
