// One's own page: a card is pinned from any page; cards come when they are near; in edit mode they are moved, sized, named, removed.
{
const up = document.body.dataset.up ?? ""
const say = (form, token = document.querySelector("meta[name=xsrf]").content) =>
  fetch(up + "mine/board", {method: "POST", body: new URLSearchParams(form), headers: {"X-Xsrf": token}})
    .then(async answer => ({status: answer.status, ok: answer.ok, text: await answer.text(), version: answer.headers.get("X-Version"), board: answer.headers.get("X-Board")}))
    .catch(() => ({status: 0, ok: false, text: "连不上服务器，请稍后再试"}))

// What was done is told for a while, with the way back.
const toast = (answer, isHtml) => {
  document.querySelector(".toast")?.remove()
  const place = document.createElement("div")
  place.className = "toast"
  place.setAttribute("role", "status")
  if (isHtml) place.innerHTML = answer; else place.textContent = answer
  for (const link of place.querySelectorAll("a")) link.href = up + link.getAttribute("href")
  document.body.append(place)
  const going = setTimeout(() => place.remove(), 30_000)
  place.addEventListener("submit", async event => {
    event.preventDefault()
    clearTimeout(going)
    const back = await say(new FormData(event.target))
    if (back.ok) place.innerHTML = back.text; else place.textContent = back.text
    setTimeout(() => place.remove(), 6000)
  })
}
document.addEventListener("click", async event => {
  const pin = event.target.closest?.("button[data-pin]")
  if (!pin) return
  pin.closest("details.menu")?.removeAttribute("open")
  const answer = await say({do: "pin", card: pin.dataset.pin, query: pin.dataset.pin.includes("?") ? "" : location.search})
  toast(answer.text, answer.ok)
})

// A card that is touched opens the page on which it is alive.
document.addEventListener("click", event => {
  const body = event.target.closest?.(".board:not(.edits) .still > .plain")
  if (!body || event.target.closest("a, button, input, select, summary") || getSelection()?.toString()) return
  body.closest(".still").querySelector("a[data-page]")?.click()
})

// What is further down comes when it is near.
const bring = async place => {
  const answer = await fetch(up + place.dataset.still, {headers: {"X-Part": "1"}}).catch(() => null)
  delete place.dataset.still
  if (answer?.ok) {
    place.innerHTML = await answer.text()
    const page = answer.headers.get("X-Page"), link = place.closest(".still")?.querySelector("a[data-page]")
    if (page && link) link.href = up + page
  }
  else {
    place.innerHTML = "<p class='empty' role='alert'></p>"
    place.firstChild.textContent = answer ? await answer.text() : "连不上服务器，请稍后再打开"
  }
}
const near = new IntersectionObserver(seen => {
  for (const one of seen) if (one.isIntersecting) { near.unobserve(one.target); bring(one.target) }
}, {rootMargin: "400px"})
for (const place of document.querySelectorAll("[data-still]")) near.observe(place)

// Arranging
const board = document.querySelector(".board.edits")
if (board) {
  const token = document.querySelector("meta[name=xsrf]").content
  const cards = () => [...board.querySelectorAll(".still")]
  const told = document.getElementById("arranged")
  const state = {board: board.dataset.board, version: board.dataset.version, saving: Promise.resolve()}
  const bar = document.createElement("div")
  bar.className = "arrange-bar line"
  bar.innerHTML = "<span>拖动图卡移动，拖右下角改大小；键盘：方向键移动，Shift＋方向键改大小，Delete 移除。</span><span class='line push'><span class='muted' data-state role='status'></span><button class='tag' data-arrange='undo'>撤销</button><button class='tag' data-arrange='mine' hidden>用我的安排</button><a class='tag' data-arrange='theirs' hidden>看最新的</a></span>"
  bar.querySelector("[data-arrange=theirs]").href = location.href
  board.before(bar)
  const shown = text => { bar.querySelector("[data-state]").textContent = text }
  const nameOf = card => card.dataset.title || card.getAttribute("aria-label")
  const isPhone = matchMedia("(max-width: 760px)")
  const read = () => {
    const order = cards()
    const byPhone = [...order].sort((a, b) => a.dataset.phone - b.dataset.phone).map(card => +card.dataset.key)
    return {
      items: order.map(card => ({key: +card.dataset.key, card: card.dataset.card, title: card.dataset.title, note: card.dataset.note, section: card.dataset.section, columns: +card.dataset.columns, rows: +card.dataset.rows})),
      phone: state.hasPhone ? byPhone : [],
    }
  }
  const setPhone = (list = cards()) => list.forEach((card, at) => { card.dataset.phone = at; card.style.setProperty("--phone", at) })
  state.hasPhone = board.classList.contains("own-order")
  for (const card of cards()) card.dataset.phone = getComputedStyle(card).getPropertyValue("--phone").trim()

  // One save after the other, each from the version that the one before made.
  const save = (what, version) => {
    if (!state.hasPhone) setPhone()
    const content = JSON.stringify(read())
    told.textContent = what
    shown("正在保存…")
    state.saving = state.saving.then(async () => {
      const answer = await say({do: "arrange", board: state.board, version: version ?? state.version, content, told: what}, token)
      bar.querySelector("[data-arrange=mine]").hidden = bar.querySelector("[data-arrange=theirs]").hidden = answer.status !== 409
      if (answer.ok) { state.version = answer.version; state.board = answer.board; shown(`已保存：${what}`) }
      else { if (answer.status === 409) state.newest = answer.version; shown(answer.text) }
    })
    return state.saving
  }
  const resize = (card, columns, rows) => {
    card.dataset.columns = Math.min(12, Math.max(3, columns))
    card.dataset.rows = Math.min(6, Math.max(1, rows))
    card.style.setProperty("--columns", card.dataset.columns)
    card.style.setProperty("--rows", card.dataset.rows)
  }
  const move = (card, by) => {
    const list = isPhone.matches ? cards().sort((a, b) => a.dataset.phone - b.dataset.phone) : cards()
    const at = list.indexOf(card), to = Math.min(Math.max(at + by, 0), list.length - 1)
    if (to === at) { told.textContent = `${nameOf(card)} 已在${by < 0 ? "最前" : "最后"}`; return }
    if (isPhone.matches) {
      list.splice(at, 1); list.splice(to, 0, card)
      state.hasPhone = true
      board.classList.add("own-order")
      setPhone(list)
    } else if (by < 0) list[to].before(card); else list[to].after(card)
    card.focus()
    save(`${nameOf(card)} 移到第 ${to + 1} 位，共 ${list.length} 位`)
  }
  const remove = card => {
    const list = cards(), at = list.indexOf(card)
    card.remove()
    ;(list[at + 1] ?? list[at - 1])?.focus()
    save(`移除 ${nameOf(card)}`)
  }
  for (const card of cards()) {
    card.tabIndex = 0
    card.draggable = true
    card.setAttribute("aria-roledescription", "可移动的图卡")
    const tools = document.createElement("div")
    tools.className = "arranging"
    tools.innerHTML = "<input data-field='title' maxlength='60' placeholder='标题' aria-label='标题'><input data-field='note' maxlength='500' placeholder='备注' aria-label='备注'><input data-field='section' maxlength='30' placeholder='分区' aria-label='分区'><button class='tag small' data-by='-1' aria-label='上移'>↑</button><button class='tag small' data-by='1' aria-label='下移'>↓</button><button class='tag small' data-gone>移除</button>"
    for (const input of tools.querySelectorAll("input")) {
      input.value = card.dataset[input.dataset.field]
      input.addEventListener("change", () => {
        card.dataset[input.dataset.field] = input.value
        save(`改${input.placeholder}：${input.value || "（空）"}`)
      })
    }
    tools.addEventListener("click", event => {
      if (event.target.dataset.by) move(card, +event.target.dataset.by)
      if (event.target.hasAttribute("data-gone")) remove(card)
    })
    card.querySelector("header").after(tools)
    const handle = document.createElement("span")
    handle.className = "handle"
    handle.setAttribute("aria-hidden", "true")
    card.append(handle)
    handle.addEventListener("pointerdown", event => {
      event.preventDefault()
      handle.setPointerCapture(event.pointerId)
      card.draggable = false
      const from = {x: event.clientX, y: event.clientY, columns: +card.dataset.columns, rows: +card.dataset.rows}
      const column = board.clientWidth / 12, row = 9.5 * parseFloat(getComputedStyle(document.documentElement).fontSize)
      const follow = one => resize(card, from.columns + Math.round((one.clientX - from.x) / column), from.rows + Math.round((one.clientY - from.y) / row))
      handle.addEventListener("pointermove", follow)
      handle.addEventListener("pointerup", () => {
        handle.removeEventListener("pointermove", follow)
        card.draggable = true
        save(`${nameOf(card)} 改为 ${card.dataset.columns} 列 ${card.dataset.rows} 行`)
      }, {once: true})
    })
  }
  let moved = null
  board.addEventListener("dragstart", event => {
    moved = event.target.closest?.(".still")
    moved?.classList.add("moving")
    event.dataTransfer.effectAllowed = "move"
    event.dataTransfer.setData("text/plain", moved?.dataset.key ?? "")
  })
  board.addEventListener("dragover", event => {
    const over = event.target.closest?.(".still")
    if (!moved || !over) return
    event.preventDefault()
    for (const card of cards()) card.classList.toggle("target", card === over && card !== moved)
  })
  board.addEventListener("drop", event => {
    const over = event.target.closest?.(".still")
    event.preventDefault()
    if (!moved || !over || over === moved) return
    const list = cards()
    if (list.indexOf(moved) < list.indexOf(over)) over.after(moved); else over.before(moved)
    save(`${nameOf(moved)} 移到第 ${cards().indexOf(moved) + 1} 位，共 ${list.length} 位`)
  })
  board.addEventListener("dragend", () => {
    for (const card of cards()) card.classList.remove("moving", "target")
    moved = null
  })
  board.addEventListener("keydown", event => {
    const card = event.target
    if (!card.matches?.(".still") || event.ctrlKey || event.metaKey || event.altKey) return
    const [across, down] = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key] ?? [0, 0]
    if (event.key === "Delete") { event.preventDefault(); remove(card) }
    else if (!across && !down) return
    else if (event.shiftKey) {
      event.preventDefault()
      resize(card, +card.dataset.columns + across, +card.dataset.rows + down)
      save(`${nameOf(card)} 改为 ${card.dataset.columns} 列 ${card.dataset.rows} 行`)
    } else { event.preventDefault(); move(card, across + down) }
  })
  bar.addEventListener("click", async event => {
    const does = event.target.dataset?.arrange
    if (does === "mine") save("用我的安排", state.newest)
    if (does === "undo") {
      await state.saving
      const answer = await say({do: "undo", board: state.board, version: state.version}, token)
      if (answer.ok) location.reload(); else shown(answer.text)
    }
  })
}

