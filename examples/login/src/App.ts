/** All routes of the site. The server, the stores and the client are layers that `main.ts`, `demo.ts` or a test provides. */
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import * as Account from "./Account.ts"
import * as Guard from "./Guard.ts"
import { route } from "./Pages.ts"
import * as SecondStep from "./SecondStep.ts"
import * as SignIn from "./SignIn.ts"
import { css } from "./Style.ts"
import * as TwoFactor from "./TwoFactor.ts"
import * as Visitor from "./Visitor.ts"

const Pages = Layer.mergeAll(SignIn.layer, SecondStep.layer, Account.layer, TwoFactor.layer).pipe(
  Layer.provide(Visitor.layer)
)

const Others = HttpRouter.addAll([
  route("GET", "/style.css", Effect.succeed(HttpServerResponse.text(css, { contentType: "text/css" }))),
  route("GET", "/health", Effect.succeed(HttpServerResponse.text("ok")))
])

export const Routes = Layer.mergeAll(Pages, Others, Guard.layer)
