"""Groups of like units stand in an order that can be read."""

import pandas as pd

from registry.decile_charts import decile_chart

KINDS = {"subdistrict": "街道", "town": "镇", "area": "地区"}


def test_groups_go_by_kind_and_from_few_cases_to_many() -> None:
    groups = [("area", "50_199"), ("area", "under_50"), ("subdistrict", "200_999")]
    groups += [("subdistrict", "50_199"), ("subdistrict", "1000_and_over")]
    deciles = pd.DataFrame(groups, columns=["unit_kind", "volume_band"]).assign(units=9, p50=0.5)
    chart = decile_chart(deciles, KINDS)
    order = [
        "街道，每年 50 至 199 件（9 个）",
        "街道，每年 200 至 999 件（9 个）",
        "街道，每年 1,000 件以上（9 个）",
        "地区，每年不足 50 件（9 个）",
        "地区，每年 50 至 199 件（9 个）",
    ]
    assert chart.table.index.tolist() == order
    assert [line["y"][0] for line in chart.figure["data"]] == order
