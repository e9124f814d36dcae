// Selecting rows: ranges with Shift, all of the page, the row in focus with x; and the bar's counting.
const form = () => document.getElementById("bulk")
const boxes = () => [...document.querySelectorAll("tbody [form=bulk]")]
const chosen = () => boxes().filter(({ checked }) => checked)
// Selects what other pages hold too.
const matching = () => form()?.elements.all
const dialog = document.getElementById("dialog")
let last = null

function count() {
  const number = chosen().length
  const all = document.querySelector(".select-all")
  if (!all || !form()) return
  all.checked = number > 0 && number === boxes().length
  all.indeterminate = number > 0 && !all.checked
  // Who takes a row out means no longer all that match.
  if (!all.checked && matching()) matching().checked = false
  form().querySelector("output").value = matching()?.checked ? "All selected" : `${number} selected`
}

const tick = (some, checked) => some.forEach((box) => (box.checked = checked))

function range(from, to, checked) {
  const all = boxes()
  const ends = [all.indexOf(from), all.indexOf(to)]
  if (ends[0] < 0) return
  tick(all.slice(Math.min(...ends), Math.max(...ends) + 1), checked)
}

function clicked(event) {
  const { target } = event
  // Beside the box is meant for the box; it is small.
  if (target.matches("tbody td:has(> [form=bulk])")) return target.firstElementChild.click()
  if (target.matches("[data-goes-to]")) return form().querySelector(".button").focus()
  if (target.matches(".select-all")) tick(boxes(), target.checked)
  if (target === matching() && target.checked) tick(boxes(), true)
  if (target.matches("tbody [form=bulk]")) {
    if (event.shiftKey) range(last, target, target.checked)
    last = target
  }
  // A reset form is empty only after the click.
  setTimeout(count)
}

document.addEventListener("click", clicked)

// A list that is drawn anew keeps what is selected in it.
let kept = new Set()
let keptAll = false
document.addEventListener("htmx:beforeSwap", () => {
  kept = new Set(chosen().map(({ value }) => value))
  keptAll = matching()?.checked
})
document.addEventListener("htmx:afterSettle", () => {
  tick(boxes().filter(({ value }) => keptAll || kept.has(value)), true)
  if (keptAll && matching()) matching().checked = true
  count()
})

// Who gets them is asked in a dialog; without this file it is a page.
document.addEventListener("submit", (event) => {
  const url = event.submitter?.getAttribute("formaction")
  if (event.target !== form() || !url) return
  event.preventDefault()
  event.stopImmediatePropagation()
  dialog.querySelector("#dialog-content").replaceChildren()
  dialog.showModal()
  htmx.ajax("POST", url, { source: form(), target: "#dialog-content", swap: "innerHTML" })
}, true)

function begun() {
  dialog.close()
  form()?.reset()
  kept.clear()
  keptAll = false
  count()
}

document.addEventListener("bulk-begun", begun)
document.addEventListener("bulk-ended", begun)
count()
