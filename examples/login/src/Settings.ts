/** What the environment tells: where people find this site. */
import { Config, Context, Layer, Schema } from "effect"

const isLoopback = ({ hostname }: URL) => ["localhost", "127.0.0.1", "[::1]"].includes(hostname)

const PublicUrl = Schema.URLFromString.check(
  Schema.makeFilter(
    (url: URL) =>
      url.protocol === "https:" ||
      (url.protocol === "http:" && isLoopback(url)) ||
      "it is not https:, and http: is for localhost only"
  )
)

export class Settings extends Context.Service<
  Settings,
  {
    /** As browsers send it in `Origin`. */
    readonly origin: string
    /** Whether it is served over TLS. */
    readonly isSecure: boolean
  }
>()("login/Settings") {
  /** `PUBLIC_URL` has to be set where TLS is, so that cookies are `Secure`. */
  static readonly layerConfig = Layer.effect(
    Settings,
    Config.schema(PublicUrl, "PUBLIC_URL").pipe(
      Config.withDefault(new URL("http://localhost:3000")),
      Config.map(({ origin, protocol }) => Settings.of({ origin, isSecure: protocol === "https:" }))
    )
  )
}
