// A toast with Undo leaves when its countdown has run out, whoever points at it: the server's time
// runs all the same. One that is being undone waits for the answer.
document.addEventListener("animationend", ({ animationName, target }) => {
  if (animationName !== "countdown") return
  const toast = target.closest(".toast")
  if (toast.querySelector(".htmx-request")) toast.dataset.over = ""
  else leave(toast)
})

// What the focus stood on goes with the toast; the page is where the keys go on working.
function leave(toast) {
  if (toast.contains(document.activeElement)) document.getElementById("main").focus()
  toast.remove()
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const toast = detail.elt.closest(".toast.undo")
  const answered = detail.xhr.status >= 200 && detail.xhr.status < 500
  if (toast && (answered || "over" in toast.dataset)) leave(toast)
})
