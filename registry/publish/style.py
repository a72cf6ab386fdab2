"""The one style of the site: light or dark as the reader's system is, and for paper."""

from registry import palette

STYLE = f"""
:root {{ --paper: #fff; --ink: #1a1a1a; --soft: #555; --line: #c9ced3; --track: #e9edf0;
  --link: #0b5c93; --notice: #fff4e0; --hatch: #000; color-scheme: light dark }}
@media (prefers-color-scheme: dark) {{ :root {{ --paper: #14181c; --ink: #e9ebed; --soft: #b4bac0;
  --line: #3d444b; --track: #2a3037; --link: #8cc4ea; --notice: #3a2c10; --hatch: #fff }} }}
* {{ box-sizing: border-box }}
body {{ margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 'Noto Sans SC','Noto Sans CJK SC','Source Han Sans SC','PingFang SC',
  'Microsoft YaHei',system-ui,sans-serif; font-variant-numeric: tabular-nums }}
:lang(en) {{ font-variant-east-asian: proportional-width }}
header, main, footer {{ max-width: 62rem; margin: 0 auto; padding: 0 1rem }}
header {{ display: flex; flex-wrap: wrap; gap: 0 1.5rem; justify-content: space-between;
  align-items: baseline; border-bottom: 1px solid var(--line); padding-top: .6rem }}
nav ul, ul.links, ul.numbered {{ list-style: none; margin: 0; padding: 0; display: flex;
  flex-wrap: wrap; gap: .3rem 1.1rem }}
header p {{ margin: .2rem 0 }}
nav a[aria-current] {{ color: var(--ink); font-weight: 700; text-decoration: none }}
a {{ color: var(--link) }}
.skip {{ position: absolute; left: -99rem }}
.skip:focus {{ left: 1rem; top: .5rem; background: var(--paper); padding: .3rem .6rem }}
h1 {{ font-size: 1.7rem; line-height: 1.3; margin: 1.2rem 0 .4rem }}
h2 {{ font-size: 1.2rem; line-height: 1.4; margin: 2rem 0 .5rem }}
h3 {{ font-size: 1.05rem; margin: 1.3rem 0 .3rem }}
p {{ margin: .5rem 0; max-width: 46rem }}
.notice {{ background: var(--notice); border-left: .3rem solid {palette.WARNING};
  padding: .4rem .8rem; max-width: none }}
.stand, .reading, .files, footer {{ color: var(--soft); font-size: .9rem }}
.stand, .files, footer p {{ max-width: none; overflow-wrap: anywhere }}
.files a {{ margin-right: .5em }}
footer {{ border-top: 1px solid var(--line); margin-top: 2.5rem; padding-bottom: 2rem }}
.headline {{ display: flex; flex-wrap: wrap; gap: .8rem; margin: 1rem 0 }}
.headline div {{ border: 1px solid var(--line); border-radius: .3rem; padding: .5rem .9rem }}
.headline dt {{ color: var(--soft); font-size: .9rem }}
.headline dd {{ margin: 0; font-size: 1.35rem; font-weight: 600 }}
figure {{ margin: .5rem 0 }}
.scroll {{ overflow-x: auto; background:
  linear-gradient(90deg, var(--paper) 40%, transparent) left / 2rem 100% no-repeat local,
  linear-gradient(270deg, var(--paper) 40%, transparent) right / 2rem 100% no-repeat local,
  linear-gradient(270deg, var(--line), transparent) right / 1rem 100% no-repeat scroll }}
/* What goes on to the right has a shadow there, which the end of the content covers. */
table {{ border-collapse: collapse; font-size: .92rem; margin: .4rem 0 }}
th, td {{ border-bottom: 1px solid var(--line); padding: .25rem .8rem .25rem 0; text-align: left;
  vertical-align: top; min-width: 4.5rem }}
thead th {{ border-bottom-width: 2px }}
tbody th {{ font-weight: 400 }}
tr.grey {{ color: var(--soft); font-style: italic }}
details {{ margin: .5rem 0 }}
summary {{ cursor: pointer; color: var(--link) }}
code {{ font-size: .92em; overflow-wrap: anywhere }}
svg.patterns {{ position: absolute; width: 0; height: 0 }}
svg.chart {{ display: block; width: 100%; max-width: 34rem; height: auto }}
svg.wide {{ display: block; width: 100%; min-width: 40rem; max-width: 54rem; height: auto }}
svg.map {{ display: block; width: 100%; max-width: 44rem; height: auto }}
svg {{ font-size: 12px; fill: var(--ink) }}
svg .s, svg .h {{ font-size: 10.5px }}
svg .s {{ fill: var(--soft) }}
svg .o {{ paint-order: stroke; stroke: var(--paper); stroke-width: 3; stroke-linejoin: round }}
svg .e {{ text-anchor: end }}
svg .m {{ text-anchor: middle }}
svg .b {{ text-anchor: start }}
svg .on {{ fill: {palette.DARK_INK} }}
.track {{ fill: var(--track) }}
.rate {{ fill: {palette.RATE} }}
.returned {{ fill: {palette.RETURNED} }}
.used {{ fill: {palette.SHARE} }}
.dormant {{ fill: {palette.DORMANT} }}
.no_case_seen {{ fill: {palette.NO_CASE_SEEN} }}
.mark {{ fill: var(--ink) }}
.axis {{ stroke: var(--soft); stroke-width: 1; fill: none }}
.faintline {{ stroke: var(--line); stroke-width: 1; fill: none }}
.ref {{ stroke: {palette.WARNING}; stroke-width: 2; stroke-dasharray: 4 2; fill: none }}
.run {{ stroke: {palette.RATE}; stroke-width: 2; fill: none }}
.point {{ fill: {palette.RATE} }}
.hollow {{ fill: var(--paper); stroke: {palette.RATE}; stroke-width: 2 }}
#hatch .line, #cross .line {{ stroke: var(--hatch); stroke-width: 1.6; opacity: .5; fill: none }}
.faint {{ opacity: .35 }}
.map path {{ stroke: var(--paper); stroke-width: 3 }}
.map a:hover path, .map a:focus path {{ stroke: var(--ink); stroke-width: 6 }}
.map text {{ text-anchor: middle; paint-order: stroke; stroke-width: 5; stroke-linejoin: round;
  pointer-events: none }}
dl.card dt {{ color: var(--soft); font-size: .9rem; margin-top: .4rem }}
dl.card dd {{ margin: 0; max-width: 46rem }}
@page {{ size: A4; margin: 14mm }}
@media print {{
  :root {{ --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --track: #e9edf0; --link: #000;
    --notice: #fff; --hatch: #000; color-scheme: light }}
  * {{ print-color-adjust: exact }}
  header, .skip, .files a, .files span, ul.links {{ display: none }}
  body {{ font-size: 10pt }}
  main, footer {{ max-width: none; padding: 0 }}
  .scroll {{ overflow: visible; background: none }}
  svg.wide {{ min-width: 0 }}
  svg.chart, svg.map {{ max-width: 130mm }}
  h1, h2, h3 {{ break-after: avoid }}
  figure, svg, tr, .headline, dl.card {{ break-inside: avoid }}
  thead {{ display: table-header-group }}
  details > summary {{ display: none }}
  .notice {{ border: .3mm solid {palette.WARNING} }}
}}
"""
