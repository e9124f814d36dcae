// Passkeys: a form says what it wants of the browser, data-passkey="create" or "get", and sends it.
const known = window.PublicKeyCredential?.parseRequestOptionsFromJSON

async function options({ dataset }) {
  if (!dataset.options) return JSON.parse(document.getElementById("passkey-options").textContent)
  const answer = await fetch(dataset.options, { headers: { Accept: "application/json" } })
  return answer.json()
}

async function create({ creation_options: { publicKey } }) {
  // One that the device can find by itself also signs in without a password.
  publicKey.authenticatorSelection = { residentKey: "preferred", userVerification: "preferred" }
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
}

async function get({ request_options: { publicKey } }) {
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) })
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !known
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    try {
      const credential = await (form.dataset.passkey === "create" ? create : get)(await options(form))
      form.elements.credential.value = JSON.stringify(credential)
      form.submit()
    } catch {
      form.querySelector("[role=alert]").hidden = false
    }
  })
}
