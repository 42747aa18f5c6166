// Charts as tools, in the browser: one card fills the window, menus by keyboard, saying that something is loading.

// One card fills the window; its figures get the height, and their own back when it is left.
let full = null
const figuresOf = card => {
  const models = []
  for (const place of card.querySelectorAll(".figure")) {
    const root = window.Bokeh?.documents.flatMap(doc => doc.roots()).find(model => model.name === place.id)
    if (root) models.push(...[...root.references()].filter(model => model.type === "Figure"))
  }
  return models
}
const roomIn = card => {
  const taken = [...card.children].filter(part => !part.matches(".figure")).reduce((sum, part) => sum + part.offsetHeight, 0)
  return Math.max(window.innerHeight - taken - 60, 200)
}
const fit = () => {
  const room = roomIn(full.card)
  full.isFitting = true
  for (const place of full.card.querySelectorAll(".figure")) place.style.maxWidth = ""
  for (const {model} of full.figures) {
    if (model.sizing_mode === "scale_width" && model.aspect_ratio)
      for (const place of full.card.querySelectorAll(".figure")) place.style.maxWidth = `${Math.floor(room * model.aspect_ratio)}px`
    else model.height = Math.max(Math.floor(room / full.figures.length), 120)
  }
  full.isFitting = false
}
const enterFull = card => {
  if (full) leaveFull()
  card.querySelector("details.menu")?.removeAttribute("open")
  full = {card, opener: document.activeElement, scroll: window.scrollY, isFitting: false}
  full.figures = figuresOf(card).map(model => {
    const figure = {model, height: model.height}
    // What the server wants meanwhile is what the figure gets back.
    figure.heard = () => {
      if (!full || full.isFitting) return
      figure.height = model.height
      fit()
    }
    model.properties.height.change.connect(figure.heard)
    return figure
  })
  card.classList.add("full")
  document.documentElement.classList.add("has-full")
  const leave = document.createElement("button")
  leave.className = "leave-full"
  leave.innerHTML = "退出全屏<kbd> Esc</kbd>"
  leave.dataset.leave = ""
  card.prepend(leave)
  leave.focus({preventScroll: true})
  card.scrollTop = 0
  fit()
}
const leaveFull = () => {
  const {card, figures, opener, scroll} = full
  full.isFitting = true
  for (const {model, height, heard} of figures) {
    model.properties.height.change.disconnect(heard)
    if (model.height !== height) model.height = height
  }
  for (const place of card.querySelectorAll(".figure")) place.style.maxWidth = ""
  full = null
  card.querySelector(".leave-full")?.remove()
  card.classList.remove("full")
  document.documentElement.classList.remove("has-full")
  window.scrollTo({top: scroll, behavior: "instant"})
  opener?.focus?.({preventScroll: true})
}
window.addEventListener("resize", () => { if (full) fit() })
document.addEventListener("click", event => {
  const button = event.target.closest?.("[data-full]")
  if (button) enterFull(button.closest(".card"))
  if (event.target.closest?.("[data-leave]")) leaveFull()
})

// Menus by keyboard; F fills the window with the card that has the keyboard, Esc leaves.
const isTyping = at => at.closest?.("input, select, textarea, [contenteditable]")
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && full) { leaveFull(); return }
  if (event.altKey || event.ctrlKey || event.metaKey) return
  const menu = event.target.closest?.("details.menu")
  if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault()
    menu.open = true
    const items = [...menu.querySelectorAll("a, button")]
    const at = items.indexOf(document.activeElement)
    items[(at + (event.key === "ArrowDown" ? 1 : items.length - (at < 0 ? 0 : 1)) + items.length) % items.length]?.focus()
  }
  if (menu?.open && event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus() }
  if (event.key.toLowerCase() === "f" && !isTyping(event.target)) {
    const card = event.target.closest?.(".card:not(.bare)")
    if (card?.querySelector("[data-full]")) { event.preventDefault(); full ? leaveFull() : enterFull(card) }
  }
})

// A link that takes longer than a moment says so.
let leaving
document.addEventListener("click", event => {
  const link = event.target.closest?.("a[href]")
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin) return
  if (link.pathname === location.pathname && link.search === location.search) return
  clearTimeout(leaving)
  leaving = setTimeout(() => { document.documentElement.dataset.loading = "true" }, 150)
})
const arrived = () => { clearTimeout(leaving); delete document.documentElement.dataset.loading }
window.addEventListener("pageshow", arrived)
window.addEventListener("pagehide", arrived)

