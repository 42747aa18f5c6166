"""HTML made on the server whose buttons speak: the smallest way to answer a click in a few milliseconds.

New HTML is compared with what is shown, node by node, and only differences are written: the
keyboard's place, what is being typed and the transition of a bar survive every update.
"""

from __future__ import annotations

from collections.abc import Callable

import panel as pn
import param


class ActiveHTML(pn.custom.JSComponent):
    """Shows ``html``; an element with ``data-do`` calls ``on_act(do, of, value)`` when it is used.

    ``data-of`` and ``data-value`` go with it; for an input the value is what was typed.
    ``data-enter`` calls ``on_act("enter", of, "")`` when the pointer rests on the element. Whatever
    comes from records must be escaped by whoever writes ``html``.

    ``address`` replaces the query of the page's address without a new entry in the browser's history.
    After a new ``frame`` number was painted, ``on_act("painted", "", frame)`` is called.
    """

    html = param.String(doc="What is shown.")
    address = param.String(doc="The query of the page's address, without the question mark.")
    frame = param.Integer(doc="The number of the newest frame.")

    _esm = """
function morph(now, next) {
  const key = node => node.nodeName + (node.getAttribute?.("data-key") ?? "")
  if (key(now) !== key(next)) { now.replaceWith(next); return }
  if (now.nodeType === Node.TEXT_NODE) { if (now.data !== next.data) now.data = next.data; return }
  for (const {name} of [...now.attributes]) if (!next.hasAttribute(name)) now.removeAttribute(name)
  for (const {name, value} of next.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value)
  if (now.nodeName === "INPUT" && now.getRootNode().activeElement !== now) now.value = next.getAttribute("value") ?? ""
  const shown = [...now.childNodes], wanted = [...next.childNodes]
  wanted.forEach((child, i) => i < shown.length ? morph(shown[i], child) : now.append(child))
  shown.slice(wanted.length).forEach(child => child.remove())
}

export function render({ model }) {
  const root = document.createElement("div")
  root.innerHTML = model.html
  const act = (at, value) => model.send_msg({do: at.dataset.do, of: at.dataset.of ?? "", value})
  root.addEventListener("click", event => {
    const at = event.target.closest("[data-do]")
    if (at && at.nodeName !== "INPUT") act(at, at.dataset.value ?? "")
  })
  root.addEventListener("change", event => {
    const at = event.target.closest("input[data-do]")
    if (at) act(at, at.value)
  })
  let resting
  root.addEventListener("pointerover", event => {
    const at = event.target.closest("[data-enter]")
    clearTimeout(resting)
    if (at) resting = setTimeout(() => model.send_msg({do: "enter", of: at.dataset.enter, value: ""}), 60)
  })
  root.addEventListener("pointerleave", () => clearTimeout(resting))
  model.on("html", () => {
    const next = document.createElement("div")
    next.innerHTML = model.html
    morph(root, next)
  })
  const write = () => {
    if (model.address) history.replaceState(history.state, "", "?" + model.address)
  }
  write()
  // Browsers refuse more than some hundred writes in half a minute: a brush in motion waits.
  let writing
  model.on("address", () => { clearTimeout(writing); writing = setTimeout(write, 200) })
  model.on("frame", () => {
    const frame = String(model.frame)
    requestAnimationFrame(() => model.send_msg({do: "painted", of: "", value: frame}))
  })
  return root
}
"""

    def __init__(self, on_act: Callable[[str, str, str], None] | None = None, **params: object):
        """Take what to call when something is used."""
        self._on_act = on_act
        super().__init__(**params)

    def _handle_msg(self, data: object) -> None:
        # What a browser sends may be anything; only three strings are passed on.
        if self._on_act is not None and isinstance(data, dict):
            self._on_act(*(str(data.get(name, "")) for name in ("do", "of", "value")))
