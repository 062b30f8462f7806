select
  city.{name} as city,
  fault.extract,
  fault.file_name,
  fault.row_number,
  fault.column_name,
  fault.reason_code,
  reason.{message} as reason,
  fault.landed_at
from marts.refused_row as fault
left join marts.dim_city as city on fault.city_code = city.city_code
left join marts.refused_reason as reason on fault.reason_code = reason.reason_code and reason.city_code = 'ALL'
where
  fault.is_open
  and fault.city_code = '{city}'
order by fault.batch_id desc, fault.row_number, fault.column_name
