"""The style sheets of the panorama: its grid, its cards, and the HTML in them."""

from __future__ import annotations

from shuju.views import theme

GRID = (
    theme.FREE_HEIGHT
    + """
:host {
  display: grid !important; gap: 14px; align-items: start;
  grid-template-columns: minmax(0, 5fr) minmax(0, 8fr);
}
:host > .whole { grid-column: 1 / -1; }
@media (max-width: 1500px) { :host { grid-template-columns: minmax(0, 6fr) minmax(0, 8fr); } }
@media (max-width: 1100px) { :host { grid-template-columns: minmax(0, 1fr); } }
"""
)

STACK = theme.FREE_HEIGHT + ":host { display: flex !important; flex-direction: column; gap: 14px; }"


CARD = (
    theme.FREE_HEIGHT
    + f"""
:host {{
  background: {theme.PAPER}; border: 1px solid {theme.FAINT}; border-radius: 10px;
  padding: 12px 16px; box-sizing: border-box;
}}
@media (max-width: 760px) {{ :host {{ padding: 10px; }} }}
"""
)

CONTENT = (
    theme.STYLE
    + f"""
:host {{ display: block; }}
h3.head {{ margin: 0 0 2px; font-size: 15px; }}
button {{ font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }}
button:focus-visible, a:focus-visible, input:focus-visible {{
  outline: 2px solid {theme.ACCENT}; outline-offset: 1px; border-radius: 4px;
}}
.line {{ display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }}
.line .push {{ margin-left: auto; }}
.chips {{ margin-top: 10px; }}
.turn {{ margin-top: 10px; }}
.asof {{ color: {theme.MUTED}; font-size: 13px; margin: 0 0 10px; }}
.fresh {{ color: {theme.GOOD}; font-weight: 600; }}
.alert {{
  display: flex; justify-content: space-between; background: #fdecea; color: {theme.BAD};
  border-radius: 6px; padding: 6px 12px; margin-bottom: 8px; font-size: 14px;
}}
.chip {{ background: #fbe9dd; color: #8a3d00; border-radius: 16px; padding: 5px 12px; font-size: 13.5px; min-height: 32px; }}
.chip b {{ margin-left: 6px; font-weight: 600; }}
.tag {{
  display: inline-flex; align-items: center; box-sizing: border-box; min-height: 32px;
  background: {theme.PAPER}; color: {theme.INK}; border: 1px solid {theme.FAINT}; border-radius: 16px;
  padding: 4px 12px; font-size: 13.5px;
}}
.tag[aria-pressed=true] {{ background: {theme.PRIMARY}; border-color: {theme.PRIMARY}; color: #fff; }}
.tag:hover {{ border-color: {theme.PRIMARY}; text-decoration: none; }}
.tag[disabled] {{ opacity: .4; cursor: default; }}
input[type=date] {{
  font: inherit; font-size: 13.5px; color: {theme.INK}; background: {theme.PAPER}; box-sizing: border-box;
  border: 1px solid {theme.FAINT}; border-radius: 6px; padding: 4px 6px; min-height: 32px;
}}
.facets {{ columns: 3; column-gap: 28px; margin-top: 10px; }}
.facet {{ break-inside: avoid; margin-bottom: 14px; }}
.facet h4 {{ margin: 0 0 4px; font-size: 14px; font-weight: 600; }}
.row {{
  display: grid; grid-template-columns: 6.6em 1fr 4.6em; align-items: center; gap: 8px;
  width: 100%; min-height: 25px; text-align: left; font-size: 13px; border-radius: 4px;
}}
.row:hover {{ background: {theme.GROUND}; }}
.row .name {{ white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }}
.row .n {{ text-align: right; font-variant-numeric: tabular-nums; color: {theme.MUTED}; }}
.row .track {{ position: relative; height: 14px; }}
.row i {{ position: absolute; left: 0; border-radius: 2px; }}
.row .ghost {{ top: 0; bottom: 0; background: {theme.FAINT}; }}
.row .bar {{ top: 3px; bottom: 3px; background: {theme.BAR}; }}
.has-choice .row .bar {{ background: {theme.BAR_FADED}; }}
.has-choice .row[aria-pressed=true] .bar {{ background: {theme.ACCENT}; }}
.row[aria-pressed=true] .name {{ font-weight: 700; }}
.records {{ width: 100%; border-collapse: collapse; font-size: 14px; table-layout: fixed; margin-top: 4px; }}
.records th {{ text-align: left; font-weight: 500; color: {theme.MUTED}; font-size: 13px; }}
.records th, .records td {{
  padding: 7px 10px; border-bottom: 1px solid {theme.FAINT};
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
}}
.records tbody tr:hover {{ background: {theme.GROUND}; }}
.records .title {{ width: 46%; }}
.scale {{ white-space: nowrap; margin-left: 10px; }}
.scale i {{
  display: inline-block; width: 90px; height: 9px; margin: 0 6px; border-radius: 2px;
  background: linear-gradient(to right, {", ".join(theme.SEQUENCE[1:])});
}}
.band {{ display: inline-flex; align-items: center; gap: 5px; font-size: 13px; white-space: nowrap; }}
.band i {{ width: 18px; height: 12px; border-radius: 2px; border: 1px solid {theme.FAINT}; }}
.band i.few {{ background: {theme.FAINT}; }} .band small {{ color: {theme.MUTED}; }}
.bands {{ display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; margin-top: 8px; }}
.tag.small {{ min-height: 26px; padding: 1px 9px; font-size: 13px; }}
summary {{ cursor: pointer; min-height: 34px; line-height: 34px; font-size: 14px; }}
.facets.words {{ columns: 2; }} .row.word {{ cursor: default; }}
.empty {{ text-align: center; color: {theme.MUTED}; padding: 36px 0; }}
@media (max-width: 1500px) {{
  .facets {{ column-gap: 18px; }}
  .row {{ grid-template-columns: 5.6em 1fr 4.2em; }}
}}
@media (max-width: 1100px) {{ .facets {{ columns: 2; }} }}
@media (max-width: 760px) {{
  .kpis {{ grid-template-columns: 1fr 1fr; gap: 8px; }}
  .kpi {{ padding: 10px 12px; }} .kpi .value {{ font-size: 24px; }}
  .facets, .facets.words {{ columns: 1; }}
  .row {{ min-height: 40px; font-size: 15px; grid-template-columns: 6.5em 1fr 4.6em; }}
  .tag, .chip, input[type=date] {{ min-height: 40px; font-size: 15px; }}
  .tag.small {{ min-height: 40px; padding: 4px 12px; }}
  .alert button {{ min-width: 40px; min-height: 40px; }}
  .line .push {{ margin-left: 0; }}
  .records thead {{ display: none; }}
  .records, .records tbody, .records tr, .records td {{ display: block; width: auto; }}
  .records tr {{ padding: 8px 0; border-bottom: 1px solid {theme.FAINT}; }}
  .records td {{ border: 0; padding: 1px 0; color: {theme.MUTED}; font-size: 13px; }}
  .records td.title {{ width: auto; white-space: normal; font-size: 15px; }}
  .records td.title a {{ display: block; padding: 8px 0; }}
}}
@media (prefers-reduced-motion: no-preference) {{ .row .bar {{ transition: width .12s; }} }}
"""
)
