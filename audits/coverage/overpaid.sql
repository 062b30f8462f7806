-- Without a standard, or for a session that is not counted, there is no entitlement to hold a payment against.
with

payment as (
  select * from marts.fct_subsidy
),

entitlement as (
  select * from marts.subsidy_entitlement
)

select
  count(*) as records,
  count_if(entitlement.ceiling_yuan is null) as unassessed_records
from payment
left join entitlement
  on
    payment.enrollment_id = entitlement.enrollment_id
    and payment.component = entitlement.component
