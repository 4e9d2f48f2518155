/**
 * An app that already uses Effect, `HttpClient` and `Schema`: the service in
 * Effect's own introduction to `HttpClient` (`ai-docs/src/50_http-client/10_basics.ts`).
 */
import { Context, Effect, flow, Layer, Schedule, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpClientResponse } from "effect/http"

class Todo extends Schema.Class<Todo>("Todo")({
  userId: Schema.Int,
  id: Schema.Int,
  title: Schema.String,
  completed: Schema.Boolean
}) {}

class JsonPlaceholderError extends Schema.TaggedError<JsonPlaceholderError>()("JsonPlaceholderError", {
  cause: Schema.Defect()
}) {}

export class JsonPlaceholder extends Context.Service<
  JsonPlaceholder,
  {
    readonly allTodos: Effect.Effect<ReadonlyArray<Todo>, JsonPlaceholderError>
    getTodo(id: number): Effect.Effect<Todo, JsonPlaceholderError>
    createTodo(todo: Omit<Todo, "id">): Effect.Effect<Todo, JsonPlaceholderError>
  }
>()("app/JsonPlaceholder") {
  static readonly layer = Layer.effect(
    JsonPlaceholder,
    Effect.gen(function* () {
      const client = (yield* HttpClient.HttpClient).pipe(
        HttpClient.mapRequest(
          flow(HttpClientRequest.prependUrl("https://jsonplaceholder.typicode.com"), HttpClientRequest.acceptJson)
        ),
        HttpClient.filterStatusOk,
        HttpClient.retryTransient({ schedule: Schedule.exponential(100), times: 3 })
      )

      const allTodos = client.get("/todos").pipe(
        Effect.flatMap(HttpClientResponse.schemaBodyJson(Schema.Array(Todo))),
        Effect.mapError((cause) => new JsonPlaceholderError({ cause })),
        Effect.withSpan("JsonPlaceholder.allTodos")
      )

      const getTodo = Effect.fn("JsonPlaceholder.getTodo")(function* (id: number) {
        yield* Effect.annotateCurrentSpan({ id })
        return yield* client.get(`/todos/${id}`, { urlParams: { format: "json" } }).pipe(
          Effect.flatMap(HttpClientResponse.schemaBodyJson(Todo)),
          Effect.mapError((cause) => new JsonPlaceholderError({ cause }))
        )
      })

      const createTodo = Effect.fn("JsonPlaceholder.createTodo")(function* (todo: Omit<Todo, "id">) {
        return yield* HttpClientRequest.post("/todos").pipe(
          HttpClientRequest.setUrlParams({ format: "json" }),
          HttpClientRequest.bodyJsonUnsafe(todo),
          client.execute,
          Effect.flatMap(HttpClientResponse.schemaBodyJson(Todo)),
          Effect.mapError((cause) => new JsonPlaceholderError({ cause }))
        )
      })

      return JsonPlaceholder.of({ allTodos, getTodo, createTodo })
    })
  ).pipe(Layer.provide(FetchHttpClient.layer))
}

export const main = (): Promise<ReadonlyArray<Todo>> =>
  Effect.runPromise(
    Effect.provide(
      Effect.flatMap(JsonPlaceholder, (todos) => todos.allTodos),
      JsonPlaceholder.layer
    )
  )
