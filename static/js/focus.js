// Keeps the keyboard's place: in the next row when a row leaves, at the first wrong field of a form.
let place = null

document.addEventListener("htmx:beforeRequest", ({ target }) => {
  const row = target.closest?.("tr[id]")
  const rows = row ? [...row.parentElement.children] : []
  const at = rows.indexOf(row)
  place = row && { row, others: [...rows.slice(at + 1), ...rows.slice(0, at).reverse()] }
})

document.addEventListener("htmx:afterRequest", () => {
  if (place && !place.row.isConnected && document.activeElement === document.body) {
    place.others.find((row) => row.isConnected)?.querySelector("th a")?.focus()
  }
  place = null
})

function firstWrong(root) {
  root.querySelector("[aria-invalid=true]")?.focus()
}

document.addEventListener("htmx:afterSettle", ({ target }) => firstWrong(target))
firstWrong(document)
