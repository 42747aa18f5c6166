"""``shuju pack``: the data pack of a province."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shuju.commands.terminal import console

pack_app = typer.Typer(help="一省的数据包：行政区划、边界、乡镇、部门。", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(pack_app, name="pack")


@pack_app.command("build")
def pack_build(
    folder: Annotated[Path, typer.Argument(help="写到这个空文件夹")],
    counties: Annotated[
        Path, typer.Option("--counties", help="县市区边界，GeoJSON，属性 adcode 或 code 为代码")
    ],
    codes: Annotated[
        Path,
        typer.Option("--codes", help="行政区划代码表，CSV：code、name，可有 population_2020、old_code 等"),
    ],
    towns: Annotated[
        Path | None, typer.Option("--towns", help="乡镇街道代码表，CSV：code（九位）、name")
    ] = None,
    departments: Annotated[
        Path | None,
        typer.Option("--departments", help="部门表，CSV：code、name，可有 short_name、topic_1（一级主题）"),
    ] = None,
    system: Annotated[
        str, typer.Option("--system", help="坐标系：wgs84（WGS-84、CGCS2000）或 gcj02（高德、腾讯）")
    ] = "wgs84",
    tolerance: Annotated[float, typer.Option("--tolerance", min=0.0, help="边界化简的程度，度")] = 0.002,
) -> None:
    """由县市区边界与代码表制作一省的数据包；再在目录中写 province: 这个文件夹。"""
    from shuju.standard.pack_building import build_pack

    n = build_pack(folder, counties, codes, towns, departments, system=system, tolerance=tolerance)
    console.print(
        f"已写成 {folder}：{n['prefecture']} 个市州，{n['county']} 个县市区，{n['town']:,} 个乡镇街道，"
        f"{n['department']} 个部门。节假日照国务院的安排。",
        highlight=False,
    )
    if not n["department"]:
        console.print(
            "没有给出部门表（--departments）：应转规则按部门的条目不起作用，部门以代码显示；"
            f"也可稍后写 {folder / 'departments.csv'}。",
            highlight=False,
        )
