// Keeps the keyboard's place: in the next row when a row leaves, at the first wrong field of a form.
let place = null

function remember() {
  const row = document.activeElement.closest("tbody tr[id]")
  if (!row) return
  const rows = [...row.parentElement.children]
  const at = rows.indexOf(row)
  const others = [...rows.slice(at + 1), ...rows.slice(0, at).reverse()]
  place = { element: document.activeElement, others }
}

// A button that rests while its request runs, or whose row has gone, leaves the focus nowhere.
function goBack() {
  if (!place || document.activeElement !== document.body) return
  const next = place.others.find((row) => row.isConnected)?.querySelector("th a")
  ;(place.element.isConnected ? place.element : next)?.focus()
}

document.addEventListener("pointerdown", () => (place = null))
document.addEventListener("htmx:beforeRequest", remember)
document.addEventListener("htmx:beforeSwap", remember)
document.addEventListener("htmx:afterRequest", goBack)

const firstWrong = (root) => root.querySelector("[aria-invalid=true]")?.focus()

document.addEventListener("htmx:afterSettle", ({ target }) => firstWrong(target))
firstWrong(document)
