// Forms from anywhere (交办, 订阅, 注记): in a dialog, filled in beforehand; half a minute to take an assignment back. Lists by keyboard.
{
const up = document.body.dataset.up ?? ""
const token = () => document.querySelector("meta[name=xsrf]").content
const ask = (address, form) => fetch(address, {
  headers: {"X-Part": "1", ...(form ? {"X-Xsrf": token()} : {})},
  ...(form ? {method: "POST", body: new URLSearchParams(form)} : {}),
}).then(async answer => ({ok: answer.ok, text: await answer.text()}))
  .catch(() => ({ok: false, text: "连不上服务器，请稍后再试"}))

const showToast = html => {
  document.querySelector(".toast")?.remove()
  const toast = document.createElement("div")
  toast.className = "toast"
  toast.setAttribute("role", "status")
  toast.innerHTML = html
  document.body.append(toast)
  const going = setTimeout(() => toast.remove(), 30_000)
  toast.addEventListener("submit", async event => {
    event.preventDefault()
    clearTimeout(going)
    const answer = await ask(up + event.target.getAttribute("action"), new FormData(event.target))
    toast.innerHTML = answer.ok ? answer.text : ""
    if (!answer.ok) toast.textContent = answer.text
    setTimeout(() => toast.remove(), 6000)
  })
}

const openForm = async address => {
  document.querySelector("dialog.assigning")?.remove()
  const dialog = document.createElement("dialog")
  dialog.className = "assigning"
  dialog.innerHTML = "<p class='muted'>正在准备…</p>"
  document.body.append(dialog)
  dialog.addEventListener("close", () => dialog.remove())
  dialog.addEventListener("click", event => { if (event.target === dialog || event.target.closest("[data-close]")) dialog.close() })
  dialog.showModal()
  const answer = await ask(address)
  if (!answer.ok) { dialog.innerHTML = "<p class='bad' role='alert'></p><button class='tag' data-close>关闭</button>"; dialog.firstChild.textContent = answer.text; return }
  dialog.innerHTML = answer.text
  dialog.querySelector("[autofocus]")?.focus()
  dialog.addEventListener("input", event => {
    // What is typed outranks what is suggested.
    if (event.target.name === "organisation") for (const one of dialog.querySelectorAll("[name=suggested]")) one.checked = !event.target.value && one.defaultChecked
    if (event.target.type === "date") event.target.classList.toggle("blank", !event.target.value)
    if (event.target.name === "suggested") dialog.querySelector("[name=organisation]").value = ""
  })
  dialog.addEventListener("submit", async event => {
    event.preventDefault()
    const form = new FormData(event.target, event.submitter)
    for (const button of dialog.querySelectorAll("footer button")) button.disabled = true
    const sent = await ask(up + event.target.getAttribute("action"), form)
    for (const button of dialog.querySelectorAll("footer button")) button.disabled = false
    if (sent.ok) { dialog.close(); showToast(sent.text) }
    else { const told = dialog.querySelector(".refusal"); told.textContent = sent.text; told.hidden = false }
  })
}

// What is chosen on the page goes along: a card is assigned with its filters, a bar with itself chosen as well.
const addressOf = (link, more = {}) => {
  const [path, query] = link.getAttribute("href").split("?")
  const asked = new URLSearchParams(query)
  if (asked.has("card")) for (const [name, value] of new URLSearchParams(location.search)) if (value) asked.set(name, value)
  for (const [name, value] of Object.entries(more)) asked.set(name, value)
  return `${up}${path}?${asked}`
}
document.addEventListener("click", event => {
  const link = event.target.closest?.("a[data-assign], a[data-form]")
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
  event.preventDefault()
  link.closest("details.menu")?.removeAttribute("open")
  openForm(addressOf(link))
})

// What is drawn on a figure is assigned as a bar is: its views tell what lies under the pointer, its tags what that is called.
const viewsIn = function* (view) { yield view; for (const child of view.children?.() ?? []) yield* viewsIn(child) }
const drawnAt = event => {
  const path = event.composedPath()
  for (const root of window.Bokeh?.index.roots ?? []) for (const figure of viewsIn(root)) {
    const told = figure.model.type === "Figure" && path.includes(figure.el) && figure.model.tags.find(tag => tag.assigns)
    if (!told) continue
    const layer = [...viewsIn(figure)].find(view => view.model.type === "GlyphRenderer" && view.model.name === told.layer)
    const place = (figure.canvas_view ?? figure.canvas).el.getBoundingClientRect()
    const sx = event.clientX - place.left, sy = event.clientY - place.top, data = layer?.model.data_source.data
    if (!layer) continue
    if (told.labels) {
      const at = layer.hit_test({type: "point", sx, sy})?.indices[0]
      return at === undefined ? null : {[told.assigns]: told.labels[at]}
    }
    const x = figure.frame.x_scale.invert(sx), [from, until] = ["left", "right"].map(name => [...(data.get?.(name) ?? data[name])])
    const at = from.findIndex((start, n) => start <= x && x < until[n])
    const day = ms => new Date(ms).toISOString().slice(0, 10)
    return at < 0 ? null : {[told.assigns]: `${day(from[at])}_${day(until[at] - 1)}`}
  }
  return null
}
// By the right button, the keyboard's menu key, or a finger that rests: browsers that send no menu for a finger are waited for.
const assignAt = event => {
  if (!document.body.hasAttribute("data-assigns") || event.shiftKey) return false
  const bar = event.target.closest?.(".row[data-do=toggle][data-of], .row[data-do=word][data-of]")
  const link = event.target.closest?.(".card")?.querySelector("a[data-assign]")
  const more = link && (bar ? {[bar.dataset.of]: bar.dataset.value} : drawnAt(event))
  if (!more) return false
  if (!document.querySelector("dialog.assigning")) openForm(addressOf(link, more))
  return true
}
// Before Bokeh hears of it, which would open a menu of its own.
document.addEventListener("contextmenu", event => { if (assignAt(event)) { event.preventDefault(); event.stopImmediatePropagation() } }, true)
const REST = 600, MOVED = 10  // milliseconds, pixels
let resting, isPressed = false
document.addEventListener("pointerdown", event => {
  isPressed = false
  clearTimeout(resting)
  if (event.pointerType !== "touch" || !event.isPrimary) return
  const {clientX, clientY, target} = event, path = event.composedPath()
  const begun = {clientX, clientY, target, shiftKey: false, composedPath: () => path}
  resting = setTimeout(() => { isPressed = assignAt(begun) }, REST)
  const move = later => { if (Math.hypot(later.clientX - clientX, later.clientY - clientY) > MOVED) end() }
  const end = () => {
    clearTimeout(resting)
    for (const [name, heard] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) removeEventListener(name, heard, true)
  }
  for (const [name, heard] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) addEventListener(name, heard, true)
}, true)
// The finger that is lifted then chooses nothing, and does not close what it opened.
document.addEventListener("click", event => {
  if (!isPressed) return
  isPressed = false
  event.preventDefault()
  event.stopImmediatePropagation()
}, true)

// A list of tasks: J and K go through it, X chooses, Enter opens; what is chosen is done at once.
const list = document.querySelector("table[data-keys]")
if (list) {
  const rows = [...list.querySelectorAll("tbody tr")], several = list.closest("form")
  let at = -1
  const go = to => {
    rows[at]?.classList.remove("at")
    at = Math.min(Math.max(to, 0), rows.length - 1)
    rows[at].classList.add("at")
    rows[at].querySelector("a").focus({preventScroll: true})
    rows[at].scrollIntoView({block: "nearest"})
  }
  const boxes = () => [...list.querySelectorAll("tbody input[type=checkbox]")]
  const tell = () => {
    const chosen = boxes().filter(box => box.checked)
    several.elements.chosen.value = chosen.map(box => box.value).join(",")
    several.querySelector(".at-once").hidden = !chosen.length
    several.querySelector("[data-n]").textContent = chosen.length
  }
  list.addEventListener("change", event => {
    if (event.target.matches("[data-pick-all]")) for (const box of boxes()) box.checked = event.target.checked
    tell()
  })
  document.addEventListener("keydown", event => {
    if (event.target.closest?.("input, textarea, select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === "j") go(at + 1)
    else if (event.key === "k") go(at - 1)
    else if (event.key === "x" && at >= 0) { const box = rows[at].querySelector("input"); box.checked = !box.checked; tell() }
    else if (event.key === "Enter" && at >= 0 && !event.target.closest("a, button, summary")) location.href = rows[at].dataset.href
    else return
    if (event.key !== "Enter") event.preventDefault()
  })
  tell()
}

// Half a minute is over: what cannot be taken back any more is not offered.
const bar = document.querySelector(".undo-bar")
if (bar) setTimeout(() => bar.remove(), 1000 * parseFloat(bar.style.getPropertyValue("--seconds")))

// Files go one after the other as they are; each is a command of its own, so that one that is sent twice is kept once.
document.addEventListener("change", async event => {
  const form = event.target.closest?.("form[data-attach]")
  if (!form) return
  const told = form.querySelector("[role=status]"), files = [...event.target.files]
  for (const [number, file] of files.entries()) {
    if (file.size > Number(form.dataset.most)) { told.textContent = `${file.name} 超过 50 MB`; return }
    told.textContent = `正在上传 ${file.name}…`
    const address = `${up}${form.dataset.attach}-${number}&name=${encodeURIComponent(file.name)}`
    const answer = await fetch(address, {method: "POST", body: file, headers: {"X-Xsrf": token(), "Content-Type": "application/octet-stream"}}).catch(() => null)
    if (!answer?.ok) { told.textContent = answer ? await answer.text() : "连不上服务器，请稍后再试"; return }
  }
  location.reload()
})
}
// A block of text goes where one writes.
document.addEventListener("click", event => {
  const button = event.target.closest("[data-insert]")
  if (!button) return
  const field = document.getElementById(button.dataset.insert)
  const before = field.value.slice(0, field.selectionStart)
  const gap = before && !before.endsWith("\n") ? "\n" : ""
  field.setRangeText(gap + button.dataset.text, field.selectionStart, field.selectionEnd, "end")
  field.focus()
})
