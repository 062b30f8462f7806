-- A payment whose component has no standard can be neither within it nor above it.
with

payment as (
  select * from marts.fct_subsidy
),

entitlement as (
  select * from marts.subsidy_entitlement
)

select
  count(*) as records,
  count_if(entitlement.basis = 'not_assessed') as unassessed_records
from payment
left join entitlement
  on
    payment.enrollment_id = entitlement.enrollment_id
    and payment.component = entitlement.component
