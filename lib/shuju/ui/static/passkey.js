// Passkeys: makes one on the page of the account, signs in with one. The server says what is signed, and checks it.
const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0))
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")
const told = (form, said) => { form.querySelector("[role=alert]").textContent = said }
async function send(form, fields) {
  const headers = {"X-Xsrf": form.elements._xsrf.value}
  const answer = await fetch(form.action, {method: "POST", headers, body: new URLSearchParams(fields)})
  const said = await answer.json().catch(() => ({told: "没有成功，请刷新页面再试"}))
  if (!answer.ok) throw new Error(said.told ?? "没有成功，请刷新页面再试")
  return said
}
function plain(credential) {
  const {response} = credential, parts = {}
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = text(response[name])
  }
  return JSON.stringify({id: credential.id, rawId: text(credential.rawId), type: credential.type, response: parts})
}
async function make(form) {
  const {_xsrf, password, name} = form.elements
  const publicKey = await send(form, {_xsrf: _xsrf.value, do: "offer", password: password.value})
  publicKey.challenge = bytes(publicKey.challenge)
  publicKey.user.id = bytes(publicKey.user.id)
  for (const known of publicKey.excludeCredentials ?? []) known.id = bytes(known.id)
  const made = await navigator.credentials.create({publicKey})
  return send(form, {_xsrf: _xsrf.value, do: "keep", name: name.value, credential: plain(made)})
}
async function show(form) {
  const {_xsrf, next} = form.elements
  const publicKey = await send(form, {_xsrf: _xsrf.value, do: "ask"})
  publicKey.challenge = bytes(publicKey.challenge)
  const shown = await navigator.credentials.get({publicKey})
  return send(form, {_xsrf: _xsrf.value, do: "show", next: next.value, credential: plain(shown)})
}
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) { form.hidden = true; continue }
  form.addEventListener("submit", async event => {
    event.preventDefault()
    try {
      const done = await (form.dataset.passkey === "make" ? make(form) : show(form))
      location.href = new URL(done.next, document.baseURI).href
    } catch (error) {
      told(form, error.name === "NotAllowedError" ? "没有使用通行密钥" : error.message)
    }
  })
}
