/** The site's settings: its own address, from `PUBLIC_URL`. */
import { Config, Context, Layer, Schema } from "effect"

const isLoopback = ({ hostname }: URL) => ["localhost", "127.0.0.1", "[::1]"].includes(hostname)

const PublicUrl = Schema.URLFromString.check(
  Schema.makeFilter(
    (url: URL) =>
      url.protocol === "https:" ||
      (url.protocol === "http:" && isLoopback(url)) ||
      "Expected an https: URL, or an http: URL of localhost"
  )
)

export class Settings extends Context.Service<
  Settings,
  {
    /** The address as browsers send it in the header `Origin`. */
    readonly origin: string
    /** Whether browsers reach the site over TLS. */
    readonly isSecure: boolean
  }
>()("login/Settings") {
  /** Set `PUBLIC_URL` where there is TLS: it makes the cookies `Secure`. */
  static readonly layerConfig = Layer.effect(
    Settings,
    Config.schema(PublicUrl, "PUBLIC_URL").pipe(
      Config.withDefault(new URL("http://localhost:3000")),
      Config.map(({ origin, protocol }) => Settings.of({ origin, isSecure: protocol === "https:" }))
    )
  )
}
