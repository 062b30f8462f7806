select distinct on (institution_uscc, licence_from)
    institution_uscc, cast(licence_from as date) as licence_from, cast(licence_to as date) as licence_to
from raw.institution
order by institution_uscc, licence_from, file desc, position desc
