"""What the writer of a letter wants (来信目的), by rules that anyone can read.

The title speaks first: the first rule below whose words it holds decides. Else the words of the body count,
and the motive with the most decides; of equals, the one that stands first below. A letter that says
nothing of the kind asks for help (求助): it was sent to someone who should act.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

RULES = {
    "thanks": r"感谢信|表扬|点赞|锦旗|为.{1,20}(?:点个赞|喝彩)|(?:^|特此|衷心|由衷|深表)感谢|致敬",
    "complaint": (
        r"投诉|举报|曝光|控告|检举|扰民|违法|违规|违建|乱收费|乱停|乱象|欺诈|诈骗|拖欠|强制|强拆|霸王条款"
        r"|偷工减料|不作为|乱作为|黑心|坑害|污染|非法|无证|欺骗|谋取私利|严重影响|态度恶劣|恶劣|侵害|偷排|敷衍"
    ),
    "help": r"求助|救救|帮帮|请帮|恳请|恳求|请求|求.{0,6}(?:解决|帮助)|盼.{0,6}解决|走投无路|无助|维权|为民做主",
    "advice": r"建议|建言|献策|呼吁|倡议|提议|应该?加强|能不能(?:增设|增加|开通)|希望(?:能)?(?:增设|增加|开通|延长|加强|尽快修)",
    "inquiry": (
        r"咨询|请问|询问|请教|想问|想了解|想知道|何时|什么时候|怎么办理|如何|怎样|是否|能否|可否|有没有|哪些|吗[？?]|为什么"
    ),
}


def motives(titles: Sequence[str | None], bodies: Sequence[str | None]) -> pd.Series:
    """Return the code of each letter's motive: complaint, help, inquiry, advice or thanks; no text, no motive.

    Time is linear in the characters.
    """
    title = pc.fill_null(pa.array(titles, pa.string()), "")
    body = pc.fill_null(pa.array(bodies, pa.string()), "")
    in_title = np.stack([_is_in(title, rule) for rule in RULES.values()], axis=1)
    in_body = np.stack([_count(body, rule) for rule in RULES.values()], axis=1)
    names = np.array(list(RULES), object)
    found = names[np.where(in_title.any(axis=1), in_title.argmax(axis=1), in_body.argmax(axis=1))]
    found[~in_title.any(axis=1) & (in_body.max(axis=1, initial=0) == 0)] = "help"
    is_empty = (pc.utf8_length(pc.utf8_trim_whitespace(title)).to_numpy(zero_copy_only=False) == 0) & (
        pc.utf8_length(pc.utf8_trim_whitespace(body)).to_numpy(zero_copy_only=False) == 0
    )
    found[is_empty] = None
    return pd.Series(pd.array(found, "str"))


def _is_in(texts: pa.Array, rule: str) -> np.ndarray:
    return pc.match_substring_regex(texts, rule).to_numpy(zero_copy_only=False)


def _count(texts: pa.Array, rule: str) -> np.ndarray:
    return pc.count_substring_regex(texts, rule).to_numpy(zero_copy_only=False)
