/** An app that already uses Effect 3, `HttpClient` and `Schema`: `bench/src/sizes/App.ts` on Effect 3. */
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { Effect, flow, Schedule, Schema } from "effect"

class Todo extends Schema.Class<Todo>("Todo")({
  userId: Schema.Int,
  id: Schema.Int,
  title: Schema.String,
  completed: Schema.Boolean
}) {}

class JsonPlaceholderError extends Schema.TaggedError<JsonPlaceholderError>()("JsonPlaceholderError", {
  cause: Schema.Defect
}) {}

export class JsonPlaceholder extends Effect.Service<JsonPlaceholder>()("app/JsonPlaceholder", {
  effect: Effect.gen(function* () {
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
        HttpClientRequest.bodyUnsafeJson(todo),
        client.execute,
        Effect.flatMap(HttpClientResponse.schemaBodyJson(Todo)),
        Effect.mapError((cause) => new JsonPlaceholderError({ cause }))
      )
    })

    return { allTodos, getTodo, createTodo }
  }),
  dependencies: [FetchHttpClient.layer]
}) {}

export const main = (): Promise<ReadonlyArray<Todo>> =>
  Effect.runPromise(
    Effect.provide(
      Effect.flatMap(JsonPlaceholder, (todos) => todos.allTodos),
      JsonPlaceholder.Default
    )
  )
