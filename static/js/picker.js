// How a call ended, or when to call again: the dialog that asks, the keys 1 to 6, and where the
// focus goes afterwards.
const dialog = document.getElementById("dialog")
const content = document.getElementById("dialog-content")
const keys = document.getElementById("outcome-keys")
// The rows below the one that is being dispositioned, then those above it, as they stood.
let followers = []

// --- the dialog ----------------------------------------------------------------

// It opens before it is filled: what one goes on typing must not press keys of the page.
function ask(url) {
  empty()
  dialog.showModal()
  htmx.ajax("GET", url, { source: dialog, target: content, swap: "innerHTML" })
}

// What is to be filled in first: of windows and reasons the first that one can have.
const FIRST = ".asked :is(input[type=radio], input[type=text]):enabled"

function begin(form) {
  ;(form.querySelector("[autofocus]") ?? form.querySelector(FIRST))?.focus()
}

document.addEventListener("click", (event) => {
  const way = event.target.closest("a[data-dialog], [formaction$=disposition]")
  if (!way || event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  ask(way.href ?? way.formAction)
})

function arrive() {
  const form = document.querySelector(".asking > form:not([data-begun])")
  if (!form) return
  form.dataset.begun = ""
  if (!form.querySelector("[aria-invalid=true]")) begin(form)
}

document.addEventListener("htmx:afterSettle", arrive)
arrive()

// An answer that comes late must not fill a dialog that was left.
function empty() {
  htmx.trigger(dialog, "htmx:abort")
  content.replaceChildren()
  dialog.querySelector(".dialog-said").replaceChildren()
}

// On a busy machine it has opened again before it hears that it was closed.
dialog.addEventListener("close", () => dialog.open || empty())

// A click beside the dialog leaves it.
dialog.addEventListener("pointerdown", (event) => {
  if (event.target === dialog) dialog.close()
})

// --- keys ------------------------------------------------------------------------

// Its version says how the lead was when it was read.
function leadInFocus() {
  if (keys.dataset.lead) return keys.dataset
  const row = document.activeElement.closest("tr[id^=lead-]")
  const version = row?.querySelector("[formaction$=menu]").value
  return row && { lead: row.id.replace("lead-", ""), version }
}

keys?.addEventListener("click", ({ target }) => {
  const found = leadInFocus()
  if (!found) return
  const url = `/leads/${found.lead}/disposition`
  if ("asks" in target.dataset) return ask(`${url}?outcome=${target.value}`)
  remember(found.lead)
  const values = { outcome: target.value, version: found.version }
  htmx.ajax("POST", url, { source: keys, swap: "none", values })
})

// --- the next row ------------------------------------------------------------------

const link = (id) => document.querySelector(`#${CSS.escape(id)} th a`)

function remember(lead) {
  const row = document.getElementById(`lead-${lead}`)
  const ids = row ? [...row.parentElement.children].map(({ id }) => id) : []
  const at = ids.indexOf(row?.id)
  followers = [...ids.slice(at + 1), ...ids.slice(0, at).reverse()]
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = detail.elt.closest(".asking > form")
  if (form) remember(form.dataset.lead)
})

function moveOn() {
  dialog.close()
  const next = followers.find((id) => document.getElementById(id))
  if (next) link(next).focus()
  else if (document.activeElement === document.body) document.getElementById("main").focus()
}

document.addEventListener("dispositioned", moveOn)
document.addEventListener("booked", moveOn)

document.addEventListener("noted", () => dialog.close())
document.addEventListener("undone", ({ detail }) => link(`lead-${detail.lead}`)?.focus())
