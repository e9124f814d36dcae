// Keys. An element says its own key, data-key="n" or data-key="g q"; pressing it clicks or focuses it.
// The two of a pair are pressed within a second.
const PAIR = 1000
let before = { key: "", at: 0 }

const rows = () => [...document.querySelectorAll("tbody tr[id] th a")]

// Behind an open dialog or menu nothing moves and nothing is pressed.
const stage = () => document.querySelector("dialog[open], :popover-open") ?? document

function step(by) {
  if (stage() !== document) return
  const links = rows()
  const here = links.indexOf(document.activeElement?.closest("tr")?.querySelector("th a"))
  const next = here < 0 ? 0 : here + by
  if (links[next]) links[next].focus()
  // Before the first row and behind the last one, other pages begin.
  else document.querySelector(by > 0 ? ".list-end [rel=next]" : ".list-end [rel=first]")?.click()
}

// What comes onto the page later has keys too: the outcomes of a dialog, the toast's Undo.
function found(key) {
  // A dialog that was just left still holds what it asked. Of two toasts the newer one is meant.
  const meant = `[data-key="${CSS.escape(key)}"]:not(dialog:not([open]) *)`
  return [...stage().querySelectorAll(meant)].at(-1)
}

function press(element) {
  if (element.matches("input")) element.select()
  element[element.matches("input") ? "focus" : "click"]()
}

// The row's box is pressed where it stands; the place in the list stays.
const box = () => stage() === document && document.activeElement?.closest("tr")?.querySelector("[type=checkbox]")

function deed(key, at) {
  if (key === "x" && box()) return () => box().click()
  if (key === "j" || key === "k") return () => step(key === "j" ? 1 : -1)
  const element = (at - before.at < PAIR && found(`${before.key} ${key}`)) || found(key)
  return element && (() => press(element))
}

const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")

function pressed(event) {
  // Where a browser fills a form in, it says no key.
  const key = event.key?.toLowerCase()
  // What needs Shift on one keyboard needs none on another; a letter never does.
  if (event.altKey || event.ctrlKey || event.metaKey || (event.shiftKey && /^\w$/.test(key))) return
  if (typing(event.target)) return
  const done = deed(key, event.timeStamp)
  before = { key: done ? "" : key, at: event.timeStamp }
  if (!done) return
  event.preventDefault()
  done()
}

if (document.body.dataset.keys !== "off") addEventListener("keydown", pressed)