// The place where one was: kept with each step of the history, and gone back to when the page is as high again.
history.scrollRestoration = "manual"
let keeping
const keepPlace = () => { if (!full) history.replaceState({...history.state, scroll: window.scrollY}, "") }
window.addEventListener("scroll", () => { clearTimeout(keeping); keeping = setTimeout(keepPlace, 150) }, {passive: true})
window.addEventListener("pagehide", keepPlace)
let returning
const goBackTo = (place, tries = 80) => {
  clearTimeout(returning)
  if (place === undefined) return
  const most = document.documentElement.scrollHeight - window.innerHeight
  if (most >= place - 1 || tries === 0) window.scrollTo({top: place, behavior: "instant"})
  // Cards may still grow: it is looked at a little longer, unless someone scrolls.
  if (tries > 0) returning = setTimeout(() => goBackTo(place, most >= place - 1 ? Math.min(tries - 1, 12) : tries - 1), 60)
}
for (const name of ["wheel", "touchstart", "pointerdown", "keydown"]) window.addEventListener(name, () => clearTimeout(returning), {passive: true})
window.addEventListener("popstate", event => { if (!location.hash) goBackTo(event.state?.scroll ?? 0, 12) })
if (history.state?.scroll) goBackTo(history.state.scroll)

// Print: figures are as wide as the paper, and each page says where it is from and how far its data reach.
const PAPER = 660  // pixels between the margins of A4, less a card's own
const HIGHEST = 520
const footer = document.createElement("style")
document.head.append(footer)
const quoted = text => `"${text.replace(/["\\\n\r<]/g, sign => "\\" + sign.charCodeAt(0).toString(16) + " ")}"`
const toPaper = () => {
  for (const place of document.querySelectorAll(".figure")) {
    const zoom = Math.min(1, PAPER / Math.max(place.offsetWidth, 1), HIGHEST / Math.max(place.offsetHeight, 1))
    place.style.setProperty("--print-zoom", zoom.toFixed(4))
    place.style.setProperty("--print-width", `${place.offsetWidth}px`)
  }
  const query = location.search.slice(1).split("&").filter(part => part && !part.endsWith("=")).join("&")
  const address = decodeURIComponent(location.origin + location.pathname + (query ? "?" + query : ""))
  const reach = document.querySelector(".asof")?.textContent.match(/数据截至\s*([\d-]+ [\d:]+)/)?.[1]
  const told = (address.length > 150 ? address.slice(0, 149) + "…" : address) + (reach ? `　数据截至 ${reach}` : "")
  footer.textContent = `@page { @bottom-left { content: ${quoted(told)}; font: 8pt sans-serif; color: #555; } `
    + `@bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #555; } }`
}
window.addEventListener("beforeprint", toPaper)

// Saved views: the menu is asked for when it is opened; what is done there is a form to the same address.
const menuOfViews = document.querySelector("details.views")
const showViews = async form => {
  const place = menuOfViews.querySelector("div")
  const answer = await fetch(menuOfViews.dataset.views, form ? {method: "POST", body: new URLSearchParams(form), headers: {"X-Xsrf": document.querySelector("meta[name=xsrf]").content}} : {}).catch(() => null)
  if (answer?.ok) {
    place.innerHTML = await answer.text()
    for (const link of place.querySelectorAll("a")) link.href = new URL(link.getAttribute("href"), door())
  }
  else place.textContent = "暂时读不到保存的视图，请稍后再试。"
}
const door = () => new URL("./", new URL(menuOfViews.dataset.views, document.baseURI))
const here = () => location.pathname.slice(door().pathname.length) + location.search
menuOfViews?.addEventListener("toggle", () => { if (menuOfViews.open) showViews() })
menuOfViews?.addEventListener("submit", event => {
  event.preventDefault()
  showViews({do: "save", name: event.target.elements.name.value, address: here()})
})
menuOfViews?.addEventListener("click", event => {
  const button = event.target.closest("button[data-view]")
  if (!button) return
  const {view, id, name} = button.dataset
  if (view !== "rename") showViews({do: view, id})
  else {
    const given = prompt("视图的新名字", name)
    if (given) showViews({do: view, id, name: given})
  }
})
