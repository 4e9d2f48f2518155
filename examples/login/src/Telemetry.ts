/**
 * Logs, metrics and traces over OTLP, by the variables of OpenTelemetry: nothing is sent until
 * `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_TRACES_EXPORTER=otlp` (or `LOGS`, `METRICS`) are set. Codes and passwords come
 * in bodies and never in a URL of this site, so no span of a request has any.
 */
import { Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { Otlp, OtlpSerialization } from "effect/observability"

export const layer = Otlp.layerFromConfig({ resource: { serviceName: "login" } }).pipe(
  Layer.provide([OtlpSerialization.layerJson, FetchHttpClient.layer])
)
