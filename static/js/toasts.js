// Toasts leave by themselves after a while, unless somebody is reading them or they say "no";
// a request that is lost shows one.
const SHOWN_FOR = 8000
const toasts = document.getElementById("toasts")

function leave(toast) {
  if (toast.matches(":hover, :focus-within")) setTimeout(leave, SHOWN_FOR, toast)
  else toast.remove()
}

function come(toast) {
  if (toast.matches?.(".toast:not(.refusal, .undo, .going-on)")) setTimeout(leave, SHOWN_FOR, toast)
  // What stands behind an open dialog can be neither read nor heard.
  const said = document.querySelector("dialog[open] .dialog-said")
  if (said && toast.matches?.(".refusal")) said.append(toast)
}

function show(id) {
  toasts.append(document.getElementById(id).content.cloneNode(true))
}

for (const toast of toasts.children) come(toast)
new MutationObserver((changes) => {
  for (const change of changes) change.addedNodes.forEach(come)
}).observe(toasts, { childList: true })

document.addEventListener("click", ({ target }) => {
  if (target.closest("button")?.ariaLabel === "Dismiss") target.closest(".toast").remove()
})

// A deed whose answer is lost may have been done all the same.
const lost = ({ detail }) => show(detail.requestConfig.verb === "get" ? "unreachable" : "unknown")
document.addEventListener("htmx:sendError", lost)
document.addEventListener("htmx:timeout", lost)
document.addEventListener("htmx:responseError", () => show("failed"))

// A session that has ended takes nobody away from what they have half typed: sending it leads to the
// sign-in page, and back to it.
const WORDS = "[method=post] :is(textarea, input:not([type=hidden], [type=checkbox], [type=radio]))"

function staysWith(event) {
  if (![...document.querySelectorAll(WORDS)].some((field) => field.value !== field.defaultValue)) return
  event.preventDefault()
  if (!document.querySelector(".toast.ended")) show("ended")
}

document.addEventListener("left", staysWith)
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, requestConfig } = event.detail
  if (requestConfig.verb === "get" && xhr.getResponseHeader("HX-Redirect")) staysWith(event)
})

// --- Undo ------------------------------------------------------------------------

// A toast with Undo leaves when its countdown has run out, whoever points at it: the server's time
// runs all the same. One that is being undone waits for the answer.
document.addEventListener("animationend", ({ animationName, target }) => {
  if (animationName !== "countdown") return
  const toast = target.closest(".toast")
  if (toast.querySelector(".htmx-request")) toast.dataset.over = ""
  else goWithFocus(toast)
})

// What the focus stood on goes with the toast; the page is where the keys go on working.
function goWithFocus(toast) {
  if (toast.contains(document.activeElement)) document.getElementById("main").focus()
  toast.remove()
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const toast = detail.elt.closest(".toast.undo")
  const answered = detail.xhr.status >= 200 && detail.xhr.status < 500
  if (toast && (answered || "over" in toast.dataset)) goWithFocus(toast)
})