// Building a card: every choice is shown at once, and who chooses by keyboard stays where they are; the newest choice wins.
let turn = 0
const build = async form => {
  const own = ++turn, place = form.closest(".building")
  const chosen = new URLSearchParams([...new FormData(form)].filter(([name, value]) => value || name === "figure"))
  const address = `${form.getAttribute("action")}?${chosen}`
  place.setAttribute("aria-busy", "true")
  const answer = await fetch(address).catch(() => null)
  if (own !== turn) return
  const made = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".building")
  if (own !== turn) return
  if (!made) { location.href = address; return }
  made.querySelector("#own-title").value = place.querySelector("#own-title").value
  const more = made.querySelector("#more-filters")
  if (more && place.querySelector("#more-filters")?.open) more.open = true
  const at = document.activeElement?.id
  place.replaceWith(made)
  history.replaceState(null, "", address)
  if (at) document.getElementById(at)?.focus({preventScroll: true})
  document.getElementById("built").textContent = made.querySelector(".preview .still").getAttribute("aria-label")
}
document.addEventListener("change", event => {
  const form = event.target.closest?.("form[data-building]")
  if (form) build(form)
})
document.addEventListener("submit", event => {
  if (!event.target.matches("form[data-building]")) return
  event.preventDefault()
  build(event.target)
})
}
