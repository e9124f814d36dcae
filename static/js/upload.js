// How far an upload is, and that a file is too large before it is sent.
const LARGEST = 25 * 2 ** 20

document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  const bar = target.querySelector("progress")
  if (!bar || !detail.lengthComputable) return
  bar.hidden = false
  bar.value = detail.loaded / detail.total
})

document.addEventListener("change", ({ target }) => {
  if (target.type !== "file") return
  const large = target.files[0]?.size > LARGEST
  target.setCustomValidity(large ? "A file has at most 25 MB." : "")
  target.reportValidity()
})
