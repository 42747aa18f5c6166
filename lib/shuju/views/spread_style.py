"""The style sheets of the page of spread, beyond those of the panorama."""

from __future__ import annotations

from shuju.views import theme
from shuju.views.issues_style import STYLE as ISSUES

GRID = (
    theme.FREE_HEIGHT
    + """
:host { display: grid !important; gap: 14px; align-items: start; grid-template-columns: minmax(0, 4fr) minmax(0, 9fr); }
:host > .whole { grid-column: 1 / -1; }
:host(.one) { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
@media (min-width: 1700px) { :host(.one) { grid-template-columns: minmax(0, 11fr) minmax(0, 9fr); } }
@media (max-width: 1500px) { :host { grid-template-columns: minmax(0, 1fr) minmax(0, 2.2fr); } }
@media (max-width: 1250px) {
  :host { grid-template-columns: minmax(0, 1fr); }
  :host(.all) > .whole { order: -3; }
  :host > .first { order: -2; }
  :host > .last { order: 3; }
}
@media (max-width: 900px) { :host(.one) { grid-template-columns: minmax(0, 1fr); } }
"""
)

STYLE = (
    ISSUES
    + f"""
@media (min-width: 1251px) {{ .kpis.six {{ grid-template-columns: repeat(6, 1fr); }} }}
.verdict {{ font-size: 18px; line-height: 1.6; margin: 4px 0 12px; }}
.verdict b {{ font-size: 21px; font-variant-numeric: tabular-nums; }}
.kpi .note {{ overflow-wrap: anywhere; }}
.facets.narrow {{ columns: 1; }}
.documents th, .documents td {{ padding-left: 6px; padding-right: 6px; }}
.records.documents .title {{ width: auto; }}
.documents td.title a {{
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; white-space: normal; font-weight: 500;
}}
.documents td.title span {{ display: block; overflow: hidden; text-overflow: ellipsis; }}
.documents .arrived {{ width: 118px; }} .documents td.arrived b {{ font-size: 17px; font-variant-numeric: tabular-nums; }}
.documents .steps4 {{ width: 96px; white-space: normal; }} .documents .lag {{ width: 78px; text-align: right; }} .documents .shape {{ width: 48px; }}
.records.documents .n {{ width: 50px; text-align: right; font-variant-numeric: tabular-nums; }}
.documents .bars {{ height: 34px; gap: 4px; }} .documents .bars i {{ width: 13px; }}
.share {{ display: grid; grid-template-columns: 6.4em 1fr 9.4em; gap: 10px; align-items: center; min-height: 25px; font-size: 13.5px; }}
.facets.narrow .share {{ grid-template-columns: 6.4em minmax(30px, 1fr) 11.5em; }}
.share .name {{ white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }}
.share .track {{ height: 12px; background: {theme.GROUND}; border-radius: 3px; overflow: hidden; }}
.share i {{ display: block; height: 100%; background: {theme.BAR}; border-radius: 3px; }}
.share .n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.share small {{ color: {theme.MUTED}; margin-left: 6px; font-size: 12px; }}
.county-bands {{ margin-top: 8px; }} .county-bands p {{ margin: 0 0 6px; font-size: 13px; line-height: 1.7; color: {theme.MUTED}; }}
.three {{ display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 28px; }} .three h4 {{ margin: 10px 0 4px; font-size: 14px; }}
.dot {{ display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px; flex: none; }}
.levels td, .levels th {{ padding: 5px 8px; white-space: nowrap; }}
.finding h4 {{ margin: 10px 0 4px; font-size: 14px; }} .finding h4 small {{ color: {theme.MUTED}; font-weight: 400; }}
.finding ul {{ margin: 0; padding-left: 18px; font-size: 13.5px; line-height: 1.8; }}
.finding .muted {{ margin-left: 8px; }}
button.link {{ color: {theme.PRIMARY}; text-align: left; }} button.link:hover {{ text-decoration: underline; }}
.missing .title {{ width: 34%; }} .missing .n {{ width: 84px; text-align: right; }} .missing .stop {{ width: 22%; }}
.records.missing td {{ white-space: normal; overflow-wrap: anywhere; }} .missing td span {{ display: block; }}
.copy {{ display: block; width: 100%; text-align: left; padding: 8px 10px; border-bottom: 1px solid {theme.FAINT}; font-size: 14px; }}
.copy:hover {{ background: {theme.GROUND}; }}
.copy[aria-pressed=true] {{ background: {theme.SEQUENCE[0]}; box-shadow: inset 3px 0 0 {theme.PRIMARY}; }}
.copy > .muted {{ display: block; margin: 3px 0 0 16px; }} .copy .kind {{ background: {theme.SEQUENCE[0]}; color: {theme.PRIMARY}; }}
.copy .line {{ gap: 6px; }} .copy .push {{ font-variant-numeric: tabular-nums; white-space: nowrap; }}
.flag {{ background: {theme.CUT}; color: {theme.BAD}; border-radius: 4px; padding: 1px 7px; font-size: 12px; white-space: nowrap; }}
.told {{ font-size: 14px; line-height: 2; margin: 4px 0 8px; }}
.diff {{ border: 1px solid {theme.FAINT}; border-radius: 8px; max-height: 720px; overflow: auto; }}
.pairs {{ display: grid; grid-template-columns: 1fr 1fr; }}
.pairs > div {{ padding: 5px 12px; font-size: 14.5px; line-height: 1.8; white-space: pre-wrap; overflow-wrap: anywhere; min-width: 0; }}
.pairs > div + div {{ border-left: 1px solid {theme.FAINT}; }}
.pairs.heads {{ position: sticky; top: 0; background: {theme.GROUND}; z-index: 1; }} .pairs.heads > div {{ font-size: 13.5px; white-space: normal; }}
.fold summary {{ background: {theme.GROUND}; color: {theme.MUTED}; text-align: center; font-size: 13px; min-height: 30px; line-height: 30px; }}
ins, del, mark {{ color: {theme.INK}; text-decoration: none; border-radius: 3px; padding: 1px 1px; }}
.added {{ background: {theme.ADDED}; border-bottom: 2px solid {theme.GOOD}; }}
.cut {{ background: {theme.CUT}; text-decoration: line-through; text-decoration-color: {theme.BAD}; }}
.changed {{ background: {theme.CHANGED}; border-bottom: 2px solid {theme.CATEGORIES[1]}; }}
.moved {{ background: {theme.MOVED}; border-bottom: 2px dotted {theme.PRIMARY}; }}
@media (max-width: 760px) {{
  .verdict {{ font-size: 16px; }}
  .three {{ grid-template-columns: 1fr; gap: 6px; }}
  .documents tr {{ padding: 10px 0; }}
  .records.documents td.n, .records.documents td.lag {{ display: inline-block; width: auto; padding-right: 12px; text-align: left; }}
  .documents td.n::before, .documents td.lag::before, .missing td[data-name]::before {{ content: attr(data-name) " "; color: {theme.MUTED}; }}
  .documents td.arrived, .documents td.steps4, .documents td.shape {{ width: auto; }} .documents td.arrived br {{ display: none; }}
  .missing td.n {{ text-align: left; width: auto; }}
  .share {{ min-height: 34px; grid-template-columns: 5.4em 1fr 8.4em; }}
  .pairs {{ grid-template-columns: 1fr; }} .pairs > div + div {{ border-left: 0; border-top: 1px dashed {theme.FAINT}; }}
  .pairs:not(.differs):not(.heads) > div + div {{ display: none; }}
  .copy {{ min-height: 48px; }} button.link {{ min-height: 40px; }} .copy .push {{ margin-left: 0; }}
}}
"""
)
