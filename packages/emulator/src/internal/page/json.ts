/** The types of the control API's JSON, for the page's scripts. */
import type * as Model from "../../ControlModel.ts"

export type Message = typeof Model.Message.Encoded
export type Messages = typeof Model.Messages.Encoded
export type User = typeof Model.User.Encoded
export type Users = typeof Model.Users.Encoded
export type App = typeof Model.App.Encoded
export type Request = typeof Model.Request.Encoded
export type RequestDetails = typeof Model.RequestDetails.Encoded
export type Requests = typeof Model.Requests.Encoded
export type Faults = typeof Model.Faults.Encoded
export type Rule = Faults["rules"][number]
export type Clock = typeof Model.Clock.Encoded
export type Event = typeof Model.Event.Encoded
