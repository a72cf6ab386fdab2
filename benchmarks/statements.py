"""The four questions in SQL, one text for DuckDB, SQLite and PostgreSQL.

Over the tables of benchmarks/rows.py. What is decided is decided as in `monthly_usage`: a penalty
that was neither withdrawn nor transferred, or a coercion (DOMAIN §4, 1).
"""

from benchmarks.cases import ACTIONS, OUTCOMES
from benchmarks.rows import YEAR, span
from registry.measures.distribution import DECILES
from registry.measures.exercise import DORMANT, USED
from registry.rollup import UNDECIDED

INSPECTION, PENALTY, COERCION = (
    ACTIONS.get_loc(word) for word in ("inspection", "penalty", "coercion")
)
UNDECIDED_CODES = tuple(OUTCOMES.get_loc(word) for word in UNDECIDED)
DECIDED = f"(action = {COERCION} or action = {PENALTY} and outcome not in {UNDECIDED_CODES})"

_year = span(YEAR)
IN_YEAR = f"log.day >= {_year.begins} and log.day < {_year.ends}"
HELD = f"holding.begins < {_year.ends} and holding.ends > {_year.begins}"

EXERCISED = f"select distinct unit, power from log where {IN_YEAR} and {DECIDED}"

RATES = f"""
with exercised as ({EXERCISED}),
held as (select unit, power, district, department from holding
         join unit using (unit) join power using (power) where {HELD}),
used as (select district, department, count(distinct power) as numerator
         from held join exercised using (unit, power) group by district, department),
had as (select district, department, count(distinct power) as denominator
        from held group by district, department)
select district, department, coalesce(numerator, 0) as numerator, denominator
from had left join used using (district, department)
"""

MONTHS = f"""
with exercised as (select distinct unit, power, month from log join calendar using (day)
                   where {IN_YEAR} and {DECIDED}),
used as (select unit, month, count(*) as numerator from exercised join month using (month)
         where exists (select 1 from holding
                       where holding.unit = exercised.unit and holding.power = exercised.power
                       and holding.begins < month.ends and holding.ends > month.begins)
         group by unit, month),
had as (select unit, month, count(distinct power) as denominator
        from holding join month on holding.begins < month.ends and holding.ends > month.begins
        group by unit, month)
select unit_code as unit, month, coalesce(numerator, 0) as numerator, denominator
from had join unit using (unit) left join used using (unit, month)
"""

DORMANT_POWERS = f"""
with counted as (select unit, power, count(*) as cases from log where {IN_YEAR}
                 group by unit, power),
cases as (select district, power, sum(cases) as cases from counted join unit using (unit)
          group by district, power),
held as (select district, power
         from holding join unit using (unit)
         join stretch on holding.begins <= stretch.day and holding.ends > stretch.day
         group by district, power
         having count(distinct stretch.day) = (select count(*) from stretch))
select district, power_code as power, coalesce(cases, 0) as numerator,
       case when cases > 0 then '{USED}' else '{DORMANT}' end as state
from held join power using (power) left join cases using (district, power)
"""

_deciles = ",\n       ".join(
    f"max(case when place * 100 >= units * {d} and (place - 1) * 100 < units * {d}"
    f" then value end) as p{d}"
    for d in DECILES
)

DECILE_BANDS = f"""
with exercised as ({EXERCISED}),
used as (select unit, count(distinct power) as numerator
         from holding join exercised using (unit, power) where {HELD} group by unit),
had as (select unit, count(distinct power) as denominator from holding where {HELD} group by unit),
volume as (select unit, count(*) as cases from log where {IN_YEAR} and nth = 1 group by unit),
rate as (select unit_kind, volume_band,
                cast(coalesce(numerator, 0) as double precision) / denominator as value
         from had join unit using (unit) left join used using (unit) left join volume using (unit)
         join band on coalesce(cases, 0) >= lower and coalesce(cases, 0) < upper),
ranked as (select unit_kind, volume_band, value,
                  row_number() over (partition by unit_kind, volume_band order by value) as place,
                  count(*) over (partition by unit_kind, volume_band) as units
           from rate)
select unit_kind, volume_band, max(units) as units,
       {_deciles}
from ranked group by unit_kind, volume_band
"""

STATEMENTS = {
    "rates": RATES,
    "months": MONTHS,
    "dormant": DORMANT_POWERS,
    "deciles": DECILE_BANDS,
}
