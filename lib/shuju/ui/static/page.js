// What every page does in the browser without the server: menus, links of cards, saying that the line is cut.
document.addEventListener("click", event => {
  const open = document.querySelectorAll("details.menu[open], details.drawer[open]")
  for (const menu of open) if (!menu.contains(event.target)) menu.open = false
  const link = event.target.closest?.("a[data-card]")
  if (link) link.href = link.dataset.card + location.search
  const copy = event.target.closest?.("button[data-copy]")
  if (copy) {
    const address = new URL(copy.dataset.copy + location.search, document.baseURI).href
    navigator.clipboard?.writeText(address).then(() => { copy.textContent = "已复制" }, () => prompt("链接", address))
  }
})
document.addEventListener("keydown", event => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open], details.drawer[open]")) menu.open = false
})
const say = text => {
  const status = document.getElementById("status")
  if (status) { status.textContent = text; status.hidden = !text }
}
document.addEventListener("DOMContentLoaded", () => {
  const bokeh = window.Bokeh
  if (!bokeh || !document.getElementById("status")) return
  setInterval(() => {
    const lost = bokeh.documents.some(document => document.is_idle === undefined) // nothing to ask of older documents
    if (lost) say("")
  }, 60000)
  window.addEventListener("offline", () => say("网络已断开，正在等待恢复…"))
  window.addEventListener("online", () => say(""))
})
