// A cell whose text is cut off tells the whole of it to whoever points at it.
document.addEventListener("mouseover", ({ target }) => {
  const cell = target.closest(".rows :is(th, td)")
  if (!cell || cell.title) return
  const cut = [cell, cell.firstElementChild].some((part) => part?.scrollWidth > part?.clientWidth)
  if (cut) cell.title = cell.textContent
})
