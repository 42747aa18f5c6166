// What a style sheet cannot reach inside figures: a finger that moves down scrolls the page (across, it brushes), and on a
// wall screen figures grow as type does. A figure is looked at when it appears, changes its size, or is drawn anew.
const growth = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16
function settle(place) {
  const row = place.firstElementChild
  const figures = row?.shadowRoot?.querySelectorAll(".bk-Figure") ?? []
  for (const figure of figures) {
    const canvas = figure.shadowRoot?.querySelector(".bk-Canvas")?.shadowRoot
    if (canvas && !canvas.querySelector("style.touch")) {
      const style = document.createElement("style")
      style.className = "touch"
      style.textContent = ".bk-events { touch-action: pan-y pinch-zoom !important; }"
      canvas.append(style)
    }
    if (growth() > 1 && figure.clientHeight && !figure.dataset.grown && getComputedStyle(figure).aspectRatio === "auto") {
      figure.dataset.grown = "yes"
      figure.style.setProperty("height", `${Math.round(figure.clientHeight * growth())}px`, "important")
    }
  }
}
const sizes = new ResizeObserver(entries => {
  for (const {target} of entries) {
    const inside = target.firstElementChild?.shadowRoot
    if (inside && !target.dataset.watched) {
      target.dataset.watched = "yes"
      new MutationObserver(() => setTimeout(() => settle(target), 100)).observe(inside, {childList: true})
    }
    settle(target)
  }
})
for (const place of document.querySelectorAll(".figure")) sizes.observe(place)
