"""The style sheets of the page of hot issues and warnings, beyond those of the panorama."""

from __future__ import annotations

from shuju.views import theme
from shuju.views.panorama_style import CARD, CONTENT

__all__ = ["CARD", "GRID", "STYLE"]

GRID = (
    theme.FREE_HEIGHT
    + """
:host { display: grid !important; gap: 14px; align-items: start; grid-template-columns: minmax(0, 5fr) minmax(0, 9fr); }
:host > .whole { grid-column: 1 / -1; }
:host > .warned { grid-row: span 2; }
:host(.one) > .spread { grid-row: span 3; }
:host(.one) { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
@media (max-width: 1500px) { :host { grid-template-columns: minmax(0, 1fr) minmax(0, 1.6fr); } }
@media (max-width: 1250px) {
  :host { grid-template-columns: minmax(0, 1fr); }
  :host > .warned { grid-row: auto; }
}
@media (max-width: 1250px) and (min-width: 901px) { :host(.one) { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
@media (max-width: 900px) {
  :host(.one) { grid-template-columns: minmax(0, 1fr); }
  :host(.one) > .spread { grid-row: auto; }
}
"""
)

STYLE = (
    CONTENT
    + f"""
@media (min-width: 761px) {{ .kpis {{ grid-template-columns: repeat(5, 1fr); }} }}
h2 {{ font-size: 22px; line-height: 1.4; margin: 10px 0 6px; overflow-wrap: anywhere; }}
input[type=search] {{
  font: inherit; font-size: 13.5px; color: {theme.INK}; background: {theme.PAPER}; box-sizing: border-box; width: 15em;
  border: 1px solid {theme.FAINT}; border-radius: 16px; padding: 4px 12px; min-height: 32px;
}}
.kinds {{ margin: 8px 0 4px; }}
.warning {{ border-left: 4px solid {theme.BORDER}; padding: 10px 0 10px 12px; margin: 8px 0; border-bottom: 1px solid {theme.FAINT}; }}
.warning .line, .letter .line, .reaction .line {{ font-size: 14.5px; }}
.warning.emerging {{ border-left-color: {theme.ACCENT}; }}
.warning.widespread {{ border-left-color: {theme.PRIMARY}; }}
.kind, .again {{
  font-size: 12px; border-radius: 4px; padding: 1px 7px; white-space: nowrap; background: {theme.GROUND}; color: {theme.MUTED};
}}
.emerging .kind {{ background: #fbe9dd; color: #8a3d00; }}
.widespread .kind, .letter .kind {{ background: {theme.SEQUENCE[0]}; color: {theme.PRIMARY}; }}
.again {{ background: #fff4e0; color: #7a4a00; }}
.warning p, .letter p {{ margin: 6px 0; font-size: 13.5px; line-height: 1.65; overflow-wrap: anywhere; }}
.gauge {{ display: grid; grid-template-columns: minmax(60px, 1fr) auto; gap: 10px; align-items: center; font-size: 13px; margin-top: 8px; }}
.gauge b {{ font-size: 16px; }}
.gauge .track {{ position: relative; height: 14px; background: {theme.GROUND}; border-radius: 3px; }}
.gauge i {{ position: absolute; left: 0; top: 0; bottom: 0; border-radius: 3px; }}
.gauge .seen {{ background: {theme.BAR}; }} .emerging .gauge .seen {{ background: {theme.ACCENT}; }}
.gauge .usual {{ top: 5px; bottom: 5px; background: {theme.INK}; opacity: .75; border-radius: 0; }}
.gauge .limit {{ width: 2px; margin-left: -1px; top: -3px; bottom: -3px; background: {theme.INK}; border-radius: 0; }}
.words {{ display: flex; flex-wrap: wrap; gap: 6px; margin: 4px 0 8px; }}
.words span {{ background: {theme.GROUND}; border-radius: 4px; padding: 1px 8px; font-size: 12.5px; color: {theme.MUTED}; }}
.about {{ background: {theme.SEQUENCE[0]}; color: {theme.PRIMARY}; border-radius: 4px; padding: 2px 10px; font-size: 13.5px; }}
.tags {{ margin-bottom: 8px; }}
.tag.right[aria-pressed=true] {{ background: {theme.GOOD}; border-color: {theme.GOOD}; }}
.tag.wrong[aria-pressed=true] {{ background: {theme.BAD}; border-color: {theme.BAD}; }}
.quiet {{ opacity: .65; }}
.legend {{ display: flex; flex-wrap: wrap; gap: 4px 12px; font-size: 12.5px; color: {theme.MUTED}; margin: 6px 0 2px; }}
.legend i {{ display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 4px; }}
.records.issues th, .records.issues td {{ padding-left: 4px; padding-right: 6px; }}
.issues .rank {{ width: 42px; text-align: right; color: {theme.MUTED}; }}
.issues th.title, .issues td.title {{ width: auto; }}
.issues td.title a {{
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; white-space: normal; font-weight: 500;
}}
.issues td.title span {{ display: block; overflow: hidden; text-overflow: ellipsis; }}
.issues .stage {{ width: 134px; }} .issues .heat {{ width: 110px; }}
.records.issues .n {{ width: 56px; text-align: right; font-variant-numeric: tabular-nums; }}
.issues .when {{ width: 102px; font-variant-numeric: tabular-nums; }}
.issues td.heat b {{ display: inline-block; width: 38px; font-variant-numeric: tabular-nums; }}
.bars {{
  display: inline-flex; align-items: flex-end; gap: 2px; height: 26px; vertical-align: bottom;
  border-bottom: 1px solid {theme.BORDER_FAINT};
}}
.bars i {{ display: block; width: 8px; border-radius: 1px 1px 0 0; }}
.steps {{ display: flex; }}
.steps span {{ flex: 1; position: relative; text-align: center; min-height: 30px; }}
.steps span + span::before {{ content: ""; position: absolute; left: -50%; width: 100%; top: 7px; height: 2px; background: {theme.FAINT}; }}
.steps span.on + span.on::before {{ background: {theme.PRIMARY}; }}
.steps i {{
  position: relative; z-index: 1; display: inline-block; width: 10px; height: 10px; border-radius: 50%;
  border: 2px solid {theme.FAINT}; background: {theme.PAPER};
}}
.steps .on i {{ border-color: {theme.PRIMARY}; background: {theme.PRIMARY}; }}
.steps .on:nth-child(3) i {{ border-color: {theme.ACCENT}; background: {theme.ACCENT}; }}
.steps small {{ display: block; font-size: 11px; color: {theme.MUTED}; }}
.journey {{ list-style: none; display: grid; grid-template-columns: repeat(3, 1fr); margin: 10px 0 0; padding: 0; }}
.journey li {{ position: relative; padding: 22px 12px 0 0; }}
.journey li::before {{ content: ""; position: absolute; left: 0; right: 0; top: 7px; height: 3px; background: {theme.FAINT}; }}
.journey li.on::before {{ background: {theme.PRIMARY}; }}
.journey i {{
  position: absolute; left: 0; top: 0; width: 16px; height: 16px; box-sizing: border-box;
  border-radius: 50%; background: {theme.PAPER}; border: 3px solid {theme.FAINT};
}}
.journey .on i {{ background: {theme.PRIMARY}; border-color: {theme.PRIMARY}; }}
.journey .on:nth-child(3) i {{ background: {theme.ACCENT}; border-color: {theme.ACCENT}; }}
.journey .when {{ margin-left: 8px; color: {theme.MUTED}; font-size: 13.5px; white-space: nowrap; }}
.journey p {{ margin: 4px 0 0; font-size: 13px; color: {theme.MUTED}; line-height: 1.6; }}
.part {{ display: grid; grid-template-columns: 4em 1fr 3.4em; gap: 10px; align-items: center; font-size: 13.5px; padding: 3px 0; }}
.part .track {{ height: 12px; background: {theme.GROUND}; border-radius: 3px; overflow: hidden; }}
.part i {{ display: block; height: 100%; border-radius: 3px; }}
.part .n {{ text-align: right; font-variant-numeric: tabular-nums; color: {theme.MUTED}; }}
.choices {{ margin: 8px 0 2px; }}
.scroll {{ overflow-x: auto; }}
.letter, .reaction {{ border-bottom: 1px solid {theme.FAINT}; padding: 10px 0; }}
.letter .reply {{ background: {theme.GROUND}; border-radius: 6px; padding: 6px 10px; }}
.pair h4 {{ margin: 12px 0 4px; font-size: 14px; }}
.sides {{ display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }}
.sides > div {{ background: {theme.GROUND}; border-radius: 8px; padding: 10px 12px; font-size: 13.5px; }}
.sides p {{ margin: 6px 0 0; line-height: 1.65; overflow-wrap: anywhere; }}
@media (max-width: 760px) {{
  input[type=search] {{ min-height: 40px; font-size: 15px; width: 100%; }}
  .warning .push, .line .push {{ margin-left: 0; }}
  .warning a.push {{ display: inline-flex; align-items: center; min-height: 40px; }}
  .issues tr {{ position: relative; padding: 10px 0 10px; }}
  .issues td.rank {{ display: none; }}
  .records.issues td.n {{ display: inline-block; width: auto; padding-right: 10px; text-align: left; }}
  .issues td.n::before {{ content: attr(data-name) " "; color: {theme.MUTED}; }}
  .issues td.when {{ display: inline-block; }}
  .issues td.stage, .issues td.heat {{ width: auto; max-width: 320px; }}
  .issues td.title a {{ white-space: normal; }}
  .issues td.title span {{ white-space: normal; }}
  .kpi:last-child {{ grid-column: 1 / -1; }}
  .journey {{ grid-template-columns: 1fr; gap: 10px; }}
  .journey li {{ padding: 0 0 0 26px; }} .journey li::before {{ display: none; }}
  .sides {{ grid-template-columns: 1fr; }}
  .letter .line a, .reaction .line a {{ display: block; padding: 6px 0; }}
}}
"""
)
