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
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]")
  const box = document.querySelector(".find input, .find-here input")
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && box?.offsetParent) {
    event.preventDefault()
    box.focus()
    box.select()
  }
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open], details.drawer[open]")) menu.open = false
})
// What is used before the server listens is kept, and told when it does.
window.shujuEarly = []
document.addEventListener("click", event => {
  const at = event.target.closest?.("[data-do]")
  if (!at || at.nodeName === "INPUT" || document.documentElement.dataset.live) return
  const {do: what, of = "", value = ""} = at.dataset
  window.shujuEarly.push({do: what, of, value, slot: at.closest("[data-slot]")?.dataset.slot ?? ""})
  at.classList.add("waiting")
})
// The box of a long list of labels shows those that hold what is typed; an update of the list leaves it so.
const find = box => {
  const text = box.value.trim().toLowerCase()
  const rows = [...box.parentNode.querySelectorAll(".row")]
  for (const row of rows) row.classList.toggle("left-out", !row.querySelector(".name").textContent.toLowerCase().includes(text))
  const rest = box.parentNode.querySelector("details")
  if (rest && text) rest.open = true
  box.parentNode.classList.toggle("no-match", rows.every(row => row.classList.contains("left-out")))
}
document.addEventListener("input", event => { if (event.target.matches?.("input.finds")) find(event.target) })
new MutationObserver(() => {
  for (const box of document.querySelectorAll("input.finds")) if (box.value && !box.parentNode.querySelector(".left-out")) find(box)
}).observe(document.documentElement, {subtree: true, childList: true, attributeFilter: ["class"]})
window.addEventListener("offline", () => say("网络已断开，正在等待恢复…"))
window.addEventListener("online", () => say(""))
const say = text => {
  const status = document.getElementById("status")
  if (status) { status.textContent = text; status.hidden = !text }
}
// Sections fold on a phone; a phone's filters stand behind one button. Elsewhere the same buttons do nothing to see.
document.addEventListener("click", event => {
  const fold = event.target.closest?.("[data-fold]") ?? event.target.closest?.(".prose.folds > :is(h2, h3)")
  const card = fold?.closest(".card, .prose")
  if (card) fold.setAttribute("aria-expanded", card.classList.toggle("open"))
  if (event.target.closest?.("[data-theme-turn]")) {
    const root = document.documentElement
    const isDark = (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark"
    root.dataset.theme = isDark ? "light" : "dark"
    try { localStorage.setItem("shuju-theme", root.dataset.theme) } catch { /* only until the page is left */ }
  }
})
