/** Loads the packages with `require`, which Node allows for its ES modules. */
const { makeOtps } = require("@metal-otp/client/promise")
const { OtpsClient } = require("@metal-otp/client")
const { startEmulator } = require("@metal-otp/testing")

const kinds = [makeOtps, OtpsClient.make, startEmulator].map((value) => typeof value)
if (kinds.join() !== "function,function,function") throw new Error(`require gives ${kinds}`)
