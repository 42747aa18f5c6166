// Writes HTML that the server made into the slots of a page, and tells the server what is used there.
// Only differences are written, node by node: the keyboard's place, what is being typed and the
// transition of a bar survive every update.

function morph(now, next) {
  const key = node => node.nodeName + (node.getAttribute?.("data-key") ?? "")
  if (key(now) !== key(next)) { now.replaceWith(next); return }
  if (now.nodeType === Node.TEXT_NODE) { if (now.data !== next.data) now.data = next.data; return }
  if (now.nodeType !== Node.ELEMENT_NODE) return
  const keepsOpen = now.nodeName === "DETAILS" && now.hasAttribute("data-touched")
  for (const {name} of [...now.attributes])
    if (!next.hasAttribute(name) && !(keepsOpen && (name === "open" || name === "data-touched"))) now.removeAttribute(name)
  for (const {name, value} of next.attributes)
    if (now.getAttribute(name) !== value && !(keepsOpen && name === "open")) now.setAttribute(name, value)
  if (now.nodeName === "INPUT" && !now.classList.contains("finds") && now.getRootNode().activeElement !== now) now.value = next.getAttribute("value") ?? ""
  morphChildren(now, next)
}

function morphChildren(now, next) {
  const shown = [...now.childNodes], wanted = [...next.childNodes]
  wanted.forEach((child, i) => i < shown.length ? morph(shown[i], child) : now.append(child))
  shown.slice(wanted.length).forEach(child => child.remove())
}

// The address holds what was chosen, and the browser remembers where one was: loading anew loses nothing.
async function comeBack() {
  const status = document.getElementById("status")
  status.textContent = "连接已断开，正在重连…"
  status.hidden = false
  for (;;) {
    await new Promise(done => setTimeout(done, 1500))
    const answer = await fetch(new URL("healthz", document.baseURI)).catch(() => null)
    if (answer?.ok) return location.reload()
  }
}

// A kernel that runs cells may drop a message, and Panel sends none while it waits for the answer to one that was
// dropped: in a notebook each is sent again, under its number, until it is heard; one after the other.
function untilHeard(model, view) {
  const waiting = []
  let last = 0, again
  const send = pause => {
    clearTimeout(again)
    if (!waiting.length) return
    model.send_msg(waiting[0])
    if (pause > FIRST_PAUSE) view.model.document?.roots().find(root => root.client_comm_id)?.process_events()
    again = setTimeout(() => send(2 * pause), pause)
  }
  model.on("heard", () => {
    if (!waiting.length || model.heard < waiting[0].number) return
    waiting.shift()
    send(FIRST_PAUSE)
  })
  return message => {
    last = Math.max(last, model.heard) + 1
    if (waiting.push({...message, number: last}) === 1) send(FIRST_PAUSE)
  }
}

const FIRST_PAUSE = 1000  // milliseconds

export function render({ model, view }) {
  const own = model.html !== ""
  const root = document.createElement("div")
  root.innerHTML = model.html
  const place = own ? root : document
  const tell = own ? untilHeard(model, view) : message => model.send_msg(message)
  let waiting
  const act = (at, value) => {
    clearTimeout(waiting)
    if (!own) waiting = setTimeout(() => { document.documentElement.dataset.busy = "true" }, 150)
    tell({do: at.dataset.do, of: at.dataset.of ?? "", value, slot: at.closest("[data-slot]")?.dataset.slot ?? ""})
  }
  model.on("heard", () => { clearTimeout(waiting); delete document.documentElement.dataset.busy })
  model.on("busy", () => {
    if (own) return
    for (const card of document.querySelectorAll("article.card")) {
      const slot = card.querySelector("[data-slot]")?.dataset.slot
      if (model.busy.includes(slot)) card.setAttribute("aria-busy", "true")
      else card.removeAttribute("aria-busy")
    }
  })
  const onClick = event => {
    const at = event.target.closest?.("[data-do]")
    if (at && at.nodeName !== "INPUT" && at.nodeName !== "SELECT") act(at, at.dataset.value ?? "")
    const touched = event.target.closest?.("summary")
    if (touched) touched.parentNode.setAttribute("data-touched", "")
  }
  const onChange = event => {
    const at = event.target.closest?.("input[data-do], select[data-do]")
    if (at) act(at, at.value)
  }
  let resting
  const onOver = event => {
    const at = event.target.closest?.("[data-enter]")
    clearTimeout(resting)
    if (at) resting = setTimeout(() => model.send_msg({do: "enter", of: at.dataset.enter, value: "", slot: ""}), 60)
  }
  place.addEventListener("click", onClick)
  place.addEventListener("change", onChange)
  place.addEventListener("pointerover", onOver)
  const write = slots => {
    for (const [slot, html] of Object.entries(slots)) {
      const at = (own ? root : document).querySelector(`[data-slot="${CSS.escape(slot)}"]`)
      if (!at) continue
      const next = document.createElement("div")
      next.innerHTML = html
      morphChildren(at, next)
    }
  }
  if (own) write(model.slots)  // drawn anew, as JupyterLab does: ``html`` is only what stood there first
  model.on("slots", () => write(model.slots))
  // Each step that the user takes is one of the browser's history; a brush in motion is one step, told when it rests.
  // What the server writes by itself, as a mended address, replaces.
  let writing, written = "", isUsed = false, isHeld = false
  const writeAddress = () => {
    clearTimeout(writing)
    if (!model.address || model.address === written) return
    if (isHeld) { writing = setTimeout(writeAddress, 100); return }
    const isStep = written && isUsed
    written = model.address
    isUsed = false
    if (isStep) history.pushState({scroll: window.scrollY}, "", "?" + written)
    else history.replaceState(history.state, "", "?" + written)
  }
  writeAddress()
  model.on("address", () => { clearTimeout(writing); writing = setTimeout(writeAddress, 200) })
  if (!own) {
    const hold = event => { isUsed = true; isHeld = event.type === "pointerdown" }
    const release = () => { isHeld = false }
    for (const name of ["pointerdown", "keydown", "change"]) document.addEventListener(name, hold, true)
    for (const name of ["pointerup", "pointercancel", "keyup", "blur"]) window.addEventListener(name, release, true)
    document.addEventListener("click", event => { if (event.target.closest?.("a[href]")) { isHeld = false; writeAddress() } }, true)
    window.addEventListener("popstate", () => {
      const asked = location.search.slice(1)
      if (asked === written) return
      clearTimeout(writing)
      written = asked
      isUsed = false
      model.send_msg({do: "address", of: "", value: asked, slot: ""})
    })
  }
  model.on("go", () => { if (!own && model.go) location.assign(model.go) })
  model.on("frame", () => {
    const frame = String(model.frame)
    requestAnimationFrame(() => model.send_msg({do: "painted", of: "", value: frame, slot: ""}))
  })
  if (!own) {
    document.documentElement.dataset.live = "true"
    // The server answers once it knows that the page is shown; what was used before that follows.
    setTimeout(() => { for (const early of (window.shujuEarly ?? []).splice(0)) model.send_msg(early) }, 50)
    Bokeh.documents[0].on_event("connection_lost", comeBack)
  }
  return root
}
