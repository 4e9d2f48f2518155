/**
 * Sends logs, metrics and traces over OTLP, as OpenTelemetry's variables say. It sends nothing until
 * `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_TRACES_EXPORTER=otlp` (or `LOGS`, `METRICS`) are set. Codes and passwords are
 * only in bodies, never in URLs, so no span of a request holds them.
 */
import { Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { Otlp, OtlpSerialization } from "effect/observability"

export const layer = Otlp.layerFromConfig({ resource: { serviceName: "login" } }).pipe(
  Layer.provide([OtlpSerialization.layerJson, FetchHttpClient.layer])
)
