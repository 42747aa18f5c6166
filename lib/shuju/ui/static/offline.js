// What a phone shows without a line: the last figures of the first page and their time, of the person who is signed in and nobody else.
// They are kept as text, under that person's key, and go when somebody else comes or the person leaves.
const CACHE = "shuju-offline", LAST = "/shuju-last-figures"
const person = document.body.dataset.person ?? ""
const forget = () => caches.delete(CACHE)
const figures = () => {
  const lead = document.querySelector(".finding-lead")?.textContent.trim()
  const kpis = [...document.querySelectorAll(".kpi")].map(kpi =>
    `${kpi.querySelector(".name").firstChild.textContent.trim()}　${kpi.querySelector(".value").textContent.trim()}`)
  const reach = document.querySelector(".asof")?.textContent.replace(/\s+/g, " ").trim()
  return [lead, ...kpis, reach].filter(Boolean)
}
const keep = async () => {
  const cache = await caches.open(CACHE), known = await (await cache.match(LAST))?.json()
  if (known && known.person !== person) await forget()
  const isHome = new URL(document.body.dataset.up || "./", location.href).pathname === location.pathname
  const lines = isHome ? figures() : []
  if (!lines.length) return
  const told = JSON.stringify({person, at: Date.now(), lines})
  await (await caches.open(CACHE)).put(LAST, new Response(told, {headers: {"Content-Type": "application/json"}}))
}
if ("serviceWorker" in navigator && "caches" in window) {
  navigator.serviceWorker.register(new URL(`${document.body.dataset.up}service-worker.js`, location.href)).catch(() => {})
  person ? keep() : forget()
  document.addEventListener("submit", event => {
    if (!event.target.matches?.("form[action$='sign-out']") || event.target.dataset.forgotten) return
    event.preventDefault()
    const {target: form, submitter} = event
    form.dataset.forgotten = "yes"
    forget().finally(() => form.requestSubmit(submitter))
  })
}
