// A click anywhere on a row opens it, unless it was meant for a control or for selecting text.
document.addEventListener("click", (event) => {
  const link = event.target.closest("tbody tr[id]")?.querySelector("th a")
  const meant = event.target.closest("a, button, input, label, select") || String(getSelection())
  if (!link || meant || event.defaultPrevented) return
  if (event.metaKey || event.ctrlKey) open(link.href)
  else link.click()
})

// A cell whose text is cut off tells the whole of it to whoever points at it.
document.addEventListener("mouseover", ({ target }) => {
  const cell = target.closest(".rows :is(th, td)")
  if (!cell || cell.title) return
  const cut = [cell, cell.firstElementChild].some((part) => part?.scrollWidth > part?.clientWidth)
  if (cut) cell.title = cell.textContent
})
