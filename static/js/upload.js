// How far an upload is, and that a file is too large before it is sent (data-largest, in MB).
document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  const bar = target.querySelector("progress")
  if (!bar || !detail.lengthComputable) return
  bar.hidden = false
  bar.value = detail.loaded / detail.total
})

document.addEventListener("change", ({ target }) => {
  if (target.type !== "file") return
  const most = target.dataset.largest ?? 25
  const large = target.files[0]?.size > most * 2 ** 20
  target.setCustomValidity(large ? `A file has at most ${most} MB.` : "")
  target.reportValidity()
})
