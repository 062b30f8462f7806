with

payment as (
  select * from marts.fct_subsidy
  where amount_yuan > 0
),

session as (
  select * from marts.fct_training_session
),

paid_to_another as (
  select
    payment.payee_key,
    payment.payment_id,
    payment.amount_yuan,
    payment.paid_on,
    session.person_key,
    session.institution_uscc,
    session.city_code
  from payment
  inner join session
    on payment.enrollment_id = session.enrollment_id
  where
    payment.payee_type = 'person'
    and payment.payee_key <> session.person_key
)

select
  payee_key,
  count(distinct person_key) as persons,
  count(*) as payments,
  sum(amount_yuan) as amount_yuan,
  min(paid_on) as first_paid_on,
  max(paid_on) as last_paid_on,
  count(distinct institution_uscc) as institutions,
  mode(institution_uscc order by institution_uscc) as main_institution_uscc,
  list(distinct city_code order by city_code) as city_codes
from paid_to_another
group by payee_key
having count(distinct person_key) >= $persons_collected
order by
  count(distinct person_key) desc,
  payee_key
