/** @import * as Json from "../json.ts" */
import { button, copies, find, html, showCode, text, toggles } from "./dom.js"
import { ask, keyed, left, now, paced, setClock } from "./live.js"

/** @type {(items: ReadonlyArray<Json.User>, total: number) => void} */
const showUsers = keyed(
  "users",
  html(document, "#users ul"),
  ({ name }) => name,
  (element, first) => {
    const [copyCode, show, copyToken] = Array.from(element.querySelectorAll("button"))
    const app = html(element, ".app")
    const details = html(element, "details")
    const token = html(element, ".token code")
    let user = first
    text(html(element, "h3"), first.name)
    const ring = find(element, "circle + circle", SVGElement)
    if (copyCode === undefined || show === undefined || copyToken === undefined) throw new Error("No buttons")
    copyCode.setAttribute("aria-label", `Copy the app’s code of ${first.name}`)
    show.setAttribute("aria-label", `Show the token of ${first.name}`)
    copyToken.setAttribute("aria-label", `Copy the token of ${first.name}`)
    copies(copyCode, () => user.app?.code ?? "")
    copies(copyToken, () => user.authToken)
    const isShown = toggles(show, () => redraw())
    const redraw = () => text(token, isShown() ? user.authToken : "••••••••")
    details.addEventListener(
      "toggle",
      () => {
        const image = new Image()
        image.alt = `QR code to enrol ${first.name}`
        image.src = `/_emulator/qr.svg?${new URLSearchParams({ name: first.name })}`
        details.append(image)
      },
      { once: true }
    )
    return {
      update: (next) => {
        user = next
        const unused = user.recoveryCodes.filter(({ usedAt }) => usedAt === null).length
        text(html(element, ".phone"), user.phoneNumber ?? "no phone number")
        app.hidden = details.hidden = user.app === null
        if (user.app) showCode(app, user.app.code)
        redraw()
        text(html(element, "h4 .soft"), `${unused} of ${user.recoveryCodes.length} left`)
        html(element, "h4").hidden = user.recoveryCodes.length === 0
        showRecoveryCodes(html(element, ".codes"), user.recoveryCodes)
      },
      tick: () => {
        text(html(element, ".note"), noteOf(user))
        if (user.app === null) return
        const wait = user.app.nextCodeAt - now()
        text(html(element, ".left"), `${Math.max(0, Math.ceil(wait / 1000))} s`)
        ring.setAttribute("stroke-dashoffset", String(1 - Math.max(0, wait) / user.app.period))
        if (wait <= 0) load()
      }
    }
  }
)

/** @param {Json.User} user */
const noteOf = ({ lockedUntil, twoFactor, wrongOtps }) => {
  if (lockedUntil !== null && lockedUntil > now()) return `locked for ${left(lockedUntil)}`
  if (wrongOtps > 0) return wrongOtps === 1 ? "1 wrong OTP" : `${wrongOtps} wrong OTPs`
  return twoFactor ? "" : "two-factor off"
}

/** @param {HTMLElement} list @param {Json.User["recoveryCodes"]} codes */
const showRecoveryCodes = (list, codes) => {
  const shown = JSON.stringify(codes)
  if (list.dataset["shown"] === shown) return
  list.dataset["shown"] = shown
  list.replaceChildren(
    ...codes.map(({ code, usedAt }) => {
      const item = document.createElement("li")
      const place = document.createElement("code")
      const struck = usedAt === null ? place : document.createElement("s")
      if (usedAt !== null) place.append(struck)
      struck.textContent = code
      item.append(place)
      if (usedAt !== null) {
        const used = document.createElement("span")
        used.className = "unseen"
        used.textContent = " used"
        item.append(used)
      }
      return item
    })
  )
}

/** Which users are shown. */
const wanted = { offset: 0, search: "" }
const pageSize = 10
/** For the call that the page suggests. */
export let firstToken = ""

const search = find(document, "#search", HTMLInputElement)
search.addEventListener("input", () => {
  wanted.offset = 0
  wanted.search = search.value
  load()
})

/** @param {number} by */
const turn = (by) => () => {
  wanted.offset = Math.max(0, wanted.offset + by)
  load()
}
button("#previous").addEventListener("click", turn(-pageSize))
button("#next").addEventListener("click", turn(pageSize))

export const load = paced(async () => {
  const { offset, search: name } = wanted
  /** @type {Json.Users} */
  const { now: at, total, users } = await ask(`users?${new URLSearchParams({ offset: String(offset), search: name })}`)
  setClock(at)
  if (offset === 0 && name === "") firstToken = users[0]?.authToken ?? ""
  showUsers(users, total)
  search.hidden = total <= pageSize && name === ""
  html(document, "#users nav").hidden = total <= pageSize
  text(html(document, "#range"), `${offset + 1} to ${offset + users.length} of ${total}`)
  button("#previous").disabled = offset === 0
  button("#next").disabled = offset + users.length >= total
})
